"""Of which ads the embedding model reads the text, and that nothing else depends on it."""

from dataclasses import replace

import numpy as np
import pytest

from isco.core.calibration import AHEAD, LEVELS, Calibration, LogisticModel
from isco.core.records import Profile
from isco.core.store import LabelledAd
from isco.retriever.deciding.calibration_fitting import ScoredEvidence, fit_moving
from isco.retriever.deciding.decider import Decider
from isco.retriever.labelled.equal_ads import CodedAd
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.searching.query import Query
from tests.support.doubles import HashingEmbedder, labelled_ads, make_concept, searchers_over

LEAVES = [
    make_concept("2221", "nurse", "ward nurse", description="cares for patients on a ward"),
    make_concept("5120", "cook", "chef", description="prepares meals in a kitchen"),
    make_concept("7512", "baker", "pastry cook", description="bakes bread and dough at night"),
    make_concept("8332", "truck driver", description="drives heavy lorries with freight"),
]
GERMAN = [
    replace(leaf, label=name, alt_labels=(), language="de")
    for leaf, name in zip(LEAVES, ["Pfleger", "Koch", "Bäcker", "Lkw-Fahrer"], strict=True)
]
# From clear to hopeless.
ADS = [
    ("nurse", "cares for patients"),
    ("Cook for our team", "bakes bread and dough at night"),
    ("assistant", "drives heavy lorries"),
    ("Bäcker", "prepares meals"),
    ("pastry cook", ""),
    ("helper", "we offer a lot"),
]
# How sure the vote is: the nearness of the best name.
SURE = Calibration(
    "made up",
    "double",
    {level: LogisticModel(-2.0, {"name": 4.0}) for level in LEVELS},
    {level: LogisticModel(0.0, {"share": 0.5}) for level in LEVELS},
)


def query(title, text, *languages):
    guesses = tuple(LanguageGuess(language, 1 / len(languages)) for language in languages)
    return Query(Profile(title, text), text, guesses)


QUERIES = [query(title, text, "en", "de") for title, text in ADS]


@pytest.fixture
def reading(make_settings):
    """Decide by `flags`; gives decisions, and the texts that the model was asked for."""

    def run(queries=QUERIES, coded=(), learned=(), worded=False, **flags):
        settings = make_settings(search__top=4, **flags)
        embedder = HashingEmbedder()
        leaves = LEAVES if worded else [*LEAVES, *GERMAN]
        searchers = searchers_over(leaves, settings.search, embedder, worded=worded)
        near = labelled_ads(learned, searchers, settings) if learned else None
        embedder.asked.clear()
        found = Decider(searchers, settings, "double", SURE, near).decide(queries, coded)
        return found, set(embedder.asked) & {text for _, text in ADS if text}

    return run


@pytest.fixture
def learned():
    pairs = [("nurse", "2221"), ("night cook", "7512"), *[("assistant", "8332")] * 5]
    vectors = HashingEmbedder().embed_queries([title for title, _ in pairs])
    return [
        LabelledAd(
            str(row), "survey", title, "", code, code, "en", "", vectors[row], text=f"lorries {row}"
        )
        for row, (title, code) in enumerate(pairs)
    ]


def test_a_bound_that_nothing_reaches_is_reading_all_texts(reading):
    always, texts = reading(search__read_text="always")
    assert reading(search__read_text_below=1.0) == (always, texts)
    assert len(texts) == 5


def test_a_bound_that_everything_reaches_is_reading_none(reading):
    never, texts = reading(search__read_text="never")
    assert reading(search__read_text_below=0.0) == (never, texts) and not texts


def test_the_texts_of_those_that_are_less_sure_are_read_and_no_others(reading):
    never, always = (reading(search__read_text=way)[0] for way in ("never", "always"))
    found, texts = reading(search__read_text_below=0.6)
    unsure = {
        text
        for (_, text), said in zip(ADS, never, strict=True)
        if text and said.vote_confidence < 0.6
    }
    assert texts == unsure and 0 < len(unsure) < 5
    for (_, text), said, unread, read in zip(ADS, found, never, always, strict=True):
        assert said == (read if text in unsure else unread)


def test_each_ad_is_decided_as_it_would_be_alone(reading, learned):
    for some in ((), learned):
        together, _ = reading(learned=some, search__read_text_below=0.6)
        for one, said in zip(QUERIES, together, strict=True):
            (alone,), _ = reading([one], learned=some, search__read_text_below=0.6)
            assert alone.verdict.isco_code == said.verdict.isco_code
            assert alone.vote_confidence == pytest.approx(said.vote_confidence, abs=1e-5)
            assert alone.evidence.unread == said.evidence.unread


def test_a_title_alone_is_decided_in_the_same_way_by_all(reading):
    ways = [{"search__read_text": way} for way in ("always", "unsure", "never")]
    bare = [query(title, "", "en") for title, _ in ADS]
    first, *others = [reading(bare, **way)[0] for way in ways]
    assert others == [first, first]
    assert not any(found.evidence.unread for found in first)


