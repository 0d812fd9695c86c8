"""A visit of a participant, from the first step to the last.

`visit` is what all parts know of it, `preparation` leads to the recording, `conduct` leads on from
there, `pages` shows whatever they put into it, and `demonstration` has the words of a first run.
"""
