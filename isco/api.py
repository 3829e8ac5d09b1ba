"""The library as a notebook opens it: `isco.open`, which gives a coder, and `isco.ingest`.

Everything goes through the functions that the command line goes through, with the same
configuration; what they need is imported when it is used.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isco.coder import Coder

if TYPE_CHECKING:
    from isco.bars import Wanted
    from isco.core.settings import Settings
    from isco.outcomes import Ingested

__all__ = ["Coder", "ingest", "open", "place_of"]

Profiles = str | Path | Sequence[str | Path]


def open(profile: Profiles = (), *, config: str | Path | None = None, **sections: Any) -> Coder:
    """A coder with the configuration that the command line would have.

    `profile` names one or several overlays, `config` is a file; `sections` are keys of
    config.yaml, sections as dicts: `isco.open("paper", search={"top": 20}, data_dir="/srv/isco")`.
    Nothing is loaded yet: the taxonomy and the models are at first use.

    Raises ConfigError for a key, value or profile that is not known.
    """
    return Coder(_settings(profile, config, sections))


def ingest(
    source: str | Path | None = None,
    *,
    language: str | None = None,
    force: bool = False,
    wait: bool = False,
    progress: "Wanted" = False,
    profile: Profiles = (),
    config: str | Path | None = None,
    **sections: Any,
) -> "Ingested":
    """Load a taxonomy into Qdrant and put it into use, as `isco ingest`; configured as `open`.

    `source` is the folder or zip of an ESCO download, "api" or "starter", `language` its language
    or several, as in "en,pl". Where nothing has changed since, nothing is done unless `force`.
    While another ingest is building on the same server, this one may `wait` for it to end.

    Raises ConfigError, InputError or TaxonomyError for a source that can't be used, and
    UnavailableError when Qdrant or the model can't.
    """
    from isco.bars import bars
    from isco.core.embedding import open_embedder
    from isco.ingest.load import ingest as load
    from isco.outcomes import Ingested
    from isco.retriever.factory import keep_search_data

    asked = {"source": source and str(Path(source).expanduser()), "language": language}
    taxonomy = {key: value for key, value in asked.items() if value is not None}
    if taxonomy:
        sections["taxonomy"] = {**sections.get("taxonomy", {}), **taxonomy}
    settings = _settings(profile, config, sections)
    with bars(progress) as told:
        keep = partial(keep_search_data, settings)
        summary = load(settings, settings.taxonomy.source, open_embedder, told, force, wait, keep)
    return Ingested(summary, place_of(settings))


def place_of(settings: "Settings") -> str:
    """Where Qdrant holds what was ingested, for people."""
    from isco.core.store import qdrant_place

    if settings.qdrant.mode == "server":
        return f"{qdrant_place(settings).rstrip('/')}/dashboard#/collections"
    if settings.qdrant.mode == "memory":
        return "memory, gone when this process ends"
    return str(settings.qdrant_path.resolve())


def _settings(
    profile: Profiles, config: str | Path | None, sections: Mapping[str, Any]
) -> "Settings":
    from isco.core.config import load_settings

    profiles = [profile] if isinstance(profile, str | Path) else profile
    file = Path(config) if config is not None else None
    return load_settings(file, [str(each) for each in profiles], flags=sections)
