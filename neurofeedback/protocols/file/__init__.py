"""Protocol files: reading, refusing in sentences, writing, comparing."""
