"""Others that give ads an occupation's code, over the same ads: how right, and how fast?

    python -m benchmarks.peers LABELLED [--data-dir DIR] [--sample N] [--environments DIR]
        [--only NAME]... [--json]

needs an ingested ESCO in DIR. Each package gets an environment of its own in --environments, which
stays for the next time (`isco-peers` in the user's cache by default), with pinned versions and this
project's PyTorch; it runs as a process of its own, on one CPU thread like this project. What can't
be installed or started is a row that says why. Speed leaves the start out; that by ours compares
seconds of CPU, which other work on the machine changes less.

`accuracy` is that of four digits, of the first answer, or, where they come in no order, of one
drawn by lot; `recall` how often the code is among the answers. URIs of ESCO get the code that the
ingested taxonomy gives them. Codes of a national classification get none: no crosswalk comes with
the package, and three digits of one are not four of the other.

Rows of titles leave the ads' texts out. "the paper's way" is made here: one document a leaf, ad by
ad, scikit-learn's cosine similarity with all of them, pandas in between, the 15 nearest, their most
frequent code; with the bundled model.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pandas as pd
from sklearn.metrics.pairwise import cosine_similarity

from benchmarks.labelled import draw
from benchmarks.machine import description
from benchmarks.peer_packages import PEERS, Answers, default_environments, theirs
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.base import Embedder
from isco.core.errors import IscoError
from isco.core.records import Ad, Kind
from isco.core.settings import Settings
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads

NEIGHBOURS = 15


OURS, OUR_TITLES, PAPERS = "isco", "isco, titles", "the paper's way"


def ours(ads: Sequence[Ad], classifier: Classifier, settings: Settings) -> Answers:
    """This project's answers; the candidates' codes behind the first."""
    classifier.classify_batch(ads[:1])
    started, cpu = time.perf_counter(), time.process_time()
    found = [p for part in chunks(ads, settings.classify.chunk)
             for p in classifier.classify_with_ranking(part)]  # fmt: skip
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    rows = [
        list(dict.fromkeys((item.prediction.isco_code or "", *item.code_ranking))) for item in found
    ]
    return Answers(rows, seconds, cpu_seconds)


def papers_way(
    ads: Sequence[Ad], classifier: Classifier, settings: Settings, embedder: Embedder
) -> Answers:
    """The 15 nearest leaves' most frequent code, and the others."""
    index = classifier.searchers.main.index
    leaves = [row for row, leaf in enumerate(index.concepts) if leaf.kind == Kind.LEAF]
    documents = index.dense[leaves]
    frame = pd.DataFrame({"isco_code": [index.concepts[row].isco_code for row in leaves]})
    extractor = RuleExtractor(settings.extraction)
    extractor.profile(ads[0])
    started, cpu = time.perf_counter(), time.process_time()
    rows = []
    for ad in ads:
        profile = extractor.profile(ad)
        vector = embedder.embed_queries([f"{profile.title}. {profile.description}"])
        near = frame.assign(score=cosine_similarity(vector, documents)[0])
        near = near.sort_values("score", ascending=False).head(NEIGHBOURS)
        counts = near.groupby("isco_code").agg(votes=("score", "size"), score=("score", "max"))
        rows.append(list(counts.sort_values(["votes", "score"], ascending=False).index))
    return Answers(rows, time.perf_counter() - started, time.process_time() - cpu)


def figures_of(
    answers: Answers, gold: Sequence[str], code_of: Mapping[str, str], ordered: bool = True
) -> dict[str, Any]:
    """Ads a second; accuracy and recall where the answers, by `code_of`, are ISCO's."""
    coded = [
        list(dict.fromkeys(filter(None, (code_of.get(answer) for answer in row))))
        for row in answers.rows
    ]
    comparable = any(coded)
    pairs = list(zip(coded, gold, strict=True))
    right = sum(
        (row[0] == code if ordered else (code in row) / len(row)) for row, code in pairs if row
    )
    return {
        "ads_per_second": len(gold) / answers.seconds,
        "ads_per_cpu_second": len(gold) / answers.cpu_seconds,
        "start_seconds": answers.start_seconds,
        "answered": sum(bool(row) for row in answers.rows) / len(gold),
        "accuracy": right / len(gold) if comparable else None,
        "recall": sum(g in row for row, g in pairs) / len(gold) if comparable else None,
        "answers_an_ad": sum(map(len, answers.rows)) / len(gold),
    }


