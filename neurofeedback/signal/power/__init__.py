"""Running band power: bands, estimators, their fit to a baseline and their figures."""
