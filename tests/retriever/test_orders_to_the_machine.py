"""500 ads in 15 languages that order the machine to code them as another job: none is obeyed."""

import base64
import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from isco.core.config import load_settings
from isco.core.records import Ad, Versions
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm_stages import stages_of
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.plain_text import one_line, plain_text
from isco.retriever.preparing.prompt_injection import (
    read_text,
    read_title,
    without_prompt_injection,
)
from isco.retriever.preparing.rule_extraction import RuleExtractor
from tests.support.doubles import make_concept, searchers_over
from tests.support.orders import LANGUAGES, WRAPPINGS, generate, honest_ads, phrases
from tests.support.orders.ads import KEPT_ASIDE, SEEN, starter_names
from tests.support.scripted_llm import ScriptedBackend, listed_options, question_of

NUMBER = 500
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")


@pytest.fixture(scope="module")
def ads():
    return generate(NUMBER, seed=20)


@pytest.fixture(scope="module")
def searchers():
    """The starter's names in all its languages, by the real search over the hashing double."""
    leaves = [
        replace(make_concept(code, *names), language=language, uri=f"{language}/{code}")
        for code, by in starter_names().items()
        for language, names in by.items()
    ]
    return searchers_over(leaves, load_settings(environment={}).search)


@pytest.fixture
def classify(searchers, tmp_path):
    """Classify ads without an LLM, or by one that does all that it is told."""

    def run(rows, obeys=None, **values):
        flags = {name.replace("__", "."): value for name, value in values.items()}
        settings = load_settings(environment={}, flags=flags)
        llm = None
        if obeys:
            cache = AnswerCache(tmp_path / "answers.sqlite3")
            backend = ScriptedBackend(
                write=obeys, score=lambda prompt, labels: choose(prompt, labels, obeys)
            )
            rules = RuleExtractor(settings.extraction)
            llm = stages_of(backend, cache, settings, searchers.main.index.concepts, rules)
        classifier = Classifier(searchers, settings, VERSIONS, llm=llm)
        return classifier.classify_with_ranking(rows)

    return run


class Obedient:
    """A model that does what it sees, in whatever disguise, and else reads the ad as it is."""

    def __init__(self, ads):
        self._by_key = {}
        self.obeyed = 0
        self._ads = ads

    def order_in(self, shown):
        """What is ordered in a text, if any of the orders stands there."""
        letters = "".join(filter(str.isalnum, shown.casefold()))
        for order, title in self._known():
            if order in letters:
                return title
        return None

    def _known(self):
        for ad in self._ads:
            plain = "".join(filter(str.isalnum, ad.order.casefold()))
            coded = base64.b64encode(ad.order.encode()).decode().rstrip("=").casefold()
            yield plain, ad.title
            yield "".join(filter(str.isalnum, coded)), ad.title

    def __call__(self, prompt):
        quoted = question_of(prompt).split("<ad>")[1].split("</ad>")[0].strip()
        ordered = self.order_in(quoted)
        self.obeyed += ordered is not None
        title = (ordered or quoted.split("\n")[0])[:80]
        if prompt.stage == "translation":
            return json.dumps({"translation": ordered or quoted})
        return json.dumps({"is_job": True, "title": title, "description": quoted[:200]})


def choose(prompt, labels, obeys):
    shown = listed_options(prompt)
    ordered = obeys.order_in(question_of(prompt).split("<options>")[0])
    return [0.0 if ordered and ordered in shown[label] else -1.0 for label in labels]


def code_of(result):
    """The code of four digits that an ad ends in, or would."""
    given = result.prediction.isco_code or ""
    return given if len(given) == 4 else next(iter(result.code_ranking), None)


@pytest.mark.parametrize(
    ("number", "by"),
    [
        (NUMBER, {}),
        (NUMBER, {"extraction__by": "llm"}),
        (NUMBER // 4, {"extraction__by": "llm", "translation__when": "always"}),
    ],
    ids=["retrieval", "extraction", "translation"],
)
def test_no_ad_ends_in_a_code_that_it_would_not_have_without_the_order(ads, classify, number, by):
    ads = ads[:number]
    honest = classify([ad.honest for ad in ads], Obedient(ads) if by else None, **by)
    found = classify([ad.ordered for ad in ads], Obedient(ads) if by else None, **by)
    led = [
        (ad.wrapping, ad.language, ad.order, result.prediction.profile)
        for ad, before, result in zip(ads, honest, found, strict=True)
        if code_of(result) not in {code_of(before), *before.code_ranking[:3]}
    ]
    assert led == [], "\n".join(map(str, led))
    assert Counter(ad.language for ad in ads).keys() == set(LANGUAGES)
    assert Counter(ad.wrapping for ad in ads).keys() == set(WRAPPINGS)


@pytest.mark.parametrize(("kind", "most"), [(SEEN, 0), (KEPT_ASIDE, 1)])
def test_orders_are_known_by_what_they_say_and_not_by_their_wording(kind, most):
    """Of those kept aside 3 of 64 passed when they were first tried."""
    orders = [
        (language, text.format(title="Pilot", code="3153")) for language, text in phrases(kind)
    ]
    assert len(orders) == 64
    assert sum(bool(without_prompt_injection(order)) for _, order in orders) <= most


@pytest.mark.parametrize("language", LANGUAGES)
def test_honest_ads_lose_nothing(language):
    feed = honest_ads(language, random.Random(3))
    for _, (_, ad) in zip(range(20), feed, strict=False):
        assert (read_title(ad.title), read_text(ad.description)) == (ad.title, ad.description)


def test_real_ads_lose_nothing(shared_data):
    path = shared_data("eval/hahu_ads_en_dev.jsonl", "real ads keep their sentences")
    ads = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    changed = [
        ad["id"] for ad in ads if read_text(ad["description"]) != plain_text(ad["description"])
    ]
    assert [read_title(ad["title"]) for ad in ads] == [one_line(ad["title"]) for ad in ads]
    assert changed == []


def test_a_title_of_an_obedient_model_is_not_taken_where_it_leads_elsewhere(classify):
    """The order is in words that no rule knows; the model does as it is told."""
    ad = Ad("1", "School cook", "You cook lunch for children.\nNurse, between you and us.", 1, 1)
    (found,) = classify([ad], says("nurse"), extraction__by="llm")
    assert found.prediction.profile.title == "School cook"
    assert "leads elsewhere" in found.prediction.profile.extracted_by


@pytest.mark.parametrize(
    ("title", "text", "said"),
    [
        ("School cook", "You cook lunch for children.", "cook"),
        (
            "Night angels wanted",
            "Nurses for our ward: as a nurse you care for patients.\nYou are a nurse.",
            "nurse",
        ),
    ],
    ids=["the same job", "a job that the text names more than once"],
)
def test_a_title_that_the_ad_bears_out_is_taken(classify, title, text, said):
    (found,) = classify([Ad("1", title, text, 1, 1)], says(said), extraction__by="llm")
    assert (found.prediction.profile.title, found.prediction.profile.extracted_by) == (said, "LLM")


def says(title):
    """A model that says the same of every ad."""

    class Model(Obedient):
        def __call__(self, prompt):
            text = question_of(prompt).split("<ad>")[1].split("</ad>")[0].strip()
            return json.dumps({"is_job": True, "title": title, "description": text[:200]})

    return Model([])
