"""Ads by the thousand, made of the few of a file: what the speed benchmarks run on.

    python -m benchmarks.generated_ads [ADS] --number N -o OUT.jsonl [--repeated 0.3] [--near 0.2]
        [--seed 1]

First the ads of ADS as they are (default: examples/ads.jsonl), then, drawn by the seed, as feeds
that scrape many boards have them:

- `repeated`: an earlier ad again, to the letter, under another id;
- `near`: an earlier ad, posted again with other capitals, spaces, a reference number or a city in
  its title, and other line breaks in its text: another text, the same job;
- the rest are fresh: some sentences of an ad are left out, one or two of other ads in its language
  are put in, every other title is narrowed down by a few words of its text, and a reference number
  of its own ends it.

Each ad depends on the seed and its number alone, so a longer file begins as a shorter one does.
None says its language, as in most feeds: the detector has work with all of them.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from isco.core.config import load_settings
from isco.core.records import Ad
from isco.retriever.reading.text_files import read_ads

EXAMPLES = Path(__file__).parent.parent / "examples" / "ads.jsonl"
CITIES = ("Leeds", "Lyon", "Kraków", "Hamburg", "Utrecht", "Valencia", "Addis Ababa", "Torino")
# Sentences and the elements of lists; what stands between them goes with the one before.
_PIECE = re.compile(r"(?<=[.!?])\s+|(?<=</li>)|(?<=</p>)|\n+")
_WORDS = re.compile(r"(?<![\w<&/])[^\W\d_]{4,}(?:\s[^\W\d_]{4,}){1,2}(?![\w>;])")
_LEFT_OUT = 0.2


@dataclass(frozen=True)
class Mix:
    """Which share of the ads is repeated to the letter, and which nearly so."""

    repeated: float = 0.3
    near: float = 0.2

    @property
    def fresh(self) -> float:
        """The share that is neither."""
        return 1 - self.repeated - self.near


@dataclass(frozen=True)
class AdGenerator:
    """Ad number `n` (from 0) of an endless feed made of `ads`. Needs at least one ad."""

    ads: Sequence[Ad]
    mix: Mix = field(default_factory=Mix)
    seed: int = 1

    def first(self, number: int) -> Iterator[Ad]:
        """The first `number` ads, one in memory at a time."""
        for row in range(number):
            title, description = self.text(row)
            code = self.ads[self.source(row)].isco_code
            yield Ad(f"generated-{row}", title, description, row + 1, row + 1, isco_code=code)

    def kind(self, row: int) -> str:
        """ "as it is", "repeated", "near" or "fresh"."""
        if row < len(self.ads):
            return "as it is"
        drawn = self._random(row, "kind").random()
        if drawn < self.mix.repeated:
            return "repeated"
        return "near" if drawn < self.mix.repeated + self.mix.near else "fresh"

    def source(self, row: int) -> int:
        """Which of `ads` ad `row` was made of."""
        kind = self.kind(row)
        if kind == "as it is":
            return row
        if kind == "fresh":
            return self._random(row, "source").randrange(len(self.ads))
        return self.source(self._earlier(row))

    def text(self, row: int) -> tuple[str, str]:
        """Title and description of ad `row`."""
        kind = self.kind(row)
        if kind == "repeated":
            return self.text(self._earlier(row))
        draw = self._random(row, "text")
        if kind == "near":
            return _posted_again(*self.text(self._earlier(row)), draw)
        ad = self.ads[self.source(row)]
        return (ad.title, ad.description) if kind == "as it is" else self._fresh(ad, draw)

    def _earlier(self, row: int) -> int:
        return self._random(row, "earlier").randrange(row)

    def _random(self, row: int, what: str) -> random.Random:
        return random.Random(f"{self.seed} {row} {what}")

    def _fresh(self, ad: Ad, draw: random.Random) -> tuple[str, str]:
        pieces = _PIECE.split(ad.description)
        kept = [piece for piece in pieces if draw.random() >= _LEFT_OUT] or pieces
        for _ in range(draw.randint(1, 2)):
            other = self.ads[draw.randrange(len(self.ads))]
            if other.language == ad.language:
                sentence = draw.choice(_PIECE.split(other.description))
                kept.insert(draw.randint(0, len(kept)), sentence)
        words = _WORDS.findall(ad.description)
        narrowed = f"{ad.title}, {draw.choice(words)}" if words else ad.title
        title = narrowed if draw.random() < 0.5 else ad.title
        reference = f"Ref. {draw.randint(10_000, 99_999)}"
        if not ad.description.strip():
            return f"{title} ({reference})", ad.description
        return title, "\n".join((*kept, reference))


def _posted_again(title: str, description: str, draw: random.Random) -> tuple[str, str]:
    change = draw.randrange(4)
    if change == 0:
        title = title.upper()
    elif change == 1:
        title = f"{title} - {draw.choice(CITIES)}"
    elif change == 2:
        title = f"{title} (Ref. {draw.randint(10_000, 99_999)})"
    else:
        title = f"  {title.replace(' ', '  ')} "
    return title, description.replace("\n", "\n\n") + draw.choice(("\n", "\n\n", " \n"))


def read_source(path: Path) -> list[Ad]:
    """The ads of a file that others are made of. Raises InputError when it can't be read."""
    rows = read_ads(str(path), load_settings(environment={}).input)
    return [row for row in rows if isinstance(row, Ad)]


def write_ads(path: Path, generator: AdGenerator, number: int) -> None:
    """The first `number` ads as JSONL that `isco classify` and `isco evaluate` read."""
    with path.open("w", encoding="utf-8") as stream:
        for ad in generator.first(number):
            fields = {"id": ad.id, "title": ad.title, "description": ad.description}
            label = {"isco_code": ad.isco_code} if ad.isco_code else {}
            stream.write(json.dumps({**fields, **label}, ensure_ascii=False) + "\n")


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--number", default=1000, show_default=True, help="How many ads.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--repeated", default=Mix.repeated, show_default=True, help="Share of repeats.")
@click.option("--near", default=Mix.near, show_default=True, help="Share of near repeats.")
@click.option("--seed", default=1, show_default=True)
def main(ads: Path, number: int, output: Path, repeated: float, near: float, seed: int) -> None:
    """Write generated ads to a JSONL file."""
    write_ads(output, AdGenerator(read_source(ads), Mix(repeated, near), seed), number)


if __name__ == "__main__":
    main()
