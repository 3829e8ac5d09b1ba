"""Taxonomy in: sources → graph → clean documents → vectors → a collection in Qdrant."""
