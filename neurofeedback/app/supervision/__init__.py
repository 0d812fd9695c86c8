"""A page for whoever supervises: who is due, what ran, what went badly.

- `page` reads the index and makes the page; it is read only and has nothing of an arm.
- `server` gives it to whoever has the token.
"""
