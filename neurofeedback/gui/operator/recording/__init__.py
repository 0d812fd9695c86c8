"""A recording that is looked at, or run again."""
