"""What decides: the vote, a concept's own name, labelled ads; and what is known of the case."""

from dataclasses import replace

import pytest

from isco.core.records import PredictionPath, Profile
from isco.core.store import LabelledAd
from isco.ingest.indexing import indexed
from isco.retriever.deciding.decider import Decider
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers
from tests.support.doubles import HashingEmbedder, labelled_ads, make_concept, searchers_over

ENGLISH = [
    make_concept("1120", "managing director", "general manager"),
    make_concept("1411", "hotel manager", "general manager"),
    make_concept("2221", "nurse", "ward nurse"),
    make_concept("5120", "cook", "chef"),
    make_concept("5120", "school cook"),
    make_concept("7512", "baker", "pastry cook"),
]
GERMAN = [
    replace(leaf, label=name, alt_labels=(), language="de")
    for leaf, name in zip(
        ENGLISH,
        ["Geschäftsführer", "Hoteldirektor", "Pfleger", "Koch", "Schulkoch", "Bäcker"],
        strict=True,
    )
]


@pytest.fixture
def decide(make_settings):
    """Decide on one ad; `labelled` are (title, code) pairs that were learned."""

    def run(title, text="", labelled=(), languages=(), foreign=False, **flags):
        settings = make_settings(search__top=6, search__weights={"words": 0.0}, **flags)
        searchers = searchers_over([*ENGLISH, *GERMAN], settings.search)
        vectors = HashingEmbedder().embed_queries([one for one, _ in labelled])
        ads = [
            LabelledAd(str(row), "survey", one, "", code, f"Group {code}", "en", "", vectors[row])
            for row, (one, code) in enumerate(labelled)
        ]
        near = None
        if ads:
            near = labelled_ads(ads, searchers, settings)
        guesses = tuple(LanguageGuess(language, 1 / len(languages)) for language in languages)
        query = Query(Profile(title, text), text, guesses, foreign)
        decider = Decider(searchers, settings, "hashing-double", labelled=near)
        (decision,) = decider.decide([query])
        return decision

    return run


@pytest.mark.parametrize("title", ["pastry cook", "Pastry  Cook"])
def test_a_title_that_one_group_alone_is_called_is_of_that_group(decide, title):
    verdict = decide(title).verdict
    assert (verdict.isco_code, verdict.path) == ("7512", PredictionPath.UNANIMOUS)
    assert "what the taxonomy calls 7512" in verdict.reason


def test_a_title_that_several_groups_share_is_of_one_of_them(decide):
    decision = decide("General manager")
    assert decision.verdict.isco_code in ("1120", "1411")
    assert decision.verdict.path == PredictionPath.VOTE
    assert "is a name in 1120, 1411" in decision.verdict.reason
    assert decision.evidence.own_name


@pytest.mark.parametrize(
    ("title", "by_name"),
    [("Chef", False), ("General manager", False), ("Cook", True), ("Nurse", True)],
)
def test_where_there_is_a_text_the_first_name_of_a_concept_alone_decides(decide, title, by_name):
    decision = decide(title, "You will work with us.")
    assert decision.evidence.own_name == by_name
    assert decide(title).evidence.own_name


def test_names_have_no_say_of_their_own_where_the_configuration_says_so(decide):
    decision = decide("Pastry cook", decision__own_names=False)
    assert decision.verdict.path == PredictionPath.VOTE
    assert not decision.evidence.own_name


def test_labelled_ads_that_have_a_say_outweigh_a_name(decide):
    decision = decide("Pastry cook", labelled=[("pastry cook", "5120")])
    assert decision.verdict.isco_code == "5120"
    assert not decision.evidence.own_name


def test_labelled_ads_that_are_unlike_the_ad_leave_a_name_its_say(decide):
    decision = decide("Pastry cook", labelled=[("galley wizard", "5120")])
    assert (decision.verdict.isco_code, decision.evidence.own_name) == ("7512", True)


@pytest.mark.parametrize(
    ("languages", "language", "own_name"),
    [((), "en", False), (("de",), "de", True), (("en", "de"), "de", True), (("en",), "en", False)],
)
def test_names_are_those_of_the_language_that_an_ad_is_searched_in(
    decide, languages, language, own_name
):
    decision = decide("Bäcker", languages=languages)
    assert (decision.language, decision.evidence.own_name) == (language, own_name)
    if own_name:
        assert (decision.verdict.isco_code, decision.candidates[0].name) == (
            "7512",
            "Bäcker (baker)",
        )


