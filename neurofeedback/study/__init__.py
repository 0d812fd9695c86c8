"""Trials whose arms are concealed: allocation, keys, donors, guesses, unblinding.

Decides who gets which arm (`allocation`, `minimisation`) and keeps it sealed; `folder` is the
study, and `envelopes` opens one arm in an emergency. What of a session of a study lies open is said
by `recording.concealment`; `session.prepare` puts both together, and `session.donor` makes a donor
of a session. Of a concealed session neither the operator's windows nor the command line show
anything that is fed back.
"""
