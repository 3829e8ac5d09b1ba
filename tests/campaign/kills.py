"""SIGKILL at random moments: the same command again ends as if nobody had killed it."""

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet

from tests.campaign.outcome import Outcome
from tests.campaign.place import Limits, Place, searched
from tests.campaign.trials import Kind, measured, trials

_CHUNK = 10
# Seconds. For one minute Ray's agents try to tell a cluster that is gone that it is.
_RAY_S_AGENTS_END = 120


def kill_ingest(place: Place, limits: Limits) -> Outcome:
    """What is searched is the old version or the new one, whole; then the new one."""
    command = ("ingest", "--source", str(place.folder / "new"))
    before = searched(place, place.copy("reference"))
    length = measured(place, place.folder / "reference", *command)
    after = searched(place, place.folder / "reference")

    def check(data: Path) -> str | None:
        if searched(place, data) not in (before, after):
            return "after the kill neither version is whole"
        place.run(data, *command)
        return None if searched(place, data) == after else "the second ingest is not whole"

    return trials(place, Kind("SIGKILL, ingest", lambda _: command, check), limits, length)


def kill_classify(
    place: Place,
    limits: Limits,
    workers: int = 1,
    form: str = "jsonl",
    by: signal.Signals = signal.SIGKILL,
) -> Outcome:
    """The output of the second run is that of one that was never killed, to the byte; in Parquet,
    in and out, row by row."""
    out = place.folder / f"out.{form}"

    def command(target: Path) -> tuple[str, ...]:
        keys = [
            f"classify.chunk={_CHUNK}",
            *([f"classify.workers={workers}"] if workers > 1 else []),
        ]
        given = [part for key in keys for part in ("--set", key)]
        return ("classify", str(place.folder / f"ads.{form}"), "-o", str(target), *given)

    if workers > 1:
        place = replace(place, module="tests.campaign.isco")
    whole = place.folder / f"whole-{workers}.{form}"
    length = measured(place, place.copy("reference"), *command(whole))
    expected = _content(whole)

    def begin(data: Path) -> tuple[str, ...]:
        for left in place.folder.glob(f"{out.name}*"):
            left.unlink()
        return command(out)

    def check(data: Path) -> str | None:
        if form == "parquet" and out.exists() and _content(out) != expected:
            return "a file that is not whole has the output's name"
        place.run(data, *command(out))
        return None if _content(out) == expected else "the output is another one"

    how = f" with {workers} workers" if workers > 1 else " from and to Parquet"
    name = f"{by.name}, classify{how if workers > 1 or form != 'jsonl' else ''}"
    return trials(place, Kind(name, begin, check, by), limits, length)


def kill_learn(place: Place, limits: Limits) -> Outcome:
    """The labelled ads of the second run are those of one that was never killed."""
    command = ("learn", str(place.folder / "labelled.jsonl"), "--source-name", "campaign")
    data = place.copy("reference")
    length = measured(place, data, *command)
    expected = _classified(place, data)

    def check(data: Path) -> str | None:
        place.run(data, *command)
        return None if _classified(place, data) == expected else "other ads were learned"

    return trials(place, Kind("SIGKILL, learn", lambda _: command, check), limits, length)


def kill_ray(place: Place, limits: Limits) -> Outcome:
    """With Ray and the real model: the parts of the second run are those of an unbroken one."""
    keys = {"classify.chunk": 20, "classify.part": 1, "taxonomy.language": "en"}
    real = replace(place, folder=place.folder / "ray", module="isco", keys=keys)
    real.folder.mkdir()
    real.run(real.data, "ingest", "--source", "starter")
    out = real.folder / "parts"

    def command(target: Path) -> tuple[str, ...]:
        return ("classify", str(place.folder / "ads.jsonl"), "-o", str(target), "--engine", "ray")

    whole = real.folder / "whole-parts"
    length = measured(real, real.copy("reference"), *command(whole))
    expected = _parts(whole)

    def begin(data: Path) -> tuple[str, ...]:
        shutil.rmtree(out, ignore_errors=True)
        return command(out)

    def check(data: Path) -> str | None:
        real.run(data, *command(out))
        return None if _parts(out) == expected else "the parts are others"

    kind = Kind("SIGKILL, classify on Ray", begin, check, orphans_end=_RAY_S_AGENTS_END)
    return trials(real, kind, limits, length)


def _classified(place: Place, data: Path) -> bytes:
    """What the labelled ads, as ads, are classified as: they are known to the letter."""
    found = place.run(data, "classify", str(place.folder / "labelled.jsonl"), "-o", "-")
    rows = [json.loads(line) for line in found.splitlines()]
    if not rows:
        raise RuntimeError("the labelled ads have no predictions")
    return json.dumps([[row["id"], row["isco_code"], row["path"]] for row in rows]).encode()


def _content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    return path.read_bytes()


def _parts(folder: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in folder.rglob("*.jsonl")}
