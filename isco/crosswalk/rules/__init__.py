"""How the columns of mapping tables are called, as YAML for people to edit."""
