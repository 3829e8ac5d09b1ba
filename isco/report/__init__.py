"""A run without labels, watched: what it coded, how sure it is, what has changed."""
