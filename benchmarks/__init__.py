"""Measurements behind the choices in docs/decisions/. Each prints a table, or JSON with --json."""
