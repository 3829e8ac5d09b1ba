"""Ads with an order to the machine in them, drawn by a seed, each beside the honest ad it was."""

from tests.support.orders.ads import LANGUAGES, OrderedAd, generate, honest_ads, phrases
from tests.support.orders.wrappings import WRAPPINGS

__all__ = ["LANGUAGES", "WRAPPINGS", "OrderedAd", "generate", "honest_ads", "phrases"]
