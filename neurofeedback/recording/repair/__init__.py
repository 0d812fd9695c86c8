"""Putting a session in order that was cut short or damaged.

`recover` finishes a session, `aside` moves it away, `reopen` puts its files in order without ending
them so that it can be resumed, and `join` puts together what was written in two places.
"""
