"""Ads with orders: honest title and duties, a far-away job, a phrase, a wrapping."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from isco.core.records import Ad
from tests.support.orders.wrappings import WRAPPINGS

_HERE = Path(__file__).parent
_STARTER = Path(__file__).parents[3] / "ingest" / "data" / "isco08_starter.jsonl"
_FAR = ("1120", "1111", "2611", "3153", "0110", "2211")
SEEN, KEPT_ASIDE = "seen", "kept aside"


@dataclass(frozen=True)
class OrderedAd:
    """`honest` with an order to code it as `code`, a job that is called `title`."""

    honest: Ad
    ordered: Ad
    language: str
    title: str
    code: str
    order: str
    wrapping: str


@cache
def _honest() -> dict[str, Any]:
    return yaml.safe_load((_HERE / "honest.yaml").read_text(encoding="utf-8"))


@cache
def starter_names() -> dict[str, dict[str, tuple[str, ...]]]:
    """Names of jobs by unit group and language."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in _STARTER.read_text(encoding="utf-8").splitlines():
        group = json.loads(line)
        names: dict[str, list[str]] = {}
        for occupation in group.get("occupations", ()):
            for language, given in occupation.items():
                names.setdefault(language, []).extend(given)
        if names:
            found[group["code"]] = {language: tuple(given) for language, given in names.items()}
    return found


LANGUAGES = tuple(_honest())


def phrases(kind: str) -> list[tuple[str, str]]:
    """Orders by language: those `SEEN` by the rules' author, or `KEPT_ASIDE`."""
    content = yaml.safe_load((_HERE / "phrases.yaml").read_text(encoding="utf-8"))
    return [(language, phrase) for language, by in content.items() for phrase in by[kind]]


def honest_ads(language: str, draw: random.Random) -> Iterator[tuple[str, Ad]]:
    """Codes and ads without end: those in our own words, and titles of the starter taxonomy."""
    given = _honest()[language]
    own = list(given["jobs"].items())
    others = [code for code, names in starter_names().items() if language in names]
    number = 0
    while True:
        number += 1
        code, job = draw.choice(own)
        text = f"{job['duties']}\n{given['general']}"
        title = job["title"]
        if others and number % 2 == 0:
            code = draw.choice(others)
            title = draw.choice(starter_names()[code][language])
            text = f"{title}. {given['general']}"
        yield code, Ad(f"{language}-{number}", title, text, number, number, language=language)


def generate(number: int, seed: int, kind: str | None = None) -> list[OrderedAd]:
    """`number` ads with orders, languages and wrappings in turn; the phrases of `kind`, or all."""
    draw = random.Random(seed)
    feeds = {language: honest_ads(language, draw) for language in LANGUAGES}
    wanted = (kind,) if kind else (SEEN, KEPT_ASIDE)
    orders = {
        language: [p for which in wanted for of, p in phrases(which) if of == language]
        for language in LANGUAGES
    }
    wrappings = list(WRAPPINGS.items())
    made = []
    for row in range(number):
        language = LANGUAGES[row % len(LANGUAGES)]
        code, honest = next(feeds[language])
        far = _far(language, code, draw)
        order = draw.choice(orders[language]).format(title=far[1], code=far[0])
        name, wrap = wrappings[(row + row // len(wrappings)) % len(wrappings)]
        title, text = wrap(honest.title, honest.description, order)
        ordered = replace(honest, title=title, description=text)
        made.append(OrderedAd(honest, ordered, language, far[1], far[0], order, name))
    return made


def _far(language: str, code: str, draw: random.Random) -> tuple[str, str]:
    """A code of another major group, and a name of it in that language."""
    own = _honest()[language].get("far")
    jobs = own or {
        far: starter_names()[far][language][0] for far in _FAR if language in starter_names()[far]
    }
    far = draw.choice([other for other in jobs if other[0] != code[0]])
    return far, jobs[far]
