"""Commands about protocols."""
