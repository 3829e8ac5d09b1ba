"""Where a taxonomy comes from. Every source reads into one `SourceTaxonomy`."""

from pathlib import Path

from isco.core.errors import ConfigError
from isco.core.records import LANGUAGE_SEPARATOR
from isco.ingest.sources.base import SourceTaxonomy
from isco.ingest.sources.esco_api import read_esco_api
from isco.ingest.sources.esco_csv import read_esco_csv
from isco.ingest.sources.starter import read_starter

__all__ = ["API", "SourceTaxonomy", "read_esco_api", "read_source"]

API, STARTER = "api", "starter"


def read_source(source: str, language: str, *further: str) -> SourceTaxonomy:
    """Read `source`: "starter" (bundled) or the path of an ESCO CSV download, folder or zip.

    It is read in `language`; names of the `further` languages are folded in.
    Raises ConfigError when `source` is neither, InputError when its files can't be read.
    """
    if source == STARTER:
        return read_starter(LANGUAGE_SEPARATOR.join((language, *further)))
    path = Path(source)
    if not path.exists():
        raise ConfigError(
            f"the source {source!r} does not exist; give the folder or zip of an ESCO CSV "
            f"download, {API!r} for ESCO's web service, or {STARTER!r} for the bundled taxonomy"
        )
    return read_esco_csv(path, language, *further)