def test_a_target_accuracy_above_the_bound_is_the_bound(reading):
    flags = {"search__read_text_below": 0.3}
    _, few = reading(**flags)
    _, more = reading(**flags, decision__target_accuracy=0.9)
    assert few < more
    assert reading(**flags, decision__target_accuracy=0.1)[1] == few


def test_what_people_coded_is_not_read(reading):
    coded = [CodedAd(("5120",), ("survey",), 0.2, ())] * len(QUERIES)
    assert reading(coded=coded, search__read_text_below=1.0)[1] == set()


def test_a_text_that_stands_in_for_a_title_is_read_at_once(reading):
    text = "cares for patients"
    instead = [query(text, text, "en")]
    always, unsure = (
        reading(instead, search__read_text=way, search__read_text_below=0.0)[0]
        for way in ("always", "unsure")
    )
    assert unsure == always


@pytest.mark.parametrize("weights", [{"body": 1.0}, {"body": 1.0, "words": 0.3}])
def test_where_nothing_but_texts_ranks_the_leaves_all_are_read(reading, weights):
    only = dict.fromkeys(("document", "labels", "head", "lexical", "words"), 0.0) | weights
    always, unsure = (
        reading(search__read_text=way, search__weights=only) for way in ("always", "unsure")
    )
    assert unsure == always and len(unsure[1]) == 5


def test_where_texts_do_not_count_none_is_read(reading):
    assert reading(search__weights={"body": 0.0}, search__read_text="always")[1] == set()


def test_learned_ads_speak_for_an_ad_before_its_text_is_read(reading, learned):
    _, before = reading(search__read_text_below=0.6)
    found, after = reading(learned=learned, search__read_text_below=0.6)
    assert "drives heavy lorries" in before - after
    assert found[2].evidence.labelled and found[2].verdict.isco_code == "8332"


def test_what_is_not_read_moves_the_confidence(reading):
    (said, *_), _ = reading(search__read_text="never")
    moved = {level: LogisticModel(-1.0, {"logit": 0.5}) for level in LEVELS}
    fit = replace(SURE, unread=moved)
    believed, less = (one.probabilities(said.evidence, "double")[4] for one in (SURE, fit))
    logit = np.log(believed / (1 - believed))
    assert less == pytest.approx(1 / (1 + np.exp(1.0 - 0.5 * logit)))
    read = replace(said.evidence, unread=False)
    assert fit.probabilities(read, "double")[4] == believed
    assert Calibration.of(fit.as_dict()) == fit


def test_the_words_of_a_text_make_an_answer_surer_or_less_so(reading):
    """Where they are of the taxonomy's language; a title alone is judged as ever."""
    texts = {level: LogisticModel(-0.5, {"logit": 1.0, AHEAD: 0.4}) for level in LEVELS}
    fit = replace(SURE, texts=texts)
    asked = [query("cook", text, "en") for text in ("prepares meals", "drives heavy lorries", "")]
    asked.append(replace(query("cook", "cozinha e prepara"), foreign=True))
    for way in ("never", "always"):
        found, _ = reading(asked, worded=True, search__read_text=way)
        assert {one.verdict.isco_code for one in found} == {"5120"}
        agreed, contradicted, alone, foreign = (
            tuple(by.probabilities(one.evidence, "double")[4] for by in (SURE, fit))
            for one in found
        )
        assert agreed[1] > contradicted[1] and contradicted[1] < contradicted[0]
        assert alone[1] == alone[0] and foreign[1] == foreign[0]
        by_share = (by.probabilities(found[0].evidence, "another")[4] for by in (SURE, fit))
        assert len(set(by_share)) == 1
    assert Calibration.of(fit.as_dict()) == fit


def test_what_words_say_of_answers_is_fitted(reading):
    """Right where the words of the text are those of the answer, and wrong elsewhere."""
    texts = ("prepares meals", "drives heavy lorries")
    said, _ = reading([query("cook", text, "en") for text in texts], worded=True)
    agreed, contradicted = (one.evidence for one in said)
    scored = [ScoredEvidence(agreed, "5120"), ScoredEvidence(contradicted, "8332")] * 40
    fitted = fit_moving(scored, SURE, [AHEAD])
    assert all(model.weights[AHEAD] > 0 for model in fitted.values())
    fit = replace(SURE, texts=fitted)
    sure = [fit.probabilities(one, "double")[4] for one in (agreed, contradicted)]
    assert sure[0] > 0.8 and sure[1] < 0.2


def test_ads_that_are_right_less_often_than_said_are_believed_less(reading):
    found, _ = reading(search__read_text="never")
    sure = [ScoredEvidence(one.evidence, "9629") for one in found] * 40
    believed = fit_moving(sure, SURE)
    assert all(model.probability({"logit": 1.0}) < 0.5 for model in believed.values())
    assert fit_moving([], SURE)[4] == LogisticModel(0.0, {"logit": 1.0})
