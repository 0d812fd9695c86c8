"""A session as a whole: the pure engine, the runner that owns the threads, offline runs."""
