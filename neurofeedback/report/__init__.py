"""What is read out of recordings after the fact."""
