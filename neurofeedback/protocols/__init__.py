"""From features to feedback: declared protocols, thresholds, rewards, block schedule. Pure."""
