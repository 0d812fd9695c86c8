"""Amplifiers that BrainFlow speaks to, without a program in between.

`query` reads what is typed, `driver` is the only module that loads BrainFlow (the extra
``brainflow``), `counter` finds lost packages, and `source` puts them together as a source.
"""
