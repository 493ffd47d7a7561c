"""Signed documents and forgeries of them, each with a known answer; see README.md."""
