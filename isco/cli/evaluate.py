"""isco evaluate: how right the codes are, which of two configurations is better, and MELO."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli.evaluate_tuning import no_codes, tune_vote
from isco.cli.options import configuration_options, settings_from
from isco.cli.report_folder import write_report
from isco.cli.terminal import Bar, note
from isco.core.config import changed_settings
from isco.core.errors import ConfigError, IscoError
from isco.core.settings import Settings

if TYPE_CHECKING:
    from isco.core.embedding.base import Embedder
    from isco.core.records import Row
    from isco.evaluation.html.report_page import RunFacts
    from isco.outcomes import Evaluated


@click.command("evaluate")
@click.argument("labelled", required=False)
@click.option(
    "-o",
    "--output",
    metavar="REPORT_DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the report, as JSON, text and HTML.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--compare",
    nargs=2,
    metavar="CONFIG_A CONFIG_B",
    help="Compare two configurations, each a profile or a YAML file over the other options.",
)
@click.option(
    "--melo",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Instead of LABELLED, rank the names of a dataset of the MELO benchmark.",
)
@click.option(
    "--tune",
    metavar="PROFILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Instead, choose how many neighbours vote and decide, and write a profile of it (YAML).",
)
@configuration_options
def command(
    labelled: str | None,
    output: Path | None,
    as_json: bool,
    compare: tuple[str, str] | None,
    melo: Path | None,
    tune: Path | None,
    **shared: Any,
) -> None:
    """Measure accuracy on ads with a known code.

    LABELLED has the columns of any ads and isco_code, four digits or the URI of an occupation;
    not_a_job is the code of a page that is no job ad. Ads without a code are left out. A folder in
    the layout of the MELO benchmark is taken as titles whose occupations are known.
    """
    if (labelled is None) == (melo is None):
        raise click.UsageError("give either LABELLED or --melo DIR")
    if tune is not None and (compare or melo or output):
        raise click.UsageError("--tune PROFILE goes with LABELLED alone")
    if tune is not None:
        text = tune_vote(str(labelled), tune, as_json, settings_from(**shared))
        _show(text, None)
    elif melo is not None:
        if compare:
            raise click.UsageError("--compare needs LABELLED; it does not work with --melo")
        _melo(melo, output, as_json, settings_from(**shared))
    elif compare:
        _compare(str(labelled), output, as_json, compare, shared)
    else:
        _evaluate(str(labelled), output, as_json, settings_from(**shared))


def _evaluate(labelled: str, output: Path | None, as_json: bool, settings: Settings) -> None:
    from isco.evaluation.text_report import as_table

    run = _run(labelled, settings)
    content, text = _line(run.evaluation.as_dict()), as_table(run.evaluation)
    if output:
        from isco.evaluation.html.report_page import report_page

        page = report_page(run.evaluation, _facts(labelled, changed_settings(settings), run))
        write_report(
            output,
            {"evaluation.json": content, "evaluation.txt": text, "report.html": page},
        )
    _show(content if as_json else text, None if as_json else run.notice)


def _compare(
    labelled: str,
    output: Path | None,
    as_json: bool,
    names: tuple[str, str],
    shared: dict[str, Any],
) -> None:
    from isco.core.embedding import open_embedder
    from isco.evaluation.comparison import Side, compare
    from isco.evaluation.text_comparison import as_table

    if labelled == "-":
        raise click.UsageError("--compare reads the ads twice; give a file instead of -")
    # Both are read before either runs: a mistake in the second costs no wait for the first.
    profiles = shared.pop("profiles")
    settings = [settings_from(profiles=(*profiles, name), **shared) for name in names]
    if settings[0].input != settings[1].input:
        raise ConfigError(
            f"{names[0]} and {names[1]} differ in the section input, and so in the ads that they "
            "are compared on: give it once, with --config or --set"
        )
    next(_rows_of(labelled, settings[0])[0], None)
    same_model = settings[0].embedding == settings[1].embedding
    embedder = open_embedder(settings[0].embedding) if same_model else None
    runs: list[Evaluated] = []
    for name, of_side in zip(names, settings, strict=True):
        try:
            runs.append(_run(labelled, of_side, embedder))
        except IscoError as error:
            raise type(error)(f"{name}: {error}") from error
    sides = [
        Side(name, run.evaluation, run.seconds, changed_settings(of_side))
        for name, run, of_side in zip(names, runs, settings, strict=True)
    ]
    comparison = compare(*sides)
    content, text = _line(comparison.as_dict()), as_table(comparison)
    if output:
        from isco.evaluation.html.comparison_page import comparison_page

        page = comparison_page(comparison, _facts(labelled, comparison.shared_settings, runs[0]))
        files = {"comparison.json": content, "comparison.txt": text, "comparison.html": page}
        write_report(output, files)
    _show(content if as_json else text, None if as_json else runs[0].notice)


def _melo(folder: Path, output: Path | None, as_json: bool, settings: Settings) -> None:
    from isco.core.embedding import open_embedder
    from isco.core.embedding.vector_cache import EmbeddingCache
    from isco.evaluation.melo import as_table, evaluate_melo, for_names, name_searcher
    from isco.evaluation.melo_files import read_melo

    search = for_names(settings.search)
    dataset = read_melo(folder)
    names = list(dataset.elements.values())
    embedder = open_embedder(settings.embedding)
    with Bar() as bar:
        bar.start("embed names", len(set(names)))
        with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
            vectors = cache.embed_queries(names, bar.advance).vectors
        searcher = name_searcher(dataset, vectors, embedder, search)
        bar.start("rank names", len(dataset.relevant))
        result = evaluate_melo(dataset, searcher, bar.advance)
    content = _line({**result.as_dict(), "embedding": embedder.name})
    text = as_table(result, embedder.name)
    if output:
        write_report(output, {"melo.json": content, "melo.txt": text})
    _show(content if as_json else text, None)


def _run(labelled: str, settings: Settings, embedder: "Embedder | None" = None) -> "Evaluated":
    """Classify the ads and measure how right the answers are."""
    from isco.outcomes import Evaluated
    from isco.retriever.running.opening import open_run, rankings

    # The first row is read before the model is loaded: a wrong file name is told at once.
    rows, total = _rows_of(labelled, settings)
    first = list(islice(rows, 1))
    with open_run(settings, rankings, embedder) as run, Bar() as bar:
        bar.start("evaluate", total)
        evaluated = Evaluated.of(
            chain(first, rows),
            run,
            settings.classify.chunk,
            settings.input.isco_code,
            bar.advance,
        )
    if not evaluated.n:
        raise no_codes(labelled, settings)
    return evaluated


def _rows_of(labelled: str, settings: Settings) -> "tuple[Iterator[Row], int | None]":
    """The labelled ads, and how many there are where that is known."""
    from isco.evaluation.melo_ads import is_melo, melo_ads
    from isco.retriever.reading.text_files import count_rows, read_ads

    if is_melo(labelled):
        ads = melo_ads(Path(labelled))
        return iter(ads), len(ads)
    return read_ads(labelled, settings.input), count_rows(labelled, settings.input)


def _facts(labelled: str, changed: Mapping[str, Any], run: "Evaluated") -> "RunFacts":
    from isco.evaluation.html.report_page import RunFacts

    return RunFacts(
        labelled="standard input" if labelled == "-" else Path(labelled).name,
        made=datetime.now().astimezone(),
        changed=changed,
        names=run.names,
        notice=run.notice,
    )


def _show(content: str, notice: str | None) -> None:
    click.echo(content)
    if notice:
        note(notice)


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)
