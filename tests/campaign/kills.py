"""SIGKILL at random moments: the same command again ends as if nobody had killed it."""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow.parquet

from tests.campaign.outcome import Outcome
from tests.campaign.place import Limits, Place, searched
from tests.campaign.processes import Forked, Started

_ORPHANS_END = 60
_CHUNK = 10


def kill_ingest(place: Place, limits: Limits) -> Outcome:
    """What is searched is the old version or the new one, whole; then the new one."""
    command = ("ingest", "--source", str(place.folder / "new"))
    before = searched(place, place.copy("reference"))
    duration = _timed(lambda: place.run(place.folder / "reference", *command))
    after = searched(place, place.folder / "reference")

    def check(data: Path) -> str | None:
        if searched(place, data) not in (before, after):
            return "after the kill neither version is whole"
        place.run(data, *command)
        return None if searched(place, data) == after else "the second ingest is not whole"

    return _trials(place, "SIGKILL, ingest", limits, duration, lambda data: command, check)


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
    data = place.copy("reference")
    duration = _timed(lambda: place.run(data, *command(whole)))
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
    kind = f"{by.name}, classify{how if workers > 1 or form != 'jsonl' else ''}"
    return _trials(place, kind, limits, duration, begin, check, by)


def kill_learn(place: Place, limits: Limits) -> Outcome:
    """The labelled ads of the second run are those of one that was never killed."""
    command = ("learn", str(place.folder / "labelled.jsonl"), "--source-name", "campaign")
    data = place.copy("reference")
    duration = _timed(lambda: place.run(data, *command))
    expected = _classified(place, data)

    def check(data: Path) -> str | None:
        place.run(data, *command)
        return None if _classified(place, data) == expected else "other ads were learned"

    return _trials(place, "SIGKILL, learn", limits, duration, lambda data: command, check)


def kill_ray(place: Place, starter: Path | None, limits: Limits) -> Outcome:
    """With Ray and the real model: the parts of the second run are those of an unbroken one."""
    real = replace(place, module="isco")
    if starter is None:
        starter = place.folder / "starter"
        real.run(starter, "ingest", "--source", "starter")
    out = place.folder / "parts"

    def command(target: Path) -> tuple[str, ...]:
        keys = ("--set", "classify.chunk=20", "--set", "classify.part=1", "--limit", "120")
        ads = str(place.folder / "ads.jsonl")
        where = ("--set", f"qdrant.path={starter / 'qdrant'}")
        return ("classify", ads, "-o", str(target), "--engine", "ray", *keys, *where)

    whole = place.folder / "whole-parts"
    data = place.copy("reference")
    duration = _timed(lambda: real.run(data, *command(whole)))
    expected = _parts(whole)

    def begin(data: Path) -> tuple[str, ...]:
        shutil.rmtree(out, ignore_errors=True)
        return command(out)

    def check(data: Path) -> str | None:
        real.run(data, *command(out))
        return None if _parts(out) == expected else "the parts are others"

    return _trials(real, "SIGKILL, classify on Ray", limits, duration, begin, check)


def _trials(
    place: Place,
    kind: str,
    limits: Limits,
    duration: float,
    begin: Callable[[Path], Sequence[str]],
    check: Callable[[Path], str | None],
    by: signal.Signals = signal.SIGKILL,
) -> Outcome:
    """Kill what `begin` says at random moments of its `duration`, in seconds, and `check`."""
    outcome = Outcome(kind)
    for number in range(limits.tries):
        if time.monotonic() > limits.end:
            break
        data = place.copy("trial")
        process = place.start(data, *begin(data))
        moment = place.rng.uniform(0.0, duration)
        children = _killed(process, moment, by)
        orphans = _still_there(children)
        try:
            problem = orphans or check(data)
        except RuntimeError as error:
            problem = str(error)
        outcome.count(problem and f"try {number}, after {moment:.2f} s: {problem}")
        print(f"{kind}: {outcome.tries} of {limits.tries}", file=sys.stderr, flush=True)
    return outcome


def _killed(process: Forked | Started, moment: float, by: signal.Signals) -> list[psutil.Process]:
    """End a process by a signal after so many seconds; the processes that it had started."""
    process.wait(moment)
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, by)
        process.wait(_ORPHANS_END)
        return children
    return []


def _still_there(children: Sequence[psutil.Process]) -> str | None:
    """Which of the processes do not end by themselves; they are ended then."""
    _, alive = psutil.wait_procs(children, timeout=_ORPHANS_END)
    names = [" ".join(child.name() for child in alive)] if alive else []
    for child in alive:
        child.kill()
    return f"orphans after {_ORPHANS_END} s: {names[0]}" if names else None


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


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
