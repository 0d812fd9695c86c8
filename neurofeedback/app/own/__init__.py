"""Protocols of this user's own: where they are, and the form that makes them."""