@pytest.mark.parametrize("foreign", [True, False])
def test_the_evidence_says_whether_the_taxonomy_lacks_the_language(decide, foreign):
    evidence = decide("leipuri", foreign=foreign).evidence
    assert evidence.foreign == foreign
    for level in (4, 3, 2, 1):
        features = evidence.features(level)
        assert (features["foreign"], features["own name"]) == (float(foreign), 0.0)


@pytest.fixture
def decide_by_words(make_settings):
    """Decide on a title where it is known what is said of each unit group."""
    settings, embedder = make_settings(search__top=6), HashingEmbedder()
    leaves = [
        replace(leaf, everyday_names=("grill hand",), listed_names=(("Index", ("Pastry cook",)),))
        if leaf.label == "baker"
        else leaf
        for leaf in ENGLISH
    ]
    names = embedder.embed_queries([name for leaf in leaves for name in leaf.searched_names])
    documents = embedder.embed_documents([leaf.label for leaf in leaves])
    index = ConceptIndex.of(
        list(indexed(leaves, names, [len(leaf.searched_names) for leaf in leaves], documents, {})),
        settings.search.kinds,
    )
    searchers = Searchers({"en": index}, embedder, settings.search)
    decider = Decider(searchers, settings, "hashing-double")
    return lambda title, text="": decider.decide([Query(Profile(title, text), text)])[0]


def test_what_no_name_is_like_is_never_unanimous_and_says_so(decide_by_words):
    found = decide_by_words("Khatib")
    assert found.verdict.path == PredictionPath.VOTE
    assert found.verdict.reason.startswith("No name like 'Khatib' is known. Closest: ")
    assert (found.evidence.unknown, found.evidence.said) == (True, 0.0)
    known = decide_by_words("Khatib nurse")
    assert "No name like" not in known.verdict.reason
    assert (known.evidence.unknown, known.evidence.said) == (False, 0.5)
    assert not decide_by_words("Khatib", "You will work with us.").evidence.unknown


def test_a_title_that_a_list_has_is_its_code_s_and_the_list_is_named(decide_by_words):
    verdict = decide_by_words("PASTRY COOK").verdict
    assert verdict.isco_code == "7512"
    assert "Named so in: Index." in verdict.reason


def test_everyday_names_are_near_for_bare_titles_alone(decide_by_words):
    bare, beside = (decide_by_words("Grill hands", text) for text in ("", "You will work."))
    assert bare.evidence.name > 0.4
    assert bare.candidates[0].isco_code == "7512"
    assert beside.evidence.name < bare.evidence.name or beside.candidates[0].isco_code != "7512"


def test_equal_ads_are_decided_once(make_settings):
    settings, embedder = make_settings(search__top=4), HashingEmbedder()
    decider = Decider(searchers_over(ENGLISH, settings.search, embedder), settings, "double")
    cook, nurse = (Query(Profile(title, "")) for title in ("Cook here", "Nurse here"))
    found = decider.decide([cook, nurse, cook])
    assert found[0] is found[2]
    assert sorted(embedder.asked) == ["Cook here", "Nurse here"]
    assert decider.decide([]) == []


@pytest.mark.parametrize("target", [None, 0.999])
def test_the_best_unit_group_is_told_whatever_is_said(decide, target):
    decision = decide("cook and nurse", decision__target_accuracy=target)
    assert decision.best is not None
    assert decision.best.isco_code == decision.vote
    assert decision.best.confidence == decision.vote_confidence
    assert (decision.verdict.isco_code == decision.vote) == (target is None)


class _Declines:
    """An LLM that finds no candidate right."""

    def rerank(self, questions):
        return [
            replace(question.verdict, isco_code=None, isco_label=None, path=PredictionPath.DECLINED)
            for question in questions
        ]


def test_an_ad_that_an_llm_declines_keeps_what_was_best_without_it(make_settings):
    settings = make_settings(search__top=6, search__weights={"words": 0.0})
    searchers = searchers_over(ENGLISH, settings.search)
    query = Query(Profile("cook and nurse", ""), "", (), False)
    (alone,) = Decider(searchers, settings, "hashing-double").decide([query])
    asking = Decider(searchers, settings, "hashing-double", reranker=_Declines())
    (declined,) = asking.decide([query])
    assert declined.verdict.isco_code is None
    assert declined.best == alone.best
