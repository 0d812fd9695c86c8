"""Trials whose arms are concealed: allocation, keys, donors, guesses, unblinding."""
