"""Inputs that nobody meant: every reader of the program is given whole files with parts changed.

Read `mutate` (how an input is made), `targets` (what it is given to) and `runs` (what counts as a
crash) in this order.
"""
