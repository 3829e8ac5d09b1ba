"""Answers to ads and to searches: lists that print as a table, draw themselves in a notebook, and
give their content as dicts or as a frame."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, overload

from isco.core.flat_columns import cells_of_tables, kind_of_cells, occupation_cells
from isco.core.records import Candidate, Prediction, Versions
from isco.tables import (
    CANDIDATE_HEADER,
    PREDICTION_HEADER,
    candidate_rows,
    candidate_table,
    explanation,
    html_table,
    prediction_rows,
    prediction_table,
)

_SHOWN = 20

# What is added to a frame of ads, with its type and how it is read from a prediction.
ANSWER: Mapping[str, tuple[type, Callable[[Prediction], Any]]] = {
    "isco_code": (str, lambda found: found.isco_code),
    "isco_label": (str, lambda found: found.isco_label),
    "level": (int, lambda found: found.level),
    "confidence": (float, lambda found: found.confidence),
    "path": (str, lambda found: str(found.path)),
    "best_code": (str, lambda found: found.best_code),
    "best_label": (str, lambda found: found.best_label),
    "best_confidence": (float, lambda found: found.best_confidence),
    "occupation_uri": (str, lambda found: occupation_cells(found.occupation)[0]),
    "occupation_label": (str, lambda found: occupation_cells(found.occupation)[1]),
    "occupation_probability": (float, lambda found: occupation_cells(found.occupation)[2]),
    "reason": (str, lambda found: found.reason),
}


def columns_of_tables(
    names: Sequence[str],
) -> dict[str, tuple[type, Callable[[Prediction], Any]]]:
    """As `ANSWER`, what mapping tables add: the columns of those `names`."""

    def read(column: str, found: Prediction) -> Any:
        value = cells_of_tables(found.crosswalks)[column]
        return str(value).lower() if isinstance(value, bool) else value

    kinds = {name: float if kind_of_cells(name) is float else str for name in names}
    return {name: (kind, partial(read, name)) for name, kind in kinds.items()}


class Predictions(Sequence[Prediction]):
    """Predictions in the order of the ads; `titles` are the ads' own.

    `notice` is what the taxonomy's terms ask to be said where its data is used.
    """

    def __init__(
        self, predictions: Sequence[Prediction], titles: Sequence[str], notice: str | None = None
    ) -> None:
        self._predictions = tuple(predictions)
        self.titles = tuple(titles)
        self.notice = notice

    @property
    def codes(self) -> list[str | None]:
        """The ISCO-08 codes alone; None where there is none."""
        return [prediction.isco_code for prediction in self]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each prediction as plain JSON types, as a line of `isco classify`."""
        return [prediction.as_dict() for prediction in self]

    def to_frame(self, backend: str | None = None) -> Any:
        """One row an ad, without the evidence: a frame of "pandas", "polars" or "pyarrow".

        Raises UnavailableError where that is not installed.
        """
        from isco.frames import new_frame

        columns: dict[str, tuple[type, Sequence[Any]]] = {
            "id": (str, [prediction.id for prediction in self]),
            "title": (str, self.titles),
        }
        for name, (kind, read) in ANSWER.items():
            columns[name] = (kind, [read(prediction) for prediction in self])
        columns["language"] = (str, [prediction.language for prediction in self])
        return new_frame(columns, backend)

    def explain(self) -> str:
        """The neighbours behind each answer, as text."""
        pairs = zip(self, self.titles, strict=True)
        return "\n".join(explanation(prediction, title) for prediction, title in pairs)

    def __len__(self) -> int:
        return len(self._predictions)

    @overload
    def __getitem__(self, at: int) -> Prediction: ...
    @overload
    def __getitem__(self, at: slice) -> "Predictions": ...
    def __getitem__(self, at: int | slice) -> "Prediction | Predictions":
        if isinstance(at, slice):
            return Predictions(self._predictions[at], self.titles[at], self.notice)
        return self._predictions[at]

    def __repr__(self) -> str:
        found = prediction_table(self._predictions[:_SHOWN], self.titles[:_SHOWN])
        return "\n".join((found, *_more(len(self))))

    def _repr_html_(self) -> str:
        rows = prediction_rows(self._predictions[:_SHOWN], self.titles[:_SHOWN])
        return html_table(PREDICTION_HEADER, rows, " ".join((*_more(len(self)), self.notice or "")))


class Neighbours(Sequence[Candidate]):
    """The leaves of the taxonomy nearest to `text`, the nearest first.

    `versions` say of which taxonomy and model, `notice` what its terms ask to be said.
    """

    def __init__(
        self, text: str, candidates: Sequence[Candidate], versions: Versions, notice: str | None
    ) -> None:
        self.text = text
        self._candidates = tuple(candidates)
        self.versions = versions
        self.notice = notice

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, as `isco search --json`."""
        return {
            "text": self.text,
            "candidates": self.to_dicts(),
            "versions": asdict(self.versions),
        }

    def to_dicts(self) -> list[dict[str, Any]]:
        """Each neighbour as plain JSON types."""
        return [asdict(candidate) for candidate in self]

    def to_frame(self, backend: str | None = None) -> Any:
        """One row a neighbour: a frame of "pandas", "polars" or "pyarrow".

        Raises UnavailableError where that is not installed.
        """
        from isco.frames import new_frame

        kinds = {"score": float, "rank": int}
        columns: dict[str, tuple[type, Sequence[Any]]] = {
            name: (kinds.get(name, str), [getattr(candidate, name) for candidate in self])
            for name in ("rank", "isco_code", "isco_label", "label", "uri", "score")
        }
        return new_frame(columns, backend)

    def __len__(self) -> int:
        return len(self._candidates)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, at: int | slice) -> Candidate | Sequence[Candidate]:
        return self._candidates[at]

    def __repr__(self) -> str:
        return candidate_table(self._candidates)

    def _repr_html_(self) -> str:
        return html_table(CANDIDATE_HEADER, candidate_rows(self._candidates), self.notice or "")


def _more(number: int) -> list[str]:
    return [f"… and {number - _SHOWN} more"] if number > _SHOWN else []
