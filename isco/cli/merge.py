"""isco merge: predictions and what people decided, as one final file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note

if TYPE_CHECKING:
    from isco.review.merge import MergeSummary


@click.command("merge")
@click.argument("codes", type=click.Path(exists=True))
@click.argument("sheets", nargs=-1, required=True, metavar="SHEET...")
@click.option(
    "-o",
    "--output",
    metavar="FINAL",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The final file, .csv or .jsonl.",
)
@click.option("--overwrite", is_flag=True, help="Overwrite FINAL if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    codes: str,
    sheets: tuple[str, ...],
    output: Path,
    overwrite: bool,
    as_json: bool,
    **shared: Any,
) -> int:
    """Put what people decided into the predictions, and say who decided what.

    CODES is what isco classify wrote, each SHEET what isco review made of it and people filled. Of
    several decisions on an ad the last one counts: a later SHEET goes before an earlier one. The
    exit code is 1 when rows of the sheets could not be used; nothing else is lost of them.
    """
    settings = settings_from(**shared)
    from isco.review.merge import merge

    given = [Path(codes), *map(Path, sheets)]
    if output.exists() and any(path.exists() and output.samefile(path) for path in given):
        raise click.UsageError(f"{output} is one of the files that are read; name another")
    if output.exists() and not overwrite:
        raise click.UsageError(f"{output} is there: name another, or --overwrite")
    summary = merge(settings, codes, sheets, output)
    if as_json:
        click.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
    else:
        _tell(summary, output)
    return 1 if summary.refused or summary.missing else 0


def _tell(summary: "MergeSummary", output: Path) -> None:
    from isco.review.merge import EXAMPLES

    click.echo(
        f"{output}: {summary.ads} ads, {summary.coded} with a code; people decided on "
        f"{summary.by_people}, in {summary.decisions} decisions"
    )
    if summary.blank:
        click.echo(f"{summary.blank} rows of the sheets are not decided yet")
    drawn = summary.drawn
    if drawn:
        for level, found in drawn.by_level.items():
            low, high = found.interval
            digits = f"{level} digits" if level > 1 else "1 digit"
            click.echo(
                f"accepted answers right to {digits}: {found.accuracy:.3f} (95% interval "
                f"{low:.3f}–{high:.3f}), {found.right} of {found.n} drawn at random"
            )
        click.echo(f"their confidence said {drawn.said:.3f}")
    for each in summary.disagreements[:EXAMPLES]:
        note(
            f"ad {each.id} ({each.title}): {each.before} in {each.before_sheet}, then "
            f"{each.after} in {each.after_sheet}"
        )
    if len(summary.disagreements) > EXAMPLES:
        note(f"… and {len(summary.disagreements) - EXAMPLES} more such disagreements (--json)")
    for row in summary.refused:
        note(f"{row.sheet}, line {row.line}, ad {row.id}: {row.reason}")
    if summary.missing:
        shown = ", ".join(summary.missing[:EXAMPLES])
        more = (
            f" and {len(summary.missing) - EXAMPLES} more"
            if len(summary.missing) > EXAMPLES
            else ""
        )
        note(
            f"{len(summary.missing)} ads of the sheets are not in the predictions (of another "
            f"run, or with an id that was changed): {shown}{more}"
        )
