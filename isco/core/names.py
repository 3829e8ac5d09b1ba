"""Names of concepts and titles of ads, to the letter."""


def name_key(name: str) -> str:
    """What a name has in common with its other spellings: without case, spaces joined."""
    return " ".join(name.casefold().split())
