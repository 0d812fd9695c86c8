"""Writing a session while it runs."""
