"""Tests of `eid`."""
