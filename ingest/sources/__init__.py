"""Where a taxonomy comes from. Every source reads into one `SourceTaxonomy`."""

from collections.abc import Collection, Sequence
from pathlib import Path

from isco.core.errors import ConfigError
from isco.ingest.sources.base import SourceTaxonomy
from isco.ingest.sources.esco_api import read_esco_api
from isco.ingest.sources.esco_csv import read_esco_csv
from isco.ingest.sources.everyday import (
    EVERYDAY_LANGUAGES,
    everyday_languages,
    everyday_names,
)
from isco.ingest.sources.name_files import read_names
from isco.ingest.sources.name_lists import with_names
from isco.ingest.sources.names import with_everyday_names
from isco.ingest.sources.starter import read_starter

__all__ = [
    "API",
    "EVERYDAY_LANGUAGES",
    "STARTER",
    "SourceTaxonomy",
    "everyday_languages",
    "everyday_names",
    "read_esco_api",
    "read_names",
    "read_source",
    "with_everyday_names",
    "with_names",
]

API, STARTER = "api", "starter"


def read_source(
    source: str | Sequence[str],
    *languages: str,
    without: Collection[str] = (),
    version: str | None = None,
) -> SourceTaxonomy:
    """Read `source`: "starter" (bundled), or paths of ESCO CSV downloads, folders or zips.

    It is read in `languages`, the main one first; without any, in all that it has. Those that can
    do `without` a download of their own have no texts where there is none. `version` is what a
    download is of, whatever its names say.
    Raises ConfigError when `source` is none of these, InputError when its files can't be read.
    """
    sources = [source] if isinstance(source, str) else list(source)
    if sources == [STARTER]:
        return read_starter(*languages)
    missing = [path for path in sources if not Path(path).exists()]
    if missing:
        raise ConfigError(
            f"the source {missing[0]!r} does not exist; give the folder or zip of an ESCO CSV "
            f"download, {API!r} for ESCO's web service, or {STARTER!r} for the bundled taxonomy"
        )
    paths = [Path(path) for path in sources]
    return read_esco_csv(paths, *languages, without=without, version=version)
