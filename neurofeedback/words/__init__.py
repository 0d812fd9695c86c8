"""Sentences as values, and the languages they are shown in."""
