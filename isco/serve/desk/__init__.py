"""The coder's desk: a queue of ads, people's decisions on them, and who may see what."""
