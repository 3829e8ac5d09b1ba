"""`isco`: online job advertisements in, ISCO-08 codes out.

The ground floor shared by `ingest` (taxonomy in) and `retriever` (ads in, codes out).
"""

__version__ = "0.1.0"

ESCO_NOTICE = "This service uses the ESCO classification of the European Commission."
