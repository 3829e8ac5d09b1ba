"""Files that are none: FIFOs, streams that are closed, folders that nobody may write."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.campaign.outcome import Outcome
from tests.campaign.place import LONGEST_RUN, Place

# Not even root makes a file there.
_READ_ONLY = Path("/sys")


def odd_files(place: Place) -> Outcome:
    """All rows come out as they do of files and into them, or an exit code says why none does."""
    outcome = Outcome("FIFOs, closed streams, folders that can't be written")
    whole = place.folder / "whole-odd.jsonl"
    place.run(place.data, "classify", str(place.folder / "ads.jsonl"), "-o", str(whole))
    expected = whole.read_bytes()
    for trial in (_fifo_in, _fifo_out, _pipe_out, _closed_input, _closed_unused, _read_only):
        problem = trial(place, expected)
        outcome.count(problem and f"{trial.__name__.strip('_')}: {problem}")
        print(f"{outcome.kind}: {outcome.tries}", file=sys.stderr, flush=True)
    return outcome


def _fifo_in(place: Place, expected: bytes) -> str | None:
    fifo, out = _made(place.folder / "in-fifo.jsonl"), place.folder / "of-fifo.jsonl"
    content = (place.folder / "ads.jsonl").read_bytes()
    status, _ = _beside(place, lambda: fifo.write_bytes(content), str(fifo), out)
    return _wrong(place, status) or _differs(out.read_bytes(), expected)


def _fifo_out(place: Place, expected: bytes) -> str | None:
    fifo = _made(place.folder / "out-fifo.jsonl")
    status, found = _beside(place, fifo.read_bytes, str(place.folder / "ads.jsonl"), fifo)
    return _wrong(place, status) or _differs(found, expected)


def _pipe_out(place: Place, expected: bytes) -> str | None:
    written = place.run(place.data, "classify", str(place.folder / "ads.jsonl"), "-o", "-")
    return _differs(written, expected)


def _closed_input(place: Place, expected: bytes) -> str | None:
    out = place.folder / "of-nothing.jsonl"
    status = place.start(place.data, "classify", "-", "-o", str(out), closed=True).wait(LONGEST_RUN)
    if status != 2 or "standard input" not in place.said():
        return f"ended with {status}: {place.said()}"
    return "an output is there" if out.exists() else None


def _closed_unused(place: Place, expected: bytes) -> str | None:
    ads, out = str(place.folder / "ads.jsonl"), place.folder / "closed.jsonl"
    status = place.start(place.data, "classify", ads, "-o", str(out), closed=True).wait(LONGEST_RUN)
    return _wrong(place, status) or _differs(out.read_bytes(), expected)


def _read_only(place: Place, expected: bytes) -> str | None:
    ads, out = str(place.folder / "ads.jsonl"), _READ_ONLY / "out.jsonl"
    status = place.start(place.data, "classify", ads, "-o", str(out)).wait(LONGEST_RUN)
    told = status == 3 and str(out) in place.said()
    return None if told else f"ended with {status}: {place.said()}"


def _made(fifo: Path) -> Path:
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    return fifo


def _beside(
    place: Place, act: Callable[[], object], ads: str, out: Path
) -> tuple[int | None, object]:
    """The exit status of a run, and what `act`, which has the other end, gave."""
    given: list[object] = []
    other = threading.Thread(target=lambda: given.append(act()), daemon=True)
    other.start()
    status = place.start(place.data, "classify", ads, "-o", str(out)).wait(LONGEST_RUN)
    other.join(LONGEST_RUN if status in {0, 1} else 0)
    return status, given[0] if given else None


def _wrong(place: Place, status: int | None) -> str | None:
    return None if status in {0, 1} else f"ended with {status}: {place.said()}"


def _differs(found: object, expected: bytes) -> str | None:
    return None if found == expected else "other rows came out"
