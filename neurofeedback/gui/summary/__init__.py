"""The summary of a session, on the screen (`page`) and on paper (`pdf`), with the same `plot`."""
