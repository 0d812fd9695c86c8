"""The screen lock: `screen_lock` and `panel` show it, `idle_lock` is its model without Qt."""
