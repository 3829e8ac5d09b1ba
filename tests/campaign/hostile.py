"""Hostile rows through `isco classify` in every format: as many rows out as in, in their order."""

import json
import sys
from pathlib import Path

from tests.campaign.kills import prepare
from tests.campaign.outcome import Outcome
from tests.support.hostile_rows import FORMATS, hostile_ads, write_hostile

_A_FILE = 500


def hostile_files(folder: Path, number: int, seed: int) -> list[Outcome]:
    """A row is lost that has no row of its id, at its place."""
    place = prepare(folder / "rows", seed)
    outcomes = []
    for kind in FORMATS:
        outcome = Outcome(f"hostile rows, {kind}")
        share = number // len(FORMATS)
        for first in range(0, share, _A_FILE):
            rows = hostile_ads(min(_A_FILE, share - first), seed + first, kind)
            path = place.folder / f"hostile.{kind}"
            write_hostile(path, rows)
            target = place.folder / "hostile-out.jsonl"
            target.unlink(missing_ok=True)
            place.run(place.data, "classify", str(path), "-o", str(target))
            found = [json.loads(line)["id"] for line in target.open(encoding="utf-8")]
            for row, expected in enumerate(rows):
                at_its_place = found[row : row + 1] == [expected["id"]]
                outcome.count(None if at_its_place else f"{expected['id']} is not at its place")
            if len(found) > len(rows):
                outcome.count(f"{len(found) - len(rows)} rows too many")
        print(f"{outcome.kind}: {outcome.tries}", file=sys.stderr, flush=True)
        outcomes.append(outcome)
    return outcomes
