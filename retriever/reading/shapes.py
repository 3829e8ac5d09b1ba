"""Where an ad's fields are in a row: where the configuration says, or as a source has them. Pure.

The sources are in `rules/postings.yaml`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from isco.core.settings import InputSettings
from isco.retriever.reading.fields import is_there, value_at
from isco.retriever.reading.json_ld import POSTING, postings
from isco.retriever.reading.rules import load_rules

_DEFAULT = InputSettings()
_NAMED = ("id", "title", "description", "language")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a source delivers an ad: fields by which that is known, and where the ad's own are."""

    name: str
    fits: tuple[tuple[str, ...], ...]
    places: Mapping[str, Sequence[str]]

    def is_of(self, names: Collection[str]) -> bool:
        """Whether a row with fields of these names has it."""
        return any(all(name in names for name in together) for together in self.fits)


class AmbiguousRowError(ValueError):
    """A row holds several ads."""


def as_it_comes(
    fields: Mapping[str, Any], columns: InputSettings
) -> tuple[Mapping[str, Any], InputSettings]:
    """The fields of a row with an ad, and the columns in which the ad's own are.

    Raises AmbiguousRowError where there are several ads in the row.
    """
    if columns.title != _DEFAULT.title:
        return fields, columns
    if "@type" in fields or "@graph" in fields:
        found = list(postings(fields))
        if len(found) > 1:
            raise AmbiguousRowError(f"holds {len(found)} job postings, not one")
        if found:
            return found[0], _located(found[0], columns, _shapes()[POSTING])
    if _is_text(fields, columns.title):
        return fields, columns
    for shape in _shapes().values():
        if shape.is_of(fields):
            return fields, _located(fields, columns, shape)
    return fields, columns


def looks_like_an_ad(value: Any, columns: InputSettings) -> bool:
    """Whether a JSON value is an object with an ad's own fields."""
    if not isinstance(value, Mapping):
        return False
    try:
        fields, columns = as_it_comes(value, columns)
    except AmbiguousRowError:
        return False
    return any(_is_text(fields, name) for name in (columns.title, columns.description))


def _is_text(fields: Mapping[str, Any], name: str) -> bool:
    return is_there(fields, name) and not isinstance(value_at(fields, name), Mapping | list)


def _located(fields: Mapping[str, Any], columns: InputSettings, shape: Shape) -> InputSettings:
    """The columns, those that were not set by what is there of the shape's."""
    places = tuple(
        next((place for place in shape.places[name] if _is_text(fields, place)), None)
        if getattr(columns, name) == getattr(_DEFAULT, name)
        else None
        for name in _NAMED
    )
    return _with(columns, places)


@lru_cache(maxsize=256)
def _with(columns: InputSettings, places: tuple[str | None, ...]) -> InputSettings:
    found = {name: place for name, place in zip(_NAMED, places, strict=True) if place}
    return columns.model_copy(update=found)


@cache
def _shapes() -> dict[str, Shape]:
    return {
        name: Shape(
            name,
            tuple((each,) if isinstance(each, str) else tuple(each) for each in shape["fits"]),
            {field: shape[field] for field in _NAMED},
        )
        for name, shape in load_rules("postings")["shapes"].items()
    }
