"""SIGKILL at random moments: the same command again ends as if nobody had killed it."""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.campaign.outcome import Outcome
from tests.campaign.processes import Forked, Started
from tests.support.esco_download import BAKER, EscoDownload
from tests.support.hostile_rows import hostile_ads

_LONGEST_RUN, _ORPHANS_END = 300, 60
_ADS, _CHUNK, _LABELLED = 400, 10, 150


@dataclass(frozen=True)
class Limits:
    """How many kills there are, and at which `time.monotonic()` the last one begins."""

    tries: int
    end: float


@dataclass(frozen=True)
class Place:
    """What the trials start from: a small taxonomy that was ingested, another version, ads.

    Without a `module` that is started as a user does, processes are forked.
    """

    folder: Path
    rng: random.Random
    module: str | None = None

    @property
    def data(self) -> Path:
        """The data folder that each trial has a copy of."""
        return self.folder / "data"

    def start(self, data: Path, *arguments: str) -> Forked | Started:
        """`isco` on a data folder."""
        keys = {"data_dir": data, "llm.backend": "none", "embedding.threads": 1}
        given = [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]
        words, said = [*arguments, *given], self.folder / "said"
        return Started(self.module, words, said) if self.module else Forked(words, said)

    def run(self, data: Path, *arguments: str) -> bytes:
        """`isco` to its end, and what it wrote. Raises RuntimeError when it failed."""
        status = self.start(data, *arguments).wait(_LONGEST_RUN)
        said = self.folder / "said"
        if status not in {0, 1}:
            words = " ".join(said.with_suffix(".err").read_text(errors="replace").split())[-300:]
            raise RuntimeError(f"isco {arguments[0]} ended with {status}: {words}")
        return said.read_bytes()

    def copy(self, name: str) -> Path:
        """A fresh copy of the data folder."""
        to = self.folder / name
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.data, to)
        return to


def prepare(folder: Path, seed: int) -> Place:
    """Ingest a small taxonomy and write the ads."""
    folder.mkdir(exist_ok=True)
    place = Place(folder, random.Random(seed))
    old, new = EscoDownload(), EscoDownload()
    new.occupation(BAKER)["altLabels"] += "\nsourdough wizard"
    old.write_folder(folder / "old")
    new.write_folder(folder / "new")
    place.run(place.data, "ingest", "--source", str(folder / "old"))
    ads = hostile_ads(_ADS, seed)
    _write(folder / "ads.jsonl", ads)
    codes = ("2512", "7512", "5120", "2221")
    labelled = [
        {"id": f"l{n}", "title": f"job {n} {code}", "description": "", "isco_code": code}
        for n in range(_LABELLED)
        for code in [codes[n % len(codes)]]
    ]
    _write(folder / "labelled.jsonl", labelled)
    return place


def kill_ingest(place: Place, limits: Limits) -> Outcome:
    """What is searched is the old version or the new one, whole; then the new one."""
    command = ("ingest", "--source", str(place.folder / "new"))
    before = _searched(place, place.copy("reference"))
    duration = _timed(lambda: place.run(place.folder / "reference", *command))
    after = _searched(place, place.folder / "reference")

    def check(data: Path) -> str | None:
        if _searched(place, data) not in (before, after):
            return "after the kill neither version is whole"
        place.run(data, *command)
        return None if _searched(place, data) == after else "the second ingest is not whole"

    return _trials(place, "SIGKILL, ingest", limits, duration, lambda data: command, check)


def kill_classify(place: Place, limits: Limits, workers: int = 1) -> Outcome:
    """The output of the second run is that of one that was never killed, to the byte."""
    out = place.folder / "out.jsonl"

    def command(target: Path) -> tuple[str, ...]:
        keys = [
            f"classify.chunk={_CHUNK}",
            *([f"classify.workers={workers}"] if workers > 1 else []),
        ]
        given = [part for key in keys for part in ("--set", key)]
        return ("classify", str(place.folder / "ads.jsonl"), "-o", str(target), *given)

    if workers > 1:
        place = replace(place, module="tests.campaign.isco")
    whole = place.folder / f"whole-{workers}.jsonl"
    data = place.copy("reference")
    duration = _timed(lambda: place.run(data, *command(whole)))
    expected = whole.read_bytes()

    def begin(data: Path) -> tuple[str, ...]:
        for left in place.folder.glob("out.jsonl*"):
            left.unlink()
        return command(out)

    def check(data: Path) -> str | None:
        place.run(data, *command(out))
        return None if out.read_bytes() == expected else "the output is another one"

    kind = "SIGKILL, classify" if workers == 1 else f"SIGKILL, classify with {workers} workers"
    return _trials(place, kind, limits, duration, begin, check)


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
) -> Outcome:
    """Kill what `begin` says at random moments of its `duration`, in seconds, and `check`."""
    outcome = Outcome(kind)
    for number in range(limits.tries):
        if time.monotonic() > limits.end:
            break
        data = place.copy("trial")
        process = place.start(data, *begin(data))
        moment = place.rng.uniform(0.0, duration)
        children = _killed(process, moment)
        orphans = _still_there(children)
        try:
            problem = orphans or check(data)
        except RuntimeError as error:
            problem = str(error)
        outcome.count(problem and f"try {number}, after {moment:.2f} s: {problem}")
        print(f"{kind}: {outcome.tries} of {limits.tries}", file=sys.stderr, flush=True)
    return outcome


def _killed(process: Forked | Started, moment: float) -> list[psutil.Process]:
    """Kill a process after so many seconds; the processes that it had started."""
    process.wait(moment)
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
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


def _searched(place: Place, data: Path) -> bytes:
    """What a search for names of both versions finds; versions and stamps are told in it."""
    found = place.run(data, "search", "sourdough wizard", "--top", "20", "--json")
    return json.dumps(json.loads(found), sort_keys=True).encode()


def _classified(place: Place, data: Path) -> bytes:
    """What the labelled ads, as ads, are classified as: they are known to the letter."""
    found = place.run(data, "classify", str(place.folder / "labelled.jsonl"), "-o", "-")
    rows = [json.loads(line) for line in found.splitlines()]
    return json.dumps([[row["id"], row["isco_code"], row["path"]] for row in rows]).encode()


def _parts(folder: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in folder.rglob("*.jsonl")}


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    lines = (json.dumps(row) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
