"""Putting a session in order that was cut short or damaged."""
