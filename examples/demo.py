"""`make demo`: a taxonomy in, the example ads through it, and what to do next.

The project's own starter taxonomy in five languages, one name of each occupation embedded
(profiles/quick.yaml); the ads are those of ads.jsonl that are in these languages. What is ingested
stays in the folder DATA_DIR (.demo).
"""

import json
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

import isco
from isco.results import Predictions
from isco.tables import table

LANGUAGES = ("en", "de", "es", "fr", "pl")
SURE, OF_A_LANGUAGE, UNSURE = 12, 3, 2
SHOWN_CODES = 3

NEXT = """
What next?
  the full ESCO    isco ingest --source ESCO-download.zip, from esco.ec.europa.eu
  your own ads     isco classify ads.csv --set input.title=YOUR_COLUMN -o codes.csv
  what is unsure   isco review codes.csv -o todo.xlsx, or isco serve codes.csv --ads ads.csv
  how right it is  isco evaluate labelled.csv -o report/, on ads whose codes you know
  try a title      isco search "roofer" --set data_dir={data_dir}
(`isco` is .venv/bin/isco, or `isco` after `. .venv/bin/activate`; README.md says more.)
"""


def main(data_dir: str) -> None:
    """Ingest, classify, print."""
    began = perf_counter()
    print("Ingesting the starter taxonomy: all 436 unit groups of ISCO-08 …", flush=True)
    ingested = isco.ingest(
        "starter", language=",".join(LANGUAGES), profile="quick", data_dir=data_dir
    )
    print(f"{ingested}\n\nClassifying …", flush=True)
    lines = Path(__file__).with_name("ads.jsonl").read_text(encoding="utf-8").splitlines()
    ads = [ad for line in lines if (ad := json.loads(line))["language"] in LANGUAGES]
    known = {ad["id"]: ad["isco_code"] for ad in ads}
    unlabelled = [
        {key: ad[key] for key in ("id", "title", "description", "language")} for ad in ads
    ]
    with isco.open(profile="quick", data_dir=data_dir) as coder:
        found = coder.classify(unlabelled)
    show(found, known)
    print(f"\n{perf_counter() - began:.0f} s in all.")
    print(NEXT.format(data_dir=data_dir))


def show(found: Predictions, known: dict[str, str]) -> None:
    """The surest ads, a few of each language; the least sure ones; how many are right."""
    jobs = [
        (each, title) for each, title in zip(found, found.titles, strict=True) if each.isco_code
    ]
    jobs.sort(key=lambda job: -job[0].confidence)
    of_language: Counter[str | None] = Counter()
    sure = []
    for each, title in jobs:
        of_language[each.language] += 1
        if of_language[each.language] <= OF_A_LANGUAGE and len(sure) < SURE:
            sure.append((each, title))
    rows = [(t, p.isco_code, p.isco_label, f"{p.confidence:.2f}") for p, t in sure]
    print(f"The surest, up to {OF_A_LANGUAGE} of a language:\n")
    print(table(("title", "ISCO", "label", "conf."), rows, (52, 4, 48, 5)))
    print(f"\nThe {UNSURE} of which it is least sure; people decide such ads:\n")
    for each, title in jobs[-UNSURE:]:
        print(title)
        codes = dict.fromkeys((c.isco_code, c.isco_label) for c in each.candidates)
        for code, label in list(codes)[:SHOWN_CODES]:
            print(f"    {code}  {label}")
        sure_of = f"{each.confidence:.0%} sure of {each.isco_code}"
        print(f"    ({sure_of}; its known code: {known[each.id]})")
    right = sum(known[each.id] == each.isco_code for each, _ in jobs)
    pages = [each for each in found if known[each.id] == "not_a_job"]
    seen = sum(each.path == "not_a_job" for each in pages)
    print(
        f"\n{right} of {len(known) - len(pages)} ads get the code that is known; "
        f"{seen} of {len(pages)} pages that are no job ad are told from them."
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".demo")
