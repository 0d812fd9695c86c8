"""What an operator sees of a session or a recording."""
