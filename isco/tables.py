"""Tables for people: as text in columns, and as HTML for a notebook."""

import shutil
import unicodedata
from collections.abc import Sequence
from html import escape

from isco.core.printable import printable
from isco.core.records import Candidate, Prediction

PREDICTION_HEADER = ("id", "title", "ISCO", "label", "path", "conf.")
CANDIDATE_HEADER = ("", "ISCO", "unit group", "leaf", "score")

_WIDEST = 200


def table(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Rows in columns; `widths` caps each column, what is longer ends in "…"."""
    cut = [
        [_shorten(printable(cell), width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]
    sizes = [max(map(_columns, column)) for column in zip(header, *cut, strict=True)]
    lines = [header, ["─" * size for size in sizes], *cut]
    return "\n".join("  ".join(map(_pad, line, sizes)).rstrip() for line in lines)


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]], below: str = "") -> str:
    """As `table`, for a notebook: whole cells, escaped, and a line `below` in small print."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    last = f"<p><small>{escape(below)}</small></p>" if below else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{last}"


def prediction_rows(
    predictions: Sequence[Prediction], titles: Sequence[str]
) -> list[tuple[str, ...]]:
    """Cells of `PREDICTION_HEADER`, one row a prediction."""
    return [
        (
            prediction.id,
            title,
            prediction.isco_code or "–",
            prediction.isco_label or f"({prediction.reason})",
            str(prediction.path),
            f"{prediction.confidence:.2f}" if prediction.isco_code else "",
        )
        for prediction, title in zip(predictions, titles, strict=True)
    ]


def prediction_table(predictions: Sequence[Prediction], titles: Sequence[str]) -> str:
    """Predictions for a person, one line each, as wide as the terminal allows."""
    room = min(shutil.get_terminal_size((140, 24)).columns, _WIDEST) - 46
    widths = (12, max(20, room // 2), 4, max(20, room // 2), 10, 5)
    return table(PREDICTION_HEADER, prediction_rows(predictions, titles), widths)


def candidate_rows(candidates: Sequence[Candidate]) -> list[tuple[str, ...]]:
    """Cells of `CANDIDATE_HEADER`, one row a neighbour."""
    return [(str(c.rank), c.isco_code, c.isco_label, c.label, f"{c.score:.3f}") for c in candidates]


def candidate_table(candidates: Sequence[Candidate]) -> str:
    """Neighbours for a person, one line each."""
    return table(CANDIDATE_HEADER, candidate_rows(candidates), (3, 4, 44, 44, 7))


def explanation(prediction: Prediction, title: str) -> str:
    """The neighbours behind one answer."""
    answer = (
        f"{prediction.isco_code} {prediction.isco_label}" if prediction.isco_code else "no code"
    )
    lines = [
        f"{prediction.id}: {title}",
        f"  → {answer} [{prediction.path}, confidence {prediction.confidence:.2f}]",
        f"  {prediction.reason}",
    ]
    if found := prediction.occupation:
        lines.insert(2, f"  as {found.label} ({found.probability:.0%})")
    if prediction.profile:
        lines.append(f"  searched for: {prediction.profile.title!r}")
        if prediction.profile.description:
            lines.append(f"  and: {_shorten(prediction.profile.description, 160)!r}")
        lines += [f"  {line}" for line in candidate_table(prediction.candidates).splitlines()]
    return printable("\n".join(lines) + "\n")


def _columns(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - _columns(text))


def _shorten(text: str, width: int) -> str:
    text = " ".join(text.split())
    if _columns(text) <= width:
        return text
    while _columns(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"
