"""What people decided, as it stands in their sheets. Pure.

A sheet of `isco review` comes back half-filled, sorted, with columns gone. Whatever a row still
has is used: without `like_ids` a decision is for its own ad alone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from isco.core.errors import InputError
from isco.core.formulas import as_it_was
from isco.core.records import Ad, BrokenRow, Row
from isco.retriever.labelled.labels import LabelReader, says_no_job
from isco.review.sheet import (
    DECIDED_WITH,
    DRAWN,
    LIKE_IDS,
    MACHINE_CODE,
    MACHINE_CONFIDENCE,
    NOTE,
)

CODER = "coder"


class Verdict(StrEnum):
    """What somebody says of an ad instead of a code."""

    NOT_A_JOB = "not a job"
    NOT_CODABLE = "can't be coded"


_NOT_CODABLE = frozenset({"can't be coded", "cannot be coded", "unknown"})


@dataclass(frozen=True, slots=True)
class Decision:
    """A row that somebody decided on: `codes`, several where several are right, or a `verdict`.

    It is for the ad `id` and those of `like_ids`. `drawn` counts the draws at random that it stands
    for, `machine_code` what the machine had said then, as sure as `machine_confidence`.
    """

    id: str
    title: str
    codes: tuple[str, ...]
    verdict: Verdict | None
    sheet: str
    line: int
    like_ids: tuple[str, ...] = ()
    coder: str = ""
    note: str = ""
    drawn: int = 0
    machine_code: str = ""
    machine_confidence: float = 0.0

    @property
    def ids(self) -> tuple[str, ...]:
        """All ads that it is for."""
        return (self.id, *self.like_ids)

    @property
    def said(self) -> str:
        """The decision in the words of a sheet."""
        return "|".join(self.codes) or str(self.verdict)


def verdict_of(text: str | None) -> Verdict | None:
    """What a cell says instead of a code; None for codes."""
    if says_no_job(text or ""):
        return Verdict.NOT_A_JOB
    words = " ".join((text or "").replace("_", " ").replace("’", "'").casefold().split())
    return Verdict.NOT_CODABLE if words in _NOT_CODABLE else None


def is_of_sheet(ad: Ad) -> bool:
    """Whether a row is of a sheet of `isco review`."""
    return LIKE_IDS in ad.extra


def learned_rows(rows: Iterable[Row], called: str) -> tuple[Iterator[Row], bool]:
    """`rows_to_learn` of `rows`, the first of which is read, and whether that is of a sheet.

    Raises InputError where there are none; `called` says of what, for the message.
    """
    found = rows_to_learn(rows)
    first = next(found, None)
    if first is None:
        raise InputError(f"{called} has no ads to learn")
    return chain([first], found), isinstance(first, Ad) and is_of_sheet(first)


def rows_to_learn(rows: Iterable[Row]) -> Iterator[Row]:
    """`rows` as they are learned: a decision of a sheet once for each ad that it is for.

    Rows that say that there is no code count as not coded. Other rows come as they are.
    """
    for row in rows:
        if isinstance(row, BrokenRow) or not is_of_sheet(row):
            yield row
            continue
        ad = plain(row)
        if not ad.isco_code or verdict_of(ad.isco_code) == Verdict.NOT_CODABLE:
            yield replace(ad, isco_code=None)
            continue
        try:
            ids = like_ids_of(ad.extra)
        except ValueError as error:
            yield BrokenRow(ad.id, ad.row, ad.line, f"line {ad.line}: {error}")
            continue
        ad = replace(ad, numbered=False, like=_text(ad.extra, DECIDED_WITH))
        yield ad
        yield from (replace(ad, id=each, like=ad.like or ad.id) for each in ids)


def decision_of(ad: Ad, labels: LabelReader, sheet: str) -> Decision | None:
    """What a row of a sheet decides; None where nothing was decided yet.

    Raises ValueError that says what is wrong with it.
    """
    ad = plain(ad)
    if not ad.isco_code:
        return None
    verdict = verdict_of(ad.isco_code)
    return Decision(
        id=ad.id,
        title=ad.title,
        codes=() if verdict else labels.codes(ad.isco_code),
        verdict=verdict,
        sheet=sheet,
        line=ad.line,
        like_ids=like_ids_of(ad.extra),
        coder=_text(ad.extra, CODER),
        note=_text(ad.extra, NOTE),
        drawn=int(_number(ad.extra, DRAWN)),
        machine_code=_text(ad.extra, MACHINE_CODE),
        machine_confidence=_number(ad.extra, MACHINE_CONFIDENCE),
    )


def plain(ad: Ad) -> Ad:
    """An ad of a sheet as it was before its texts were made harmless."""
    return replace(
        ad,
        id=as_it_was(ad.id),
        title=as_it_was(ad.title),
        description=as_it_was(ad.description),
    )


def like_ids_of(extra: Mapping[str, Any]) -> tuple[str, ...]:
    """The other ads of a row. Raises ValueError for a cell that was changed."""
    text = _text(extra, LIKE_IDS)
    try:
        found = json.loads(text) if text else []
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise ValueError(f"its {LIKE_IDS} were changed: copy them from the sheet as it was written")
    return tuple(map(str, found))


def _text(extra: Mapping[str, Any], name: str) -> str:
    value = extra.get(name)
    if isinstance(value, list):  # JSONL has what a sheet writes as text.
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else as_it_was(str(value).strip())


def _number(extra: Mapping[str, Any], name: str) -> float:
    text = _text(extra, name).replace(",", ".")
    try:
        return float(text or 0)
    except ValueError:
        raise ValueError(f"its {name} is {text!r}, not a number") from None
