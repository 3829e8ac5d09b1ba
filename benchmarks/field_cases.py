"""Do ads that went wrong for those who had them end as they should?

    python -m benchmarks.field_cases CASES... --data-dir DIR [--lacking] [--all] [--json]

needs an ingested taxonomy in DIR. CASES are JSON lines with `title`, `description`, and in `accept`
every code that is right; a null `isco_code` says that none is. Each file is a feed of its own. A
case is met when its code is one of those, or when it has none where none is right; with --lacking,
which is for languages that the taxonomy lacks, also when the confidence is below .5.
Prints the cases that are not met, or --all, and what is met of each file.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Ad, Prediction
from isco.core.settings import Settings
from isco.retriever.factory import open_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.running.feed import look_ahead

_LOW = 0.5


@dataclass(frozen=True)
class Case:
    """An ad, the codes that are `right` for it (none: no code is), and what came of it."""

    file: str
    id: str
    title: str
    right: tuple[str, ...]
    got: str | None
    confidence: float
    reason: str
    met: bool


def read_cases(path: Path) -> list[tuple[Ad, tuple[str, ...]]]:
    """The ads of a file, and of each the codes that are right."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        (
            Ad(row["id"], row.get("title") or "", row.get("description") or ""),
            tuple(row.get("accept") or [code for code in [row["isco_code"]] if code]),
        )
        for row in rows
    ]


def judged(ad: Ad, right: tuple[str, ...], found: Prediction, lacking: bool, file: str) -> Case:
    """`lacking` says that a low confidence will do, too."""
    met = found.isco_code in right if right else found.isco_code is None
    met = met or (lacking and found.confidence < _LOW)
    return Case(
        file, ad.id, ad.title, right, found.isco_code, found.confidence, found.reason, met
    )  # fmt: skip


def tried(path: Path, classifier: Classifier, settings: Settings, lacking: bool) -> list[Case]:
    """The cases of a file, classified as one feed."""
    ads, right = zip(*read_cases(path), strict=True)
    _, settings = look_ahead(ads, settings, classifier.preprocessor)
    found = classifier.in_feed(settings).classify_batch(ads)
    return [
        judged(ad, codes, prediction, lacking, path.stem)
        for ad, codes, prediction in zip(ads, right, found, strict=True)
    ]


def table(cases: Sequence[Case], every: bool) -> str:
    """The cases in Markdown, and below them what is met of each file."""
    lines = ["| file | case | title | right | got | confidence |", "|---|---|---|---|---|---:|"]
    lines += [
        f"| {case.file} | {case.id} | {case.title[:40]} | {', '.join(case.right) or 'none'} "
        f"| {case.got or 'none'}{'' if case.met else ' ✗'} | {case.confidence:.2f} |"
        for case in cases
        if every or not case.met
    ]
    lines += ["", "| file | cases | met |", "|---|---:|---:|"]
    for file in dict.fromkeys(case.file for case in cases):
        of_file = [case.met for case in cases if case.file == file]
        lines.append(f"| {file} | {len(of_file)} | {sum(of_file)} |")
    return "\n".join(lines)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="An ingested taxonomy.")
@click.option("--lacking", is_flag=True, help="A confidence below .5 will do.")
@click.option("--all", "every", is_flag=True, help="Print the cases that are met, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    files: tuple[Path, ...], data_dir: Path | None, lacking: bool, every: bool, as_json: bool
) -> None:
    """Print the cases that do not end as they should."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    classifier = open_classifier(settings, open_embedder(settings.embedding))
    cases = [case for path in files for case in tried(path, classifier, settings, lacking)]
    click.echo(json.dumps([asdict(case) for case in cases]) if as_json else table(cases, every))


if __name__ == "__main__":
    main()
