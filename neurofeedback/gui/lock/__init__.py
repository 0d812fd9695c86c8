"""The screen lock."""
