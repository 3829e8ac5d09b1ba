"""isco ingest: a taxonomy into Qdrant."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.api import place_of
from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import Bar, note
from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.outcomes import lines_of

if TYPE_CHECKING:
    from isco.ingest.summary import DryRun, IngestSummary


@click.command("ingest")
@click.option(
    "--source",
    multiple=True,
    metavar="PATH|api|starter",
    help="Folder or zip of an ESCO CSV download, or api. May be repeated, a language each, say.",
)
@click.option(
    "--language",
    metavar="CODE[,CODE…]",
    help="Languages of labels and descriptions, the main one first; auto for all that there are.",
)
@click.option(
    "--taxonomy-version",
    metavar="VERSION",
    help="Which version of ESCO a download is, such as v1.2.1, where its names do not say it.",
)
@click.option(
    "--names",
    multiple=True,
    metavar="[NAME=]FILE",
    help="List of titles, CSV, TSV or xlsx, as more names; NAME is the list's. May be repeated.",
)
@click.option("--force", is_flag=True, help="Build a new collection though nothing has changed.")
@click.option("--wait", is_flag=True, help="Wait while another ingest is building there.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Markdown file for what changes, concept by concept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@configuration_options
def command(
    source: tuple[str, ...],
    language: str | None,
    taxonomy_version: str | None,
    names: tuple[str, ...],
    force: bool,
    wait: bool,
    dry_run: bool,
    report: Path | None,
    as_json: bool,
    **shared: Any,
) -> None:
    """Load a taxonomy into Qdrant and put it into use.

    The new collection is built aside and verified; searches go on in the old one until the last
    step. Texts that were embedded before are not embedded again.
    """
    settings = settings_from(
        **shared,
        taxonomy__source=list(source) or None,
        taxonomy__language=language,
        taxonomy__version=taxonomy_version,
        taxonomy__names=list(names) or None,
    )
    from isco.core.embedding import open_embedder
    from isco.ingest.load import dry_run as look
    from isco.ingest.load import ingest
    from isco.ingest.summary import loaded
    from isco.retriever.factory import keep_search_data

    outcome: DryRun | IngestSummary
    with Bar() as bar:
        if dry_run:
            outcome = look(settings, settings.taxonomy.source, bar)
        else:
            keep = partial(keep_search_data, settings)
            outcome = ingest(
                settings, settings.taxonomy.source, open_embedder, bar, force, wait, keep
            )
    if report:
        _write_report(report, outcome)
    if as_json:
        click.echo(json.dumps(outcome.as_dict(), ensure_ascii=False))
        return
    for warning, count in outcome.warnings.items():
        note(f"warning: {count} × {warning}")
    click.echo(lines_of(loaded(outcome)))
    _tell(outcome, settings)
    if outcome.notice:
        note(outcome.notice)


def _tell(outcome: "DryRun | IngestSummary", settings: Settings) -> None:
    """What changed, and what was done about it."""
    from isco.ingest.change_report import as_text
    from isco.ingest.summary import IngestSummary

    if outcome.changes:
        click.echo(as_text(outcome.changes))
    if isinstance(outcome, IngestSummary):
        if outcome.unchanged:
            note("Nothing has changed since the last ingest; --force builds the collection anew.")
        click.echo(lines_of(outcome.done(place_of(settings))))
        _tell_labelled(outcome)
    elif outcome.changes:
        note(f"Compared with {outcome.in_use}; nothing was written.")
    else:
        note("There is no version in use to compare with; nothing was written.")


def _tell_labelled(outcome: "IngestSummary") -> None:
    labelled = outcome.labelled
    if labelled.obsolete:
        note(
            f"{labelled.obsolete} labelled ads have codes that this taxonomy does not have "
            f"({', '.join(labelled.obsolete_codes)}); they stay stored, but are not searched."
        )


def _write_report(path: Path, outcome: "DryRun | IngestSummary") -> None:
    from isco.ingest.change_report import as_markdown

    if outcome.changes is None:
        note(f"There was no version in use to compare with: {path} was not written.")
        return
    try:
        path.write_text(as_markdown(outcome.changes, outcome.notice), encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"can't write the report to {path}: {error}") from error
