"""Ads made up for occupations: their codes are known, and what they say sounds like your own ads.

    python -m benchmarks.synthetic_ads ADS OUT --data-dir DIR [--by llm|template|plain] [--number N]
        [--set llm.url=URL]...

The occupations are those that ADS need: the likeliest ones over all of them, by the taxonomy alone.
Codes that ADS may have are never looked at. Some of ADS lend their style, their language, length,
company talk and shouting: to a language model, which is told of it and writes another job's ad, or
to a template, which puts a further name of the occupation and its description into it; "plain"
is that without the talk. Each occupation has two ads, one in the style of each half of ADS, so that
`benchmarks.synthetic` can judge them on the other half, of which no text was used. What gives its
label away, or says what is said already, is left out, and counted by why.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from benchmarks.synthetic_screen import LENT_BY, Half, Screen, SyntheticAd
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.names import name_key
from isco.core.records import Ad, Concept, Kind
from isco.core.settings import Settings
from isco.retriever.factory import open_classifier
from isco.retriever.llm import open_backend
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm.base import Completion, Failure, Message, Prompt
from isco.retriever.llm.cached_backend import CachedBackend
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads

STYLES = 10
_OPENING = 350
_MAX_TOKENS = 120
_TALK = 120
_AROUND = re.compile(r"^[*#\s]*(?:job )?title:?", re.IGNORECASE)
_SYSTEM = (
    "You write job advertisements as employers do. The first line is the job title, the rest is "
    "the text. Say what the job is; never speak of classifications or codes."
)
# An ad that is shown is copied, employer and all, by small models: its style is told.
_TASK = (
    "Write an advertisement of about {words} words for this job: {label}. {description}\n"
    "{start} Say two or three duties of the job. The title, in the first line, is in the "
    "employer's own words, not to the letter as I call the job{shouting}."
)
_STARTS = {
    True: "Begin the text with a sentence on the employer, whom you make up.",
    False: "The text goes straight to the job.",
}
_SHOUTING = ", IN CAPITALS"
_FEWEST, _MOST = 30, 60
_SENTENCE = re.compile(r"(?<=[.!?])\s+")

Writer = Callable[[Sequence[Concept], Sequence[Ad]], Iterator[SyntheticAd]]


def needed(classifier: Classifier, ads: Sequence[Ad], number: int) -> list[Concept]:
    """The occupations that are likeliest over all ads, the most needed first."""
    likely: defaultdict[str, float] = defaultdict(float)
    for part in chunks(ads, 256):
        for prediction in classifier.classify_batch(part):
            for candidate in prediction.candidates:
                likely[candidate.uri] += candidate.probability or 0.0
    concepts = {each.uri: each for each in classifier.searchers.main.index.concepts}
    ranked = sorted(likely, key=likely.__getitem__, reverse=True)
    found = [concepts[uri] for uri in ranked if uri in concepts]
    return [each for each in found if each.kind != Kind.GROUP][:number]


def styles(ads: Sequence[Ad]) -> list[Ad]:
    """A few of them, of all lengths."""
    lending = sorted(ads, key=lambda ad: len(ad.description))
    return lending[:: max(1, len(lending) // STYLES)][:STYLES]


def by_llm(settings: Settings) -> Writer:
    """Asks the configured model; what it has answered is kept."""
    backend = open_backend(settings.llm)
    if backend is None:
        raise click.UsageError("name a model (--set llm.url=URL)")
    cached = CachedBackend(backend, AnswerCache(settings.answers_path), settings.llm.give_up_after)

    def write(occupations: Sequence[Concept], lending: Sequence[Ad]) -> Iterator[SyntheticAd]:
        extractor = RuleExtractor(settings.extraction)
        told = [_style(ad, extractor) for ad in lending]
        prompts = [
            _prompt(occupation, told[place % len(told)])
            for place, occupation in enumerate(occupations)
        ]
        answers: dict[int, Completion | Failure] = {}
        with click.progressbar(length=len(prompts), label="writing") as bar:

            def answered(position: int, answer: Completion | Failure) -> None:
                answers[position] = answer
                bar.update(1)

            cached.complete(prompts, None, answered)
        for place, occupation in enumerate(occupations):
            answer = answers[place]
            if isinstance(answer, Completion):
                title, _, text = answer.text.strip().partition("\n")
                title = _not_its_label(_bare(title), occupation, place)
                yield SyntheticAd(occupation, title, plain_text(text))

    return write


def _not_its_label(title: str, occupation: Concept, place: int) -> str:
    """A title, or a further name of the occupation where a model only repeats what it was told."""
    repeats = name_key(title) == name_key(occupation.label)
    return _further_name(occupation, place).capitalize() if repeats else title


def _further_name(occupation: Concept, place: int) -> str:
    """One of them, or the only one that there is."""
    names = occupation.alt_labels or (occupation.label,)
    return names[place % len(names)]


def _style(ad: Ad, extractor: RuleExtractor) -> dict[str, Any]:
    """What is told of the way in which an ad is written: length, company talk, shouting."""
    before, _ = _company_talk(ad, extractor)
    return {
        "words": min(max(len(plain_text(ad.description).split()), _FEWEST), _MOST),
        "start": _STARTS[bool(before)],
        "shouting": _SHOUTING * ad.title.isupper(),
    }


def _prompt(occupation: Concept, style: Mapping[str, Any]) -> Prompt:
    description = occupation.description[:_OPENING]
    task = _TASK.format(label=occupation.label, description=description, **style)
    shared = (Message("system", _SYSTEM),)
    return Prompt("synthetic", "2", shared, (Message("user", task),), _MAX_TOKENS)


def _bare(title: str) -> str:
    """Without what models put around a title."""
    return _AROUND.sub("", title).strip("*#\"' ")


def by_template(settings: Settings, with_talk: bool) -> Writer:
    """Puts an occupation in the place of the job in an ad of the style, with the company's talk
    around it or without."""
    extractor = RuleExtractor(settings.extraction)

    def write(occupations: Sequence[Concept], lending: Sequence[Ad]) -> Iterator[SyntheticAd]:
        for place, occupation in enumerate(occupations):
            style = lending[place % len(lending)]
            name = _further_name(occupation, place)
            title = name.upper() if style.title.isupper() else name.capitalize()
            before, after = _company_talk(style, extractor) if with_talk else ("", "")
            text = f"{before}\n{occupation.description}\n{after}"
            yield SyntheticAd(occupation, title, text.strip())

    return write


def _company_talk(style: Ad, extractor: RuleExtractor) -> tuple[str, str]:
    """The first and the last sentence of an ad that do not say what the job is."""
    said = extractor.sentences(style.description)
    sentences = _SENTENCE.split(plain_text(style.description))
    rest = [each for each in sentences if each.strip() and each not in said]
    return (rest[0][:_TALK], rest[-1][:_TALK]) if rest else ("", "")


@click.command()
@click.argument("ads", type=click.Path(exists=True))
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--by", type=click.Choice(["llm", "template", "plain"]), default="llm", show_default=True
)
@click.option("--number", default=300, show_default=True, help="Occupations, two ads each.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting.")
def main(
    ads: str, output: Path, by: str, number: int, data_dir: Path | None,
    assignments: tuple[str, ...],
) -> None:  # fmt: skip
    """Write OUTPUT, JSONL of labelled ads in the order in which they are needed."""
    flags: dict[str, Any] = {
        key: yaml.safe_load(value) for key, _, value in (a.partition("=") for a in assignments)
    }
    settings = load_settings(flags={**flags, **({"data_dir": data_dir} if data_dir else {})})
    given = [row for row in read_ads(ads, settings.input) if isinstance(row, Ad)]
    classifier = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    occupations = needed(classifier, given, number)
    writer = by_llm(settings) if by == "llm" else by_template(settings, by == "template")
    left_out: Counter[str] = Counter()
    rows = []
    for half in Half:
        screen = Screen.of(given, copies_allowed=by != "llm")
        written = writer(occupations, styles(half.of(given)))
        kept = [ad for ad in written if screen.passes(ad)]
        rows += [ad.as_row(f"{half}-{at}") | {LENT_BY: half} for at, ad in enumerate(kept)]
        left_out.update(screen.left_out)
    output.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    click.echo(f"{len(rows)} ads for {len(occupations)} occupations; left out: {dict(left_out)}")


if __name__ == "__main__":
    main()
