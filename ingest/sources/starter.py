"""The starter taxonomy that comes with the project: every ISCO-08 group, in its own words.

`ingest/data/isco08_starter.jsonl` has one group a line: `code` and `title`, and for the 436 unit
groups a one-sentence `definition` and typical `job_titles`.
"""

import hashlib
import json
from importlib.resources import files

from isco.core.codes import parent
from isco.core.errors import ConfigError
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy

VERSION = "starter-1"
LANGUAGE = "en"
DATA_FILE = "isco08_starter.jsonl"

_GROUP_URI = "http://data.europa.eu/esco/isco/C{code}"


def read_starter(language: str = LANGUAGE) -> SourceTaxonomy:
    """Read the bundled taxonomy. It is in English; another language is a ConfigError."""
    if language != LANGUAGE:
        raise ConfigError(f"the starter taxonomy is in English only, not in {language!r}")
    content = files("isco.ingest").joinpath("data", DATA_FILE).read_bytes()
    rows = [json.loads(line) for line in content.decode("utf-8").splitlines()]
    groups = tuple(
        SourceConcept(
            uri=_GROUP_URI.format(code=row["code"]),
            isco_code=row["code"],
            label=row["title"],
            alt_labels=tuple(row.get("job_titles", ())),
            description=row.get("definition", ""),
        )
        for row in rows
    )
    broader = tuple(
        (_GROUP_URI.format(code=row["code"]), _GROUP_URI.format(code=above))
        for row in rows
        if (above := parent(row["code"]))
    )
    return SourceTaxonomy(
        name="starter",
        version=VERSION,
        language=LANGUAGE,
        groups=groups,
        occupations=(),
        broader=broader,
        checksum=hashlib.sha256(content).hexdigest(),
    )
