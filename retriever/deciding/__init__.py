"""Neighbours to one code, a second opinion, and how sure that is."""
