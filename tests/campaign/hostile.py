"""Hostile rows through `isco classify` in every format: as many rows out as in, in their order."""

import json
import sys
from pathlib import Path

import pyarrow.parquet

from tests.campaign.outcome import Outcome
from tests.campaign.place import prepare
from tests.support.hostile_rows import FORMATS, hostile_ads, write_hostile

_A_FILE = 500


def hostile_files(folder: Path, number: int, seed: int) -> list[Outcome]:
    """A row is lost that has no row of its id, in order; so is one that nobody delivered."""
    place = prepare(folder / "rows", seed)
    outcomes = []
    for kind in FORMATS:
        outcome = Outcome(f"hostile rows, {kind}")
        share = number // len(FORMATS)
        for first in range(0, share, _A_FILE):
            rows = hostile_ads(min(_A_FILE, share - first), seed + first, kind)
            path = place.folder / f"hostile.{kind}"
            write_hostile(path, rows)
            # Parquet in and out: a row of its table each.
            to = "parquet" if kind == "parquet" else "jsonl"
            target = place.folder / f"hostile-out.{to}"
            target.unlink(missing_ok=True)
            place.run(place.data, "classify", str(path), "-o", str(target))
            found = _ids(target)
            ids = [str(row["id"]) for row in rows]
            row_of = {name: row for row, name in enumerate(found)}
            last = -1
            for name in ids:
                row = row_of.get(name, -1)
                outcome.count(None if row > last else f"{name} is missing or not in its order")
                last = max(last, row)
            if len(found) != len(rows):
                outcome.lost.append(f"{len(found)} rows came of {len(rows)} ({path.name})")
        print(f"{outcome.kind}: {outcome.tries}", file=sys.stderr, flush=True)
        outcomes.append(outcome)
    return outcomes


def _ids(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return [row["id"] for row in pyarrow.parquet.read_table(path, columns=["id"]).to_pylist()]
    return [json.loads(line)["id"] for line in path.open(encoding="utf-8")]
