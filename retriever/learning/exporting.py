"""Learned ads as a file that `isco learn` reads, with all that makes them the same elsewhere.

A row is an ad of any file, and below `isco_learned` what is stored of it: its own source and
moment, its clean texts, its vector with the model that made it, and in the first row what is fitted
on all. Who codes it anew changes `isco_code`; a row whose texts were changed is learned as any
other.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.learned_fit import LearnedFit
from isco.core.records import Ad
from isco.core.settings import InputSettings, Settings
from isco.core.store import LabelledAd, OccupationStore, nothing_stored

_KEY, _SCHEMA = "isco_learned", 1
_STORED = ("source", "learned", "title", "description", "text", "content", "like")


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """How many ads of how many sources were written, and where."""

    path: str
    ads: int
    sources: int


@dataclass(frozen=True, slots=True)
class LearnedBefore:
    """What an exported row says of its ad. `vector` is the one that `model` made, shape
    (dimension,); `fit` what was fitted on all ads of the file, if anything was."""

    source: str
    learned: str
    title: str
    description: str
    text: str
    content: str
    like: str
    model: str
    vector: NDArray[np.float32]
    fit: LearnedFit | None

    @staticmethod
    def of(ad: Ad) -> "LearnedBefore | None":
        """That of an exported row as it was written; None for any other row."""
        stored = ad.extra.get(_KEY)
        if not isinstance(stored, dict) or stored.get("schema") != _SCHEMA:
            return None
        with suppress(KeyError, TypeError, ValueError):
            # Files of earlier releases say nothing of likes.
            texts = {name: str({"like": "", **stored}[name]) for name in _STORED}
            if (ad.title, ad.description) != (texts["title"], _shown(texts)):
                return None
            vector = np.frombuffer(base64.b64decode(stored["vector"]), dtype="<f4")
            fit = LearnedFit.of(stored["fit"]) if stored.get("fit") else None
            return LearnedBefore(**texts, model=str(stored["model"]), vector=vector, fit=fit)
        return None


def export_learned(settings: Settings, path: Path, source: str | None = None) -> ExportSummary:
    """Write the learned ads, or those of one source, to `path`, which must not be there.

    Raises ConfigError where it is, or nothing was learned (from that source), UnavailableError
    where it can't be written or Qdrant can't be reached.
    """
    if path.exists():
        raise ConfigError(f"{path} is there already: name another file, or move that one")
    ads, model, fit = _stored(settings, source)
    if not ads:
        of = f" from {source!r}" if source is not None else ""
        raise ConfigError(f"no ads were learned{of}: isco learn --list shows what was")
    aside = path.with_name(f".{path.name}.unfinished")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.writelines(_lines(ads, model, fit, settings.input))
        put_in_place(aside, path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise UnavailableError(f"can't write {path}: {error}") from error
    return ExportSummary(str(path), len(ads), len({ad.source for ad in ads}))


def _stored(
    settings: Settings, source: str | None
) -> tuple[list[LabelledAd], str, LearnedFit | None]:
    """The ads, obsolete ones among them, by source and id; their model; what is fitted on all."""
    if nothing_stored(settings):
        return [], "", None
    with OccupationStore(settings, reads_only=True) as store:
        labelled = store.labelled()
        ads = [ad for ad in labelled.stored() if source in (None, ad.source)]
        fit = labelled.fit() if source is None else None
        return sorted(ads, key=lambda ad: (ad.source, ad.id)), labelled.model(), fit


def _lines(
    ads: list[LabelledAd], model: str, fit: LearnedFit | None, columns: InputSettings
) -> Iterator[str]:
    for row, ad in enumerate(ads):
        stored: dict[str, Any] = {"schema": _SCHEMA}
        stored |= {name: getattr(ad, name) for name in _STORED}
        stored["model"] = model
        stored["vector"] = base64.b64encode(ad.vector.astype("<f4").tobytes()).decode()
        if row == 0 and fit:
            stored["fit"] = fit.as_dict()
        fields = {
            columns.id: ad.id,
            columns.title: ad.title,
            columns.description: _shown(stored),
            columns.language: ad.language,
            columns.isco_code: "|".join(ad.codes),
            "source": ad.source,
            "learned": ad.learned,
            _KEY: stored,
        }
        yield json.dumps(fields, ensure_ascii=False) + "\n"


def _shown(stored: dict[str, Any]) -> str:
    """The description that people see: the ad's text as far as it is kept, or its sentences."""
    return str(stored["text"] or stored["description"])
