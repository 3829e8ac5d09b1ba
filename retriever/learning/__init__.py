"""Labelled ads in, and what is fitted on them."""
