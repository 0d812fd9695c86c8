"""A person over a course of sessions, and everybody at a glance.

Begin with `page`, which shows a participant, and `overview`, which lists all of them; `plot`
paints a series for the screen and for `pdf`.
"""
