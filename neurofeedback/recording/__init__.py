"""A session on disk: layout, writers and readers. BrainVision, BIDS, JSON lines."""