@click.command()
@click.argument("labelled", type=click.Path(exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where ESCO is.")
@click.option("--sample", default=271, show_default=True, help="Most ads taken.")
@click.option("--environments", type=click.Path(path_type=Path), help="Where peers are installed.")
@click.option("--only", multiple=True, type=click.Choice([OURS, OUR_TITLES, PAPERS, *PEERS]))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: str, data_dir: Path | None, sample: int, environments: Path | None,
    only: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Print accuracy and speed of this project and of its peers."""
    flags: dict[str, Any] = {"data_dir": data_dir} if data_dir else {}
    settings = load_settings(flags={**flags, "embedding.threads": 1, "llm.backend": "none"})
    embedder = open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    classifier = make_classifier(data, settings, embedder)
    ads = [row for row in read_ads(labelled, settings.input) if isinstance(row, Ad)]
    ads = draw([ad for ad in ads if ad.isco_code], sample)
    gold = [ad.isco_code or "" for ad in ads]
    code_of = {
        code: code for code in {leaf.isco_code for leaf in classifier.searchers.main.index.concepts}
    }
    code_of |= {leaf.uri: leaf.isco_code for leaf in classifier.searchers.main.index.concepts}
    wanted = only or (OURS, OUR_TITLES, PAPERS, *PEERS)
    rows: dict[str, dict[str, Any]] = {}
    if OURS in wanted:
        rows[OURS] = figures_of(ours(ads, classifier, settings), gold, code_of)
    if OUR_TITLES in wanted:
        bare = [replace(ad, description="") for ad in ads]
        # Another one, that remembers no titles.
        fresh = make_classifier(data, settings, embedder)
        rows[OUR_TITLES] = figures_of(ours(bare, fresh, settings), gold, code_of)
    if PAPERS in wanted:
        found = papers_way(ads, classifier, settings, embedder)
        rows[PAPERS] = figures_of(found, gold, code_of)
    for name in (name for name in PEERS if name in wanted):
        peer = PEERS[name]
        facts = {"package": peer.requirements[0], "licence": peer.licence, "codes": peer.codes}
        try:
            with TemporaryDirectory(prefix="isco-peers-") as scratch:
                found = theirs(peer, ads, Path(scratch), environments or default_environments())
            rows[name] = {**facts, **figures_of(found, gold, code_of, peer.ordered)}
        except IscoError as error:
            rows[name] = {**facts, "problem": str(error)}
    for row in rows.values():
        if OURS in rows and "problem" not in row:
            row["speed_vs_ours"] = row["ads_per_cpu_second"] / rows[OURS]["ads_per_cpu_second"]
    if as_json:
        click.echo(json.dumps({"ads": len(ads), "peers": rows, "machine": description()}))
        return
    click.echo(
        "| | 4 digits | code among the answers | answers an ad | ads a CPU second | speed by ours |"
    )
    click.echo("|---|---|---|---|---|---|")
    for name, row in rows.items():
        click.echo(f"| {name} | {' | '.join(_cells(row))} |")


def _cells(row: Mapping[str, Any]) -> list[str]:
    if "problem" in row:
        return [row["problem"], "", "", "", ""]
    if row["accuracy"] is None:
        right = [f"none: gives {row['codes']}", ""]
    else:
        right = [f"{row['accuracy']:.3f}", f"{row['recall']:.3f}"]
    ratio = f"{row['speed_vs_ours']:.2f}" if "speed_vs_ours" in row else ""
    return [*right, f"{row['answers_an_ad']:.1f}", f"{row['ads_per_cpu_second']:.2f}", ratio]


if __name__ == "__main__":
    main()
