"""Measures of whole recordings and baselines."""
