"""Files of ads in: rows, whole or in shards."""
