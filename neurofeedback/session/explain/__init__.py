"""What a protocol does, before anybody is trained: in words, and tried on a made-up participant."""
