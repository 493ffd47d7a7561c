"""Tests, mirroring the modules; `world.py` is the development PKI that many of them share."""
