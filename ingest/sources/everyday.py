"""What the 436 unit groups are called every day: the project's own job titles by language.

In the starter taxonomy's languages they are the starter's. In each further one they are
`ingest/data/everyday_names/LANGUAGE.jsonl`, a unit group a line: `code` and `names`, the group's
title first and then two names or so for each kind of work in it.
"""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from isco.core.errors import ConfigError
from isco.ingest.sources import starter
from isco.ingest.sources.names import ExtraName

_FOLDER = files("isco.ingest").joinpath("data", "everyday_names")
_FILES = {file.name.removesuffix(".jsonl"): file for file in _FOLDER.iterdir()}
EVERYDAY_LANGUAGES = (*starter.LANGUAGES, *sorted(_FILES))


def everyday_languages(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Those of `wanted` in which there are job titles; without, all.

    Raises ConfigError for one in which there are none.
    """
    if wanted is None:
        return EVERYDAY_LANGUAGES
    if lacking := [code for code in wanted if code not in EVERYDAY_LANGUAGES]:
        raise ConfigError(
            "taxonomy.everyday_languages: there are names in "
            f"{', '.join(EVERYDAY_LANGUAGES)}, not in {lacking[0]!r}"
        )
    return tuple(wanted)


def everyday_names(languages: Sequence[str]) -> list[ExtraName]:
    """The job titles in those of `languages` that have some, as names of unit groups.

    A group's own title comes first in each language.
    """
    return [
        ExtraName(name, code=code, language=language)
        for language in languages
        if language in EVERYDAY_LANGUAGES
        for code, names in _groups(language)
        for name in names
    ]


def _groups(language: str) -> Iterator[tuple[str, Sequence[str]]]:
    """The names of each unit group by its code."""
    if language in starter.LANGUAGES:
        yield from starter.job_titles(language)
        return
    for line in _FILES[language].read_text(encoding="utf-8").splitlines():
        group = json.loads(line)
        yield group["code"], group["names"]
