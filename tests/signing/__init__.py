"""Tests of `signing`."""
