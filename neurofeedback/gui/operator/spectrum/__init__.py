"""The spectrum of the trained electrodes as it is now: the plot, and the card around it."""
