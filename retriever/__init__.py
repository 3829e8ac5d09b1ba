"""Ads in, ISCO-08 codes out: screen → language → extract → search → decide."""
