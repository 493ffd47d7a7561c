"""Dossiers: five signed steps in one file, and the office's append-only register."""
