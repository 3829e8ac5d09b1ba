"""sockit: an occupation of the United States' SOC 2018, from the title by a trie of titles."""

import json
import sys
import time
from pathlib import Path


def main(ads: str, output: str) -> None:
    """Titles in, codes of SOC 2018 out."""
    started = time.perf_counter()
    from sockit.title import clean, search, sort

    rows = [json.loads(line) for line in Path(ads).read_text(encoding="utf-8").splitlines()]
    search(clean("nurse"))
    ready, cpu = time.perf_counter(), time.process_time()
    answers = [[found["soc"] for found in sort(search(clean(row["title"])))] for row in rows]
    done = time.perf_counter()
    found = {
        "start_seconds": ready - started,
        "seconds": done - ready,
        "cpu_seconds": time.process_time() - cpu,
        "answers": answers,
    }
    Path(output).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
