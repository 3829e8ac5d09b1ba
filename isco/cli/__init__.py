"""The roof: one file a command, each a thin skin over one library function."""
