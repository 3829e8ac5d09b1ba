"""One program a peer, each alone in its own environment: PROGRAM ADS.jsonl OUT.json [MODEL].

OUT gets `start_seconds`, `seconds` and `cpu_seconds` for all ads, and `answers`, one list a row:
codes or URIs, the best first, in the peer's own classification. What is missing is one sentence on
standard error and exit code 1. Nothing of this project can be imported there.
"""
