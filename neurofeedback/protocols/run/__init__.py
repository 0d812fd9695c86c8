"""A protocol at work on feature frames."""
