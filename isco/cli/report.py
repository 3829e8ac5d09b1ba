"""isco report: a run without labels, watched."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.report_folder import write_report
from isco.cli.terminal import Bar, note
from isco.core import __version__

if TYPE_CHECKING:
    from isco.report.run_report import RunReport


@click.command("report")
@click.argument("codes")
@click.option("--against", metavar="EARLIER", help="What isco classify wrote before, to compare.")
@click.option(
    "--coded",
    multiple=True,
    metavar="SHEET",
    help="A sheet of isco review in which ads drawn at random are coded. May be repeated.",
)
@click.option(
    "--titles/--no-titles",
    default=True,
    help="Compare the titles of both runs by the embedding model.",
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the report, as JSON, text and HTML.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    codes: str,
    against: str | None,
    coded: tuple[str, ...],
    titles: bool,
    output: Path | None,
    as_json: bool,
    **shared: Any,
) -> int:
    """Say what a run has coded, how sure it is, and what has changed.

    CODES is what isco classify wrote; no ad needs a known code. The exit code is 1 when rows of a
    SHEET could not be used.
    """
    settings = settings_from(**shared)
    from isco.report.run_report import report_run
    from isco.report.text import as_table

    with Bar() as bar:
        report = report_run(settings, codes, against, coded, titles, bar)
    content, text = json.dumps(report.as_dict(), ensure_ascii=False), as_table(report)
    if output:
        _write(output, report, content, text, (codes, against))
    click.echo(content if as_json else text)
    for row in report.refused:
        note(f"{row.sheet}, line {row.line}, ad {row.id}: {row.reason}")
    if coded and not report.drawn:
        note(
            "No ad of the sheets that was drawn at random is coded: how right they are is unknown."
        )
    return 1 if report.refused else 0


def _write(
    folder: Path, report: "RunReport", content: str, text: str, names: tuple[str, str | None]
) -> None:
    from isco.report.page import PageFacts, run_page

    codes, against = names
    facts = PageFacts(
        "standard input" if codes == "-" else Path(codes).name,
        against and Path(against).name,
        datetime.now().astimezone(),
        __version__,
    )
    files = {"report.json": content, "report.txt": text, "report.html": run_page(report, facts)}
    write_report(folder, files)
