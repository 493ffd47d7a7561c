"""The demo: a story from the counter to the audit, with forgeries."""
