"""Checking signed PDFs, with a reader of its own, so that no error is shared with the writer."""
