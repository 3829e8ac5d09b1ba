"""Predictions as rows of a flat CSV, for spreadsheets and statistics programs. Pure.

Between the ad's id and title and the answer stand the fields that the ads brought along, each under
its own name; one within others is called by the path to it ("company.name"). One that is called as
a column of the answer is gets "input_" before its name.
"""

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from isco.core.flat_columns import (
    ANSWER,
    FIRST,
    cells_of_tables,
    occupation_cells,
    own_between,
)
from isco.core.formulas import as_it_was, without_formula
from isco.core.records import Prediction, PredictionPath
from isco.core.settings import OutputSettings

MOST_OWN = 500
_CLASH = "input_"
_DEEPEST = 5
_CANDIDATES = 3


@dataclass(frozen=True)
class FlatCsv:
    """A file of such rows. `own` are the columns between title and answer, None as long as nothing
    says which they are; `further` those of mapping tables, after the answer."""

    own: tuple[str, ...] | None = None
    further: tuple[str, ...] = ()
    settings: OutputSettings = field(default_factory=OutputSettings)
    mark: bytes = b""
    names_versions = False

    @property
    def header(self) -> bytes:
        """The first line, with the byte order mark before it if the file has one."""
        return self.mark + self._line(self._columns)

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*FIRST, *(self.own or ()), *ANSWER, *self.further)

    def of_a_file(self) -> "FlatCsv":
        """As a file of its own has it, rather than a stream or a part."""
        return replace(self, mark=codecs.BOM_UTF8 if self.settings.byte_order_mark else b"")

    def settled(self, predictions: Sequence[Prediction]) -> "FlatCsv":
        """With the columns of the first predictions' ads, if nothing has said which there are."""
        return self if self.own is not None else self.with_own(map(_brought_along, predictions))

    def with_own(self, fields: Iterable[Mapping[str, Any]]) -> "FlatCsv":
        """With the columns that ads with those `fields` have, in the order of their coming."""
        filled: dict[str, bool] = {}
        for each in fields:
            for name, value in flattened(each, self.further).items():
                filled[name] = filled.get(name, False) or value is not None
        # Where some ads have an object, and others nothing, there is a column for what is in it.
        objects = {name.rpartition(".")[0] for name in filled}
        names = (name for name, full in filled.items() if full or name not in objects)
        return replace(self, own=tuple(islice(names, MOST_OWN)))

    def encode(self, prediction: Prediction) -> bytes:
        """One record, with the newline that ends it and no other."""
        fields = flattened(_brought_along(prediction), self.further)
        own = [_text(fields.get(name)) for name in self.own or ()]
        answer = (*self._answer(prediction), *self._of_tables(prediction))
        return self._line([prediction.id, prediction.title, *own, *answer])

    def left_out(self, prediction: Prediction) -> list[str]:
        """The ad's own fields that have something to say and no column."""
        known = set(self.own or ())
        return [
            name
            for name, value in flattened(_brought_along(prediction), self.further).items()
            if name not in known and _text(value)
        ]

    def decode(self, line: bytes) -> dict[str, str]:
        """The inverse of `encode`, as texts. ValueError for what is no record."""
        cells = self._cells(line)
        if len(cells) != len(self._columns):
            raise ValueError(f"{len(cells)} cells instead of {len(self._columns)}")
        return dict(zip(self._columns, cells, strict=True))

    def of_header(self, line: bytes) -> "FlatCsv":
        """The file that begins with that line. ValueError where it is none of these."""
        line = line.removeprefix(codecs.BOM_UTF8)
        for delimiter in (",", ";"):
            settings = self.settings.model_copy(update={"delimiter": delimiter})
            form = replace(self, settings=settings)
            header = form._cells(line)
            before = header[: len(header) - len(self.further)]
            own = own_between(before)
            if own is not None and header[len(before) :] == list(self.further):
                return replace(form, own=own)
        raise ValueError("there is another header")

    def may_begin(self, piece: bytes) -> bool:
        """Whether a header may begin so."""
        known = self._line((*FIRST, "")).rstrip(b"\n")
        piece = piece.removeprefix(codecs.BOM_UTF8)
        return piece.startswith(known) or known.startswith(piece)

    def _cells(self, line: bytes) -> list[str]:
        csv.field_size_limit(sys.maxsize)
        reader = csv.reader([line.decode("utf-8")], delimiter=self.settings.delimiter)
        cells = next(reader, [])
        return cells if self.settings.formulas else list(map(as_it_was, cells))

    def _answer(self, found: Prediction) -> Iterator[str]:
        best = self._number(found.best_confidence) if found.best_code else ""
        uri, label, probability = occupation_cells(found.occupation)
        likely = "" if probability is None else self._number(probability)
        candidates = candidate_cells(found)
        for value in (
            found.isco_code, found.isco_label, found.level, self._number(found.confidence),
            str(found.path), found.best_code, found.best_label, best, uri, label, likely,
            *candidates, *[""] * (_CANDIDATES - len(candidates)), found.language, found.reason,
        ):  # fmt: skip
            yield _text(value)

    def _of_tables(self, found: Prediction) -> Iterator[str]:
        cells = cells_of_tables(found.crosswalks)
        for column in self.further:
            value = cells.get(column)
            yield self._number(value) if isinstance(value, float) else _text(value)

    def _number(self, number: float) -> str:
        """With a decimal comma where commas part nothing, as spreadsheets have it there."""
        text = str(number)
        return text.replace(".", ",") if self.settings.delimiter == ";" else text

    def _line(self, cells: Iterable[str]) -> bytes:
        texts = map(_one_line, cells)
        if not self.settings.formulas:
            texts = map(without_formula, texts)
        line = io.StringIO()
        csv.writer(line, delimiter=self.settings.delimiter, lineterminator="\n").writerow(texts)
        return line.getvalue().encode("utf-8", "replace")


