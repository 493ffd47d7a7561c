"""EN 319 102-1: one signature or timestamp judged, with its baseline."""
