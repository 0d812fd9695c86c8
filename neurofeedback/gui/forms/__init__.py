"""Questionnaires, the safety prompt and the debrief."""
