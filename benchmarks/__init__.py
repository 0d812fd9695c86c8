"""What is claimed of speed, measured. ``python -m benchmarks --help`` lists the tables."""
