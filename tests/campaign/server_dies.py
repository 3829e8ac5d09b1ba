"""A Qdrant server that is gone in the middle of an ingest, and comes back."""

import random
import sys
import time
from dataclasses import replace

from tests.campaign.outcome import Outcome
from tests.campaign.place import LONGEST_RUN, Limits, Place, searched
from tests.support.qdrant_double import QdrantDouble


def server_dies(place: Place, limits: Limits) -> Outcome:
    """The ingest ends with 3; what is in use is the old version or the new one, whole; the same
    command again makes it the new one and leaves nothing over."""
    outcome = Outcome("Qdrant dies while it takes points")
    old, new = (("ingest", "--source", str(place.folder / name)) for name in ("old", "new"))
    expected: list[bytes] = []
    duration = 0.0
    for number in range(-1, limits.tries):
        if time.monotonic() > limits.end:
            break
        with QdrantDouble() as double:
            keys = {"qdrant.mode": "server", "qdrant.url": double.url, "qdrant.retries": 0}
            served = replace(place, keys=keys)
            data = served.copy("served")
            served.run(data, *old)
            if number < 0:
                before = searched(served, data)
                # The first is left alone, and says how long it takes and what comes of it.
                begun = time.monotonic()
                served.run(data, *new)
                duration = time.monotonic() - begun
                expected = [before, searched(served, data)]
                continue
            process = served.start(data, *new)
            moment = random.Random(f"{place.seed} {number}").uniform(0.0, duration)
            process.wait(moment)
            double.gone = True
            status = process.wait(LONGEST_RUN)
            double.gone = False
            try:
                problem = None if status in {0, 3} else f"ended with {status}: {served.said()}"
                if searched(served, data) not in expected:
                    problem = problem or "neither version is whole"
                served.run(data, *new)
                if searched(served, data) != expected[1]:
                    problem = problem or "the second ingest is not whole"
                left = [name for name in double.collections() if name.startswith("isco_occ")]
                if len(left) > 2:
                    problem = problem or f"left over: {left}"
            except RuntimeError as error:
                problem = str(error)
        outcome.count(problem and f"try {number}, after {moment:.2f} s: {problem}")
        print(f"{outcome.kind}: {outcome.tries} of {limits.tries}", file=sys.stderr, flush=True)
    return outcome
