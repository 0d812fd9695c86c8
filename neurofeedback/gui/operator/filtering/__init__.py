"""What the traces are filtered with, for the screen alone: the choice, the filter, the page kept.

Nothing that is recorded or computed passes through here.
"""
