"""How long is waited, in seconds, before a server is asked again."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
