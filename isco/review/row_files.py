"""Rows of results as CSV or JSONL, in a file that appears when it is whole."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.formulas import without_formula

CSV, JSONL = ".csv", ".jsonl"


def kind_of_rows(path: Path) -> str:
    """CSV or JSONL, by its name. Raises ConfigError for another one."""
    kind = path.suffix.lower()
    if kind not in (CSV, JSONL):
        raise ConfigError(f"{path}: it is written as .csv or .jsonl; name it so")
    return kind


def write_rows(
    path: Path, kind: str, names: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write `rows`, of a CSV file the columns `names`. UnavailableError when that can't be done."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        # Excel takes a CSV file for UTF-8 by its first bytes.
        encoding = "utf-8-sig" if kind == CSV else "utf-8"
        with unfinished.open("w", encoding=encoding, errors="replace", newline="") as stream:
            if kind == JSONL:
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            else:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(names)
                writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
        put_in_place(unfinished, path)
    except OSError as error:
        raise UnavailableError(f"can't write {path}: {error.strerror or error}") from error


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return without_formula(value) if isinstance(value, str) else value
