"""occupationcoder: a minor group (three digits) of the United Kingdom's SOC 2010."""

import json
import os
import sys
import time
from pathlib import Path


def main(ads: str, output: str) -> None:
    """Titles and texts in, codes of SOC 2010 out."""
    started = time.perf_counter()
    import nltk
    import pandas
    from occupationcoder.coder.coder import Coder

    for corpus in ("corpora/wordnet", "tokenizers/punkt"):
        try:
            nltk.data.find(corpus)
        except LookupError:
            if not nltk.download(corpus.partition("/")[2], quiet=True):
                sys.exit(f"NLTK's {corpus} is not here, and can't be downloaded")
    rows = [json.loads(line) for line in Path(ads).read_text(encoding="utf-8").splitlines()]
    frame = pandas.DataFrame(
        {
            "job_title": [row["title"] for row in rows],
            "job_description": [row.get("description", "") for row in rows],
            "job_sector": ["" for _ in rows],
        }
    )
    ready, cpu = time.perf_counter(), _cpu_seconds()
    codes = Coder().codedataframe(frame)["SOC_code"]
    done = time.perf_counter()
    answers = [[str(code)] for code in codes]
    found = {
        "start_seconds": ready - started,
        "seconds": done - ready,
        "cpu_seconds": _cpu_seconds() - cpu,
        "answers": answers,
    }
    Path(output).write_text(json.dumps(found), encoding="utf-8")


def _cpu_seconds() -> float:
    """Of this process and of those that dask starts."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main(*sys.argv[1:])
