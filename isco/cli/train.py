"""isco train: an adapter that makes the bundled encoder know a taxonomy's occupations."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import Bar, note
from isco.core.codes import LEVEL_NAMES, UNIT_LEVEL, level, truncate
from isco.core.errors import ConfigError, InputError, UnavailableError
from isco.core.records import BrokenRow
from isco.core.settings import InputSettings, Settings

if TYPE_CHECKING:
    from isco.retriever.labelled.labels import LabelReader
    from isco.training.material import LabelledText

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("train")
@click.option("-o", "--output", required=True, type=_FILE, help="File of the adapter, NAME.npz.")
@click.option(
    "--source",
    multiple=True,
    metavar="PATH|starter",
    help="A taxonomy, as of isco ingest; repeated, other versions of it. All its languages are "
    "learned from. By default the configured one.",
)
@click.option(
    "--labelled",
    multiple=True,
    metavar="FILE",
    help="Ads whose code is known: what they say belongs to their unit group. May be repeated.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FILE",
    help="Ads whose titles are not learned from, to be measured on. May be repeated.",
)
@click.option("--steps", type=click.IntRange(min=1), help="Batches to learn from.")
@click.option("--pairs", type=click.IntRange(min=8), help="Pairs of texts in a batch.")
@click.option("--rank", type=click.IntRange(1, 256), help="Rank of what is added to a matrix.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Learning rate.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    help="How much of what is learned is added; less keeps more of what the encoder knew.",
)
@click.option("--seed", type=int, help="Seed of all chance.")
@click.option("--device", metavar="NAME", help="cpu, cuda, mps; by default the best there is.")
@click.option("--afresh", is_flag=True, help="Begin without embedding.adapter, if it is set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    output: Path,
    source: tuple[str, ...],
    labelled: tuple[str, ...],
    without: tuple[str, ...],
    device: str | None,
    afresh: bool,
    as_json: bool,
    steps: int | None,
    pairs: int | None,
    rank: int | None,
    rate: float | None,
    share: float | None,
    seed: int | None,
    **shared: Any,
) -> int:
    """Train an adapter for the bundled encoder.

    Two names of an occupation come to lie close to each other, whatever their languages, and away
    from those of other unit groups. Stopped, the same command goes on. The exit code is 1 when
    some labelled rows were left out.
    """
    settings = settings_from(**shared)
    if output.suffix != ".npz":
        raise click.UsageError(f"--output {output} must end in .npz")
    try:
        from isco.training.material import read_material
        from isco.training.train import Recipe, train
    except ImportError as error:
        raise UnavailableError(
            f"training needs PyTorch and transformers ({error}): pip install 'isco[train]'"
        ) from error
    if settings.embedding.backend != "openvino":
        raise ConfigError("adapters are for embedding.backend openvino")
    given: dict[str, Any] = {
        "steps": steps, "pairs": pairs, "rank": rank, "rate": rate, "share": share, "seed": seed,
    }  # fmt: skip
    broken: list[BrokenRow] = []
    with Bar() as bar:
        material = read_material(
            list(source) or _sources_of(settings), _titles(without, settings.input)
        )
        ads = _labelled(labelled, settings.input, material.codes, broken)
        about = train(
            output,
            replace(material, labelled=ads),
            replace(Recipe(), **{key: value for key, value in given.items() if value is not None}),
            None if afresh else settings.embedding.adapter,
            device,
            bar,
        )
    for row in broken:
        note(f"line {row.line}: {row.reason}")
    if as_json:
        click.echo(json.dumps(about, ensure_ascii=False))
    else:
        click.echo(
            f"adapter    {output}, {output.stat().st_size / 1e6:.1f} MB\n"
            f"learned    {about['names']} names of {about['occupations']} occupations in "
            f"{len(about['languages'])} languages, {about['labelled_ads']} labelled ads\n"
            f"steps      {about['recipe']['steps']}, loss {about['loss']:.3f}"
        )
        note(f"To use it: --set embedding.adapter={output}, and isco ingest once more.")
        note(about["notice"])
    return 1 if broken else 0


def _sources_of(settings: Settings) -> list[str]:
    source = settings.taxonomy.source
    return [source] if isinstance(source, str) else list(source)


def _labelled(
    files: Iterable[str],
    columns: InputSettings,
    known: Collection[str],
    broken: list[BrokenRow],
) -> "list[LabelledText]":
    """The ads with a code among the `known`; what can't be used is added to `broken`."""
    from isco.retriever.labelled.labels import LabelReader
    from isco.training.material import LabelledText

    groups = {truncate(code, level): "" for code in known for level in LEVEL_NAMES}
    labels = LabelReader(groups, {}, columns.isco_code)
    found = []
    for ad in _ads(files, columns, broken):
        try:
            code = _unit_group(ad.isco_code, labels)
        except ValueError as error:
            broken.append(BrokenRow(ad.id, ad.row, ad.line, str(error)))
            continue
        parts = (ad.title.strip(), " ".join(ad.description.split()))
        found.append(LabelledText(". ".join(part for part in parts if part), code))
    return found


def _unit_group(label: str | None, labels: "LabelReader") -> str:
    """The one unit group that a label names. Raises ValueError that says why it names none."""
    if label is None:
        raise ValueError(f"{labels.column} is empty: only ads with a code can be learned")
    code, *others = labels.codes(label)
    if others or level(code) != UNIT_LEVEL:
        what = "several groups" if others else f"a group of {level(code)} digits"
        raise ValueError(f"{labels.column} {label!r} names {what}: one unit group is expected")
    return code


def _titles(files: Iterable[str], columns: InputSettings) -> list[str]:
    return [ad.title for ad in _ads(files, columns, [])]


def _ads(files: Iterable[str], columns: InputSettings, broken: list[BrokenRow]) -> Iterator[Any]:
    from isco.retriever.reading.text_files import read_ads

    for file in files:
        rows = list(read_ads(file, columns))
        if not rows:
            raise InputError(f"{file} has no ads")
        for row in rows:
            if isinstance(row, BrokenRow):
                broken.append(row)
            else:
                yield row
