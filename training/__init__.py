"""Names in, adapter out: a taxonomy's names of occupations make the encoder know them."""
