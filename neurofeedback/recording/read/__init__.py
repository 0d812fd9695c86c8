"""Reading a session, as far as it can be read."""
