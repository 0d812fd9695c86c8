"""Sessions in other formats: for other programs, and for people who must not know who it was."""
