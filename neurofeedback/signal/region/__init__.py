"""Power of a region of the brain, what it is worth, and how much of the data it explains."""
