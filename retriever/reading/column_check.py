"""Whether a file has the fields that hold an ad: told once, with those that there are."""

import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from isco.core.errors import InputError, InputWarning
from isco.core.settings import InputSettings
from isco.retriever.reading.fields import is_there

_DEFAULT = InputSettings()
_SHOWN = 30
# What is left of ads without that field.
_ALONE = {"title": "texts", "description": "titles"}


class FieldCheck:
    """What the first rows of one file have of the fields of an ad.

    `kind` is what fields are called there.
    """

    def __init__(self, columns: InputSettings, source: str, kind: str = "field") -> None:
        self.has_ad = False
        self.open = True
        self._columns = columns
        self._source = source
        self._kind = kind
        self._rows = 0
        self._seen: set[str] = set()
        self._names: dict[str, None] = {}

    def see(self, fields: Mapping[str, Any], columns: InputSettings) -> None:
        """A row has these fields, its ad's own in `columns`."""
        if not self.open:
            return
        self._rows += 1
        for key in ("id", "title", "description", "language"):
            if key not in self._seen and is_there(fields, getattr(columns, key)):
                self._seen.add(key)
        self.has_ad = bool(self._seen & {"title", "description"})
        if len(self._names) <= _SHOWN:
            self._names.update(dict.fromkeys(_names(fields)))

    def require_ad(self) -> None:
        """Raise InputError where there were rows, and none had a title or a description."""
        if self._rows and not self.has_ad:
            raise InputError(
                f"{self._source} has neither a {self._kind} {self._columns.title!r} nor "
                f"{self._columns.description!r}; {self._there()} (input.title and "
                "input.description name others)"
            )

    def close(self, strictly: bool = True) -> None:
        """Say what else is missing; further rows are not looked at.

        Raises InputError for a field that was asked for, unless not `strictly`. Warns
        (InputWarning) where titles or texts alone are read, though there are other fields.
        """
        if not self.open:
            return
        self.open = False
        if not self._rows:
            return
        others = [name for name in self._names if name not in self._claimed()]
        for key in ("title", "description", "id", "language"):
            name = getattr(self._columns, key)
            if key in self._seen:
                continue
            if name != getattr(_DEFAULT, key):
                missing = f"no {self._kind} {name!r}, which input.{key} names; {self._there()}"
                if strictly and key != "language":
                    raise InputError(f"{self._source} has {missing}")
                self._warn(missing)
            elif others and key in _ALONE:
                self._warn(
                    f"no {self._kind} {name!r}, so that {_ALONE[key]} alone are read; "
                    f"{self._there()} (input.{key} names another)"
                )

    def _warn(self, missing: str) -> None:
        warnings.warn(f"{self._source} has {missing}", InputWarning, stacklevel=3)

    def _there(self) -> str:
        return f"its {self._kind}s are {listed(self._names)}"

    def _claimed(self) -> set[str]:
        columns = self._columns
        named = (
            columns.id, columns.title, columns.description, columns.language, columns.isco_code,
        )  # fmt: skip
        return {part for name in named for part in (name, name.split(".")[0])}


def listed(names: Collection[str]) -> str:
    """Names in a message, the first of many."""
    shown = ", ".join(map(str, list(names)[:_SHOWN]))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{shown}{more}" if shown else "none"


def _names(fields: Mapping[str, Any]) -> Iterator[str]:
    """Those of the fields, and of the texts within them."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            inner: Iterable[str] = (key for key, text in value.items() if isinstance(text, str))
            yield from [f"{name}.{key}" for key in inner] or [name]
        else:
            yield name
