"""isco evaluate: how right the codes are."""

import json
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import Bar, note
from isco.errors import InputError, UnavailableError


@click.command("evaluate")
@click.argument("labelled")
@click.option(
    "-o",
    "--output",
    metavar="REPORT_DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for evaluation.json and evaluation.txt.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(labelled: str, output: Path | None, as_json: bool, **shared: Any) -> None:
    """Measure accuracy on ads with a known code.

    LABELLED has the columns of any ads and isco_code, four digits; an empty isco_code stands for
    a page that is no job ad.
    """
    settings = settings_from(**shared)
    from evaluation.evaluation import evaluate
    from evaluation.text_report import as_table
    from isco.embedding import open_embedder
    from retriever.ads import count_rows, read_ads
    from retriever.pipeline import open_classifier

    # The first row is read before the model is loaded: a wrong file name is told at once.
    rows = read_ads(labelled, settings.input)
    first = list(islice(rows, 1))
    classifier = open_classifier(settings, open_embedder(settings.embedding))
    with Bar() as bar:
        bar.start("evaluate", count_rows(labelled))
        everything = chain(first, rows)
        evaluation = evaluate(everything, classifier, settings.classify.chunk, bar.advance)
    if not evaluation.n:
        raise InputError(
            f"{labelled} has no ad with a four-digit code in {settings.input.isco_code!r}; "
            "input.isco_code names another column"
        )
    content = json.dumps(evaluation.as_dict(), ensure_ascii=False)
    if output:
        try:
            output.mkdir(parents=True, exist_ok=True)
            (output / "evaluation.json").write_text(content + "\n", encoding="utf-8")
            (output / "evaluation.txt").write_text(as_table(evaluation) + "\n", encoding="utf-8")
        except OSError as error:
            raise UnavailableError(f"can't write the report to {output}: {error}") from error
    click.echo(content if as_json else as_table(evaluation))
    if classifier.notice and not as_json:
        note(classifier.notice)
