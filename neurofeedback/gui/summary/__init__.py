"""The summary of a session, on the screen and on paper."""
