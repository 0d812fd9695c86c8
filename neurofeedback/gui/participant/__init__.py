"""What a participant sees and hears."""