# As the defaults have it.
PLAIN_CSV = FlatCsv()


def flattened(fields: Mapping[str, Any], further: Iterable[str] = ()) -> dict[str, Any]:
    """Fields within others by their paths, under names that no other column has, be it one of the
    answer or a `further` one."""
    named = [(_name(path), value) for path, value in _paths(fields, "", _DEEPEST)]
    taken = {*FIRST, *ANSWER, *further}
    own = {name for name, _ in named} - taken
    found: dict[str, Any] = {}
    for name, value in named:
        clashes = name in taken or name in found
        while clashes:
            name = f"{_CLASH}{name}"
            clashes = name in taken or name in own or name in found
        found[name] = value
    return found


def candidate_cells(prediction: Prediction) -> list[str]:
    """The first unit groups among the candidates, for people: "2512 Software developers (51%)"."""
    sums: dict[str, float | None] = {}
    labels: dict[str, str] = {}
    for each in prediction.candidates:
        labels.setdefault(each.isco_code, each.isco_label)
        before = sums.get(each.isco_code)
        known = each.probability is not None or before is not None
        sums[each.isco_code] = (before or 0.0) + (each.probability or 0.0) if known else None
    codes = sorted(sums, key=lambda code: (code != prediction.best_code, -(sums[code] or 0.0)))
    return [_candidate(code, labels[code], sums[code]) for code in codes[:_CANDIDATES]]


def _candidate(code: str, label: str, probability: float | None) -> str:
    sure = "" if probability is None else f" ({probability:.0%})"
    return f"{code} {label}{sure}"


def _brought_along(prediction: Prediction) -> Mapping[str, Any]:
    """The ad's own fields; of a row that is no ad none."""
    return {} if prediction.path == PredictionPath.ERROR else prediction.extra


def _paths(fields: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping) and value and depth > 1:
            yield from _paths(value, f"{path}.", depth - 1)
        else:
            yield path, value


def _text(value: Any) -> str:
    """A value as a person would write it: a list with semicolons, an object with colons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text}" for name, each in value.items() if (text := _text(each)))
    if isinstance(value, list | tuple):
        return "; ".join(text for each in value if (text := _text(each)))
    return str(value)


def _name(path: str) -> str:
    """What a field's column is called: on one line, as UTF-8 can hold it."""
    return _one_line(path).encode("utf-8", "replace").decode("utf-8").strip() or "column"


def _one_line(text: str) -> str:
    return text if text.isprintable() else " ".join(text.splitlines())
