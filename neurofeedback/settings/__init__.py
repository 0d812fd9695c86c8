"""What a station remembers: settings in profiles, on disk, with a way back."""
