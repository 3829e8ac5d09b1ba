"""isco learn: ads whose code is known, searched beside the taxonomy from then on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import Bar, note
from isco.outcomes import Learned, fit_as_dict, fit_facts, lines_of
from isco.tables import table

if TYPE_CHECKING:
    from isco.core.embedding.base import Embedder
    from isco.core.settings import EmbeddingSettings, Settings
    from isco.core.store import LabelledSource


@click.command("learn")
@click.argument("labelled", required=False)
@click.option("--source-name", metavar="NAME", help="Name of the source; by default the file's.")
@click.option(
    "--as",
    "as_",
    type=click.Choice(["ads"]),
    help="Learn LABELLED as ads, though it looks like a list of titles.",
)
@click.option(
    "--export",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was learned, or that of --source-name, to be learned elsewhere.",
)
@click.option("--list", "list_", is_flag=True, help="List what was learned, by source.")
@click.option("--remove", metavar="NAME", help="Forget what was learned from a source.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    labelled: str | None,
    source_name: str | None,
    as_: str | None,
    export: Path | None,
    list_: bool,
    remove: str | None,
    as_json: bool,
    **shared: Any,
) -> int:
    """Let labelled ads be searched beside the taxonomy.

    LABELLED has the columns of any ads and isco_code; ads without one are not coded yet, and left
    out. Several codes that are all right have | between. An ad of the same source and id takes the
    place of what was learned before. A list of titles is no ads: isco ingest --names takes it. The
    exit code is 1 when some rows were refused.
    """
    settings = settings_from(**shared)
    if sum((labelled is not None, list_, remove is not None, export is not None)) != 1:
        raise click.UsageError("give either LABELLED, --list, --remove NAME or --export FILE")
    if source_name is not None and labelled is None and export is None:
        raise click.UsageError("--source-name names the source of LABELLED, or of what is exported")
    if as_ is not None and labelled is None:
        raise click.UsageError("--as says what LABELLED is")
    if export is not None:
        _export(settings, export, source_name, as_json)
        return 0
    if list_:
        from isco.retriever.learning.learn import list_sources

        _show_sources(list_sources(settings), as_json)
        return 0
    if remove is not None:
        _remove(settings, remove, as_json)
        return 0
    return _learn(settings, labelled or "", source_name, as_ == "ads", as_json)


def _export(settings: "Settings", path: Path, source: str | None, as_json: bool) -> None:
    from isco.retriever.learning.exporting import export_learned

    written = export_learned(settings, path, source)
    if as_json:
        click.echo(json.dumps(asdict(written), ensure_ascii=False))
        return
    of = source or ("1 source" if written.sources == 1 else f"{written.sources} sources")
    click.echo(
        f"{written.ads} ads of {of} written to {path}; isco learn {path} learns them elsewhere"
    )


def _remove(settings: "Settings", name: str, as_json: bool) -> None:
    from isco.core.embedding import open_embedder
    from isco.retriever.learning.learn import remove_source
    from isco.retriever.learning.refitting import refit

    removed = remove_source(settings, name)
    with Bar() as bar:
        fit = refit(settings, open_embedder, bar)
    if as_json:
        answer = {"source": name, "removed": removed, **fit_as_dict(fit)}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"{removed} ads of {name} forgotten\n{lines_of(fit_facts(fit))}")


def _learn(
    settings: "Settings", labelled: str, name: str | None, as_ads: bool, as_json: bool
) -> int:
    from isco.core.embedding import open_embedder
    from isco.core.store import OccupationStore
    from isco.retriever.learning.learn import learn
    from isco.retriever.learning.learn import source_name as name_of
    from isco.retriever.learning.refitting import refit
    from isco.retriever.reading.text_files import STANDARD_INPUT, count_rows
    from isco.review.coded_rows import read_coded
    from isco.review.decisions import learned_rows

    source = name_of(labelled) if name is None else name.strip()
    if not source or (name is None and labelled == STANDARD_INPUT):
        raise click.UsageError("--source-name NAME must say what the source is called")
    # The first row is read before the model is loaded: a wrong file name is told at once.
    rows, of_sheet = learned_rows(read_coded(labelled, settings.input), labelled)
    with Bar() as bar:
        total = count_rows(labelled, settings.input)
        as_ads, named = as_ads or of_sheet, name is not None
        model = open_embedder(settings.embedding)

        def opened(_: "EmbeddingSettings") -> "Embedder":
            return model

        with OccupationStore(settings) as store:
            summary = learn(
                settings, rows, source, opened, bar, total, as_ads, labelled, named, store
            )
            fit = refit(settings, opened, bar, store)
    learned = Learned(summary, fit)
    if as_json:
        click.echo(json.dumps(learned.as_dict(), ensure_ascii=False))
        return 1 if learned.refused else 0
    click.echo(lines_of(learned.facts()))
    if fit and of_sheet:
        note(
            "The sheet asks about the hardest ads: of others more are right than is expected here."
        )
    for row in learned.refused:
        note(f"line {row.line}, ad {row.id}: {row.reason}")
    return 1 if learned.refused else 0


def _show_sources(sources: "Sequence[LabelledSource]", as_json: bool) -> None:
    if as_json:
        answer = {"sources": [asdict(source) for source in sources]}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if not sources:
        note("No ads were learned: isco learn LABELLED brings some.")
        return
    rows = [
        (s.name, str(s.ads), str(s.codes), str(s.obsolete), s.first_learned, s.last_learned)
        for s in sources
    ]
    header = ("source", "ads", "codes", "obsolete", "first learned", "last learned")
    click.echo(table(header, rows, (60, 9, 5, 8, 32, 32)))
