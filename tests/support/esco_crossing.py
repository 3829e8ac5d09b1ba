"""An independent count of what differs between two ESCO downloads, by the csv module alone."""

import csv
from html import unescape
from pathlib import Path

Rows = dict[str, dict[str, str]]


def read(folder: Path, table: str, key: str = "conceptUri") -> Rows:
    """Rows of one file by URI; of a repeated URI the first one, none that is obsolete."""
    (path,) = folder.glob(f"{table}_en.csv")
    rows: Rows = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["status"] != "obsolete":
                rows.setdefault(row[key], row)
    return rows


def differing(old: Rows, new: Rows, column: str) -> set[str]:
    """URIs of both whose text in `column` differs by more than spaces and HTML entities."""
    return {
        uri for uri in old.keys() & new.keys() if plain(old[uri][column]) != plain(new[uri][column])
    }


def names(row: dict[str, str]) -> set[str]:
    """Preferred, alternative and hidden labels of one row, in lower case."""
    given = "\n".join(
        (row["preferredLabel"], row["altLabels"] or "", row.get("hiddenLabels") or "")
    )
    return {plain(name).casefold() for name in given.split("\n")} - {""}


def plain(text: str | None) -> str:
    return " ".join(unescape(text or "").split())
