"""Commands that run a session, read one again, or put one in order."""
