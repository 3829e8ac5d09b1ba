"""Ads that give orders, classified beside a model that does all that it is told."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isco.core.config import load_settings
from isco.core.records import Versions
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm_stages import stages_of
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.searching.searchers import Searchers
from tests.support.doubles import make_concept, searchers_over
from tests.support.orders.ads import OrderedAd, starter_names
from tests.support.scripted_llm import ScriptedBackend, listed_options, question_of

_VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")
# What asks the model, as settings.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "retrieval": {},
    "extraction": {"extraction__by": "llm"},
    "translation": {"extraction__by": "llm", "translation__when": "always"},
}
Classify = Callable[..., Any]


def starter_searchers() -> Searchers:
    """The starter's names in all its languages, by the real search over the hashing double."""
    leaves = [
        replace(make_concept(code, *names), language=language, uri=f"{language}/{code}")
        for code, by in starter_names().items()
        for language, names in by.items()
    ]
    return searchers_over(leaves, load_settings(environment={}).search)


def classifier_of(searchers: Searchers, folder: Path) -> Classify:
    """Classifies ads without an LLM, or by one that `obeys`; `values` are settings."""

    def classify(rows: Any, obeys: Any = None, **values: Any) -> Any:
        flags = {name.replace("__", "."): value for name, value in values.items()}
        settings = load_settings(environment={}, flags=flags)
        llm = None
        if obeys:
            cache = AnswerCache(folder / "answers.sqlite3")
            backend = ScriptedBackend(
                write=obeys, score=lambda prompt, labels: _choose(prompt, labels, obeys)
            )
            rules = RuleExtractor(settings.extraction)
            llm = stages_of(backend, cache, settings, searchers.main.index.concepts, rules)
        classifier = Classifier(searchers, settings, _VERSIONS, llm=llm)
        return classifier.classify_with_ranking(rows)

    return classify


def led_elsewhere(
    ads: Sequence[OrderedAd], classify: Classify, keys: Mapping[str, Any]
) -> list[OrderedAd]:
    """Those that end in a code which the ad without the order would not have among its first
    three."""
    honest = classify([ad.honest for ad in ads], Obedient(ads) if keys else None, **keys)
    found = classify([ad.ordered for ad in ads], Obedient(ads) if keys else None, **keys)
    return [
        ad
        for ad, before, result in zip(ads, honest, found, strict=True)
        if _code_of(result) not in {_code_of(before), *before.code_ranking[:3]}
    ]


class Obedient:
    """A model that does what it sees, in whatever disguise, and else reads the ad as it is."""

    def __init__(self, ads: Sequence[OrderedAd]) -> None:
        self.obeyed = 0
        self._ads = ads

    def order_in(self, shown: str) -> str | None:
        """What is ordered in a text, if any of the orders stands there."""
        letters = "".join(filter(str.isalnum, shown.casefold()))
        for order, title in self._known():
            if order in letters:
                return title
        return None

    def _known(self) -> Iterator[tuple[str, str]]:
        for ad in self._ads:
            plain = "".join(filter(str.isalnum, ad.order.casefold()))
            coded = base64.b64encode(ad.order.encode()).decode().rstrip("=").casefold()
            yield plain, ad.title
            yield "".join(filter(str.isalnum, coded)), ad.title

    def __call__(self, prompt: Any) -> str:
        quoted = question_of(prompt).split("<ad>")[1].split("</ad>")[0].strip()
        ordered = self.order_in(quoted)
        self.obeyed += ordered is not None
        title = (ordered or quoted.split("\n")[0])[:80]
        if prompt.stage == "translation":
            return json.dumps({"translation": ordered or quoted})
        return json.dumps({"is_job": True, "title": title, "description": quoted[:200]})


def _choose(prompt: Any, labels: Sequence[str], obeys: Any) -> list[float]:
    shown = listed_options(prompt)
    ordered = obeys.order_in(question_of(prompt).split("<options>")[0])
    return [0.0 if ordered and ordered in shown[label] else -1.0 for label in labels]


def _code_of(result: Any) -> str | None:
    """The code of four digits that an ad ends in, or would."""
    given = result.prediction.isco_code or ""
    return given if len(given) == 4 else next(iter(result.code_ranking), None)
