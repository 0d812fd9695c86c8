"""The account of a session, on the screen and on paper."""
