"""Questionnaires: what is asked, what may be answered, how it is scored."""
