"""The ground floor: what `ingest`, `retriever` and the roof share, and that knows none of them."""

__version__ = "0.1.0"

ESCO_NOTICE = "This service uses the ESCO classification of the European Commission."
