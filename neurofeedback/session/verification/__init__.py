"""A recorded session held against what its samples give."""
