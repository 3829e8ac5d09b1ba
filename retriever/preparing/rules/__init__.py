"""The rules that people edit: regular expressions by purpose, one YAML file a stage."""

import re
from functools import cache, partial

from isco.core.errors import ConfigError
from isco.core.packaged_rules import packaged_rules
from isco.retriever.preparing.rules.first_letters import by_first_letter

load_rules = partial(packaged_rules, __name__)


def any_of(patterns: list[str], prefix: str = "", suffix: str = "") -> re.Pattern[str]:
    """One pattern that matches where any of `patterns` does, without regard to case.

    Without patterns it matches nowhere. Where all of them begin with words, as `\\b` and then a
    letter or `(?:` and letters say, each is tried only where its first letter begins a word, which
    is several times faster. Raises ConfigError naming a pattern that can't be read.
    """
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"the rule {pattern!r} is no regular expression: {error}") from error
    return _compiled(tuple(patterns), prefix, suffix)


@cache
def _compiled(patterns: tuple[str, ...], prefix: str, suffix: str) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
    tried = (None if prefix else by_first_letter(patterns)) or f"(?:{joined})"
    return re.compile(f"{prefix}{tried}{suffix}", re.IGNORECASE)
