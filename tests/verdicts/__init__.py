"""Verdicts of four programs about documents with a known answer."""
