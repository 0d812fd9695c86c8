"""Languages, and how things are put into words."""
