"""What the machine answered to an ad, as a row of a predictions file has it. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.core.flat_columns import ANSWER, FIRST, OCCUPATION_COLUMNS
from isco.core.records import Occupation, PredictionPath
from isco.retriever.deciding.occupations import occupation_within

_CANDIDATES = tuple(name for name in ANSWER if name.startswith("candidate_"))
# "2512 Software developers (51%)"
_CELL = re.compile(r"(\d{4}) (.*?)(?: \((\d+)%\))?", re.ASCII)
# Nobody is asked about these: people have coded them, or there is no job to code.
NOT_ASKED = frozenset({PredictionPath.CODED, PredictionPath.NOT_A_JOB, PredictionPath.ERROR})


@dataclass(frozen=True, slots=True)
class CandidateCode:
    """A unit group that an ad may be in, and the probability that it is the right one.

    `names` are the nearest names of the taxonomy under it, the nearest first.
    """

    isco_code: str
    isco_label: str
    probability: float
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsweredAd:
    """One row of `isco classify`. `title` and `text` are what is known of the ad: its title, and
    the job-like sentences of its description; both are empty where there was none to decide on.

    `codes` are the candidates by code: the machine's own unit group first, also where it gave a
    shorter code or none, then the most probable ones. `row` is all of the row; `position` counts
    from 0. `occupations` are the likeliest ones, the likeliest first; of a CSV file, that of the
    answer alone.
    """

    id: str
    title: str
    text: str
    isco_code: str | None
    isco_label: str | None
    confidence: float
    path: PredictionPath
    reason: str
    language: str | None
    codes: tuple[CandidateCode, ...]
    row: Mapping[str, Any]
    position: int = 0
    occupations: tuple[Occupation, ...] = ()

    @property
    def best(self) -> CandidateCode | None:
        """The machine's unit group."""
        return self.codes[0] if self.codes else None

    @property
    def sure(self) -> float:
        """The probability that this is right; 0 where there is none."""
        return self.codes[0].probability if self.codes else 0.0

    @property
    def level(self) -> int:
        """Digits of the code; 0 for none."""
        return len(self.isco_code or "")

    @property
    def occupation(self) -> Occupation | None:
        """The likeliest one of the answer, where that has all four digits."""
        return occupation_within(self.isco_code, self.occupations)

    @property
    def own(self) -> Mapping[str, Any]:
        """The ad's own further columns."""
        if "extra" not in self.row:
            # A flat table, as CSV is, has them between the others.
            known = {*FIRST, *ANSWER}
            return {name: value for name, value in self.row.items() if name not in known}
        found = nested(self.row, "extra")
        return found if isinstance(found, Mapping) else {}

    @property
    def versions(self) -> Mapping[str, Any]:
        """What made the answer, as the row has it."""
        found = nested(self.row, "versions")
        return found if isinstance(found, Mapping) else {}

    @property
    def is_whole(self) -> bool:
        """Whether the code has all four digits."""
        return self.level == UNIT_LEVEL


def answer_of(row: Mapping[str, Any], position: int = 0) -> AnsweredAd:
    """The answer in a row, whose nested columns may be JSON texts as CSV and Parquet have them.

    Raises ValueError that says why it is none.
    """
    if not str(row.get("id") or ""):
        raise ValueError("it has no id")
    path = _path(row.get("path"))
    profile = nested(row, "profile") or {}
    extra = nested(row, "extra") or {}
    if not isinstance(profile, Mapping) or not isinstance(extra, Mapping):
        raise ValueError("its profile or extra is no object")
    code = _text(row.get("isco_code")) or None
    return AnsweredAd(
        id=str(row["id"]),
        title=_text(row.get("title")) or _text(profile.get("title")),
        text=_text(profile.get("description")),
        isco_code=code,
        isco_label=_text(row.get("isco_label")) or None,
        confidence=_number(row.get("confidence"), "confidence"),
        path=path,
        reason=_text(row.get("reason")),
        language=_text(row.get("language")) or None,
        codes=_codes(row, code),
        row=row,
        position=position,
        occupations=_occupations(row, code),
    )


def _occupations(row: Mapping[str, Any], code: str | None) -> tuple[Occupation, ...]:
    """Earlier releases wrote none."""
    found = nested(row, "occupations")
    if found is None and (uri := _text(row.get(OCCUPATION_COLUMNS[0]))):
        label, probability = (row.get(name) for name in OCCUPATION_COLUMNS[1:])
        found = [{"uri": uri, "label": label, "isco_code": code, "probability": probability}]
    found = found or []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise ValueError("its occupations are no list of objects")
    return tuple(
        Occupation(
            _text(each.get("uri")),
            _text(each.get("label")),
            _text(each.get("isco_code")),
            _number(each.get("probability"), "occupation's probability"),
        )
        for each in found
    )


def _path(given: Any) -> PredictionPath:
    try:
        return PredictionPath(str(given))
    except ValueError:
        raise ValueError(f"its path is {given!r}, which isco classify never writes") from None


def _codes(row: Mapping[str, Any], code: str | None) -> tuple[CandidateCode, ...]:
    """Candidates of one code together: their probabilities are parts of its own."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for candidate in _candidates(row):
        found.setdefault(_text(candidate.get("isco_code")), []).append(candidate)
    sure = _sure(row, code)
    codes = [
        CandidateCode(
            each,
            _text(some[0].get("isco_label")),
            sure.get(each, sum(_number(one.get("probability"), "probability") for one in some)),
            tuple(dict.fromkeys(filter(None, (_text(one.get("label")) for one in some)))),
        )
        for each, some in found.items()
        if each
    ]
    for each, probability in sure.items():
        if each not in found:
            label = _text(row.get("best_label" if each == row.get("best_code") else "isco_label"))
            codes.append(CandidateCode(each, label, probability))
    # Sorting keeps the order of the search among equals.
    return tuple(sorted(codes, key=lambda each: (each.isco_code not in sure, -each.probability)))


def _sure(row: Mapping[str, Any], code: str | None) -> dict[str, float]:
    """Confidences that the row itself gives of unit groups, by code."""
    found = {}
    if code and len(code) == UNIT_LEVEL:
        found[code] = _number(row.get("confidence"), "confidence")
    if best := _text(row.get("best_code")):
        found[best] = _number(row.get("best_confidence"), "best_confidence")
    return found


def _candidates(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if "candidates" not in row:
        cells = (_CELL.fullmatch(_text(row.get(name))) for name in _CANDIDATES)
        return [
            {"isco_code": cell[1], "isco_label": cell[2], "probability": int(cell[3] or 0) / 100}
            for cell in cells
            if cell
        ]
    found = nested(row, "candidates") or []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise ValueError("its candidates are no list of objects")
    return found


def nested(row: Mapping[str, Any], name: str) -> Any:
    """A nested column of a row, which CSV and Parquet have as JSON. ValueError for what is none."""
    value = row.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except ValueError:
        raise ValueError(f"its {name} is no JSON") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _number(value: Any, name: str) -> float:
    if value == "":
        return 0.0
    try:
        # With semicolons between its cells, a CSV file has decimal commas.
        number = float(value.replace(",", ".") if isinstance(value, str) else value or 0)
    except (TypeError, ValueError):
        raise ValueError(f"its {name} is {value!r}, not a number") from None
    if not 0 <= number <= 1:
        raise ValueError(f"its {name} is {value!r}, not from 0 to 1")
    return number
