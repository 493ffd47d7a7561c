"""Reports as one self-contained page that a clerk can read."""
