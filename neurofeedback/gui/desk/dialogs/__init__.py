"""Dialogs of the desk, each of which asks one thing."""
