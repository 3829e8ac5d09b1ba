"""The second opinion: among the candidates' codes, weighed, and never a whim."""

import math

import pytest

from isco.core.records import Candidate, PredictionPath, Profile
from isco.retriever.deciding.reranking import NONE_FITS, Question, Reranker, weighed
from isco.retriever.deciding.voting import Verdict, vote_shares
from isco.retriever.llm.base import Failure, FailureKind
from isco.retriever.llm.model import LanguageModel
from tests.support.doubles import make_concept
from tests.support.scripted_llm import ScriptedBackend, listed_options, prefer, question_of

COOK = make_concept("5120", "ship cook", description="Cooks prepare meals on ships.")
GRILL = make_concept("5120", "grill cook", description="Grill cooks grill.")
BAKER = make_concept("7512", "bread baker", description="Bakers bake bread.")
WAITER = make_concept("5131", "head waiter", description="Waiters serve.")
MANAGER = make_concept("1412", "canteen manager", description="They run canteens.")
LEAVES = (COOK, GRILL, BAKER, WAITER, MANAGER)


def found(*scored):
    return tuple(
        Candidate(leaf.isco_code, leaf.isco_label, leaf.uri, leaf.label, score, rank)
        for rank, (leaf, score) in enumerate(scored, start=1)
    )


CANDIDATES = found((COOK, 2.0), (BAKER, 1.9), (GRILL, 1.5), (WAITER, 1.0), (MANAGER, 0.5))


def question(candidates=CANDIDATES, seniority=None, title="cook"):
    verdict = Verdict("5120", "Group 5120", PredictionPath.VOTE, 0.5, "They disagree.")
    profile = Profile(title=title, description="Prepares meals.", seniority=seniority)
    return Question(profile, candidates, vote_shares(candidates, 0.5), verdict)


@pytest.fixture
def reranker(make_settings):
    def make(backend, **settings):
        values = {f"reranking__{name}": value for name, value in settings.items()}
        return Reranker(LanguageModel(backend, 0), LEAVES, make_settings(**values).reranking)

    return make


def test_the_models_choice_wins_when_it_is_sure_and_the_vote_is_near(reranker):
    (verdict,) = reranker(ScriptedBackend(score=prefer("7512"))).rerank([question()])
    assert (verdict.isco_code, verdict.path) == ("7512", PredictionPath.RERANK)
    assert verdict.isco_label == "Group 7512"
    assert "7512" in verdict.reason
    assert 0 < verdict.confidence <= 1


def test_an_undecided_model_leaves_the_vote_as_it_is(reranker):
    backend = ScriptedBackend(score=lambda prompt, labels: [-1.0] * len(labels))
    asked = question()
    (verdict,) = reranker(backend, weight=2.0).rerank([asked])
    assert verdict.isco_code == max(asked.shares, key=asked.shares.__getitem__)
    assert verdict.confidence == pytest.approx(max(asked.shares.values()))


def test_without_a_weight_the_model_is_obeyed(reranker):
    candidates = found((COOK, 9.0), (WAITER, 0.0))
    weighing = reranker(ScriptedBackend(score=prefer("5131")), weight=1.0)
    obeying = reranker(ScriptedBackend(score=prefer("5131")), weight=None)
    assert weighing.rerank([question(candidates)])[0].isco_code == "5120"
    assert obeying.rerank([question(candidates)])[0].isco_code == "5131"


@pytest.mark.parametrize("wanted", ["5120", "7512", "5131", "1412", "none", "nothing at all"])
def test_the_answer_is_always_a_candidates_code(reranker, wanted):
    (verdict,) = reranker(ScriptedBackend(score=prefer(wanted))).rerank([question()])
    assert verdict.isco_code in {c.isco_code for c in CANDIDATES}


def test_each_code_is_one_option_with_its_leaves_and_description(reranker):
    backend = ScriptedBackend(score=prefer("x"))
    reranker(backend, orders=1, titles=2, description_characters=20).rerank([question()])
    shown = set(listed_options(backend.asked[0]).values())
    assert len(shown) == 4
    assert "Group 5120 (ship cook; grill cook). Cooks prepare meals" in shown


def test_codes_with_the_smallest_shares_are_not_shown(reranker):
    backend = ScriptedBackend(score=prefer("x"))
    (verdict,) = reranker(backend, codes=2).rerank([question()])
    assert verdict.offered == ("5120", "7512")
    assert len(listed_options(backend.asked[0])) == 2


@pytest.mark.parametrize("seniority", ["manager", "executive"])
def test_somebody_who_directs_is_offered_the_managers_among_the_candidates(reranker, seniority):
    rerank = reranker(ScriptedBackend(score=prefer("1412")), codes=2, weight=4.0)
    (verdict,) = rerank.rerank([question(seniority=seniority)])
    assert verdict.offered == ("5120", "1412")
    assert verdict.isco_code == "1412"


@pytest.mark.parametrize("seniority", [None, "senior", "team lead"])
def test_others_are_not(reranker, seniority):
    rerank = reranker(ScriptedBackend(score=prefer("1412")), codes=2)
    assert rerank.rerank([question(seniority=seniority)])[0].offered == ("5120", "7512")


def test_managers_are_not_offered_where_no_neighbour_is_one(reranker):
    candidates = found((COOK, 2.0), (BAKER, 1.9), (WAITER, 1.0))
    rerank = reranker(ScriptedBackend(score=prefer("x")), codes=2)
    (verdict,) = rerank.rerank([question(candidates, seniority="manager")])
    assert verdict.offered == ("5120", "7512")


def test_the_model_is_told_seniority_industry_and_skills(reranker):
    backend = ScriptedBackend(score=prefer("x"))
    profile = Profile("cook", "Cooks.", ("HACCP",), "manager", "shipping")
    asked = Question(profile, CANDIDATES, vote_shares(CANDIDATES, 0.5), question().verdict)
    reranker(backend).rerank([asked])
    for said in ("Seniority: manager", "shipping", "HACCP"):
        assert said in question_of(backend.asked[0])


def test_that_none_fits_declines_the_ad_and_says_so(reranker):
    backend = ScriptedBackend(score=prefer(NONE_FITS))
    (verdict,) = reranker(backend, decline_above=0.5).rerank([question()])
    assert (verdict.path, verdict.isco_code, verdict.isco_label) == (
        PredictionPath.DECLINED,
        None,
        None,
    )
    assert "none" in verdict.reason


def test_a_doubt_below_the_limit_does_not_decline(reranker):
    backend = ScriptedBackend(score=lambda prompt, labels: [-1.0] * len(labels))
    (verdict,) = reranker(backend, decline_above=0.5).rerank([question()])
    assert verdict.path == PredictionPath.RERANK


def test_that_none_fits_is_not_offered_unless_asked_for(reranker):
    backend = ScriptedBackend(score=prefer("x"))
    reranker(backend, decline_above=None).rerank([question()])
    assert NONE_FITS not in question_of(backend.asked[0])


def test_a_failure_falls_back_to_the_vote_and_says_why(reranker):
    gone = Failure(FailureKind.UNAVAILABLE, "connection cut")
    backend = ScriptedBackend(
        score=lambda prompt, labels: (
            gone if "bad" in question_of(prompt) else prefer("7512")(prompt, labels)
        )
    )
    bad, good = reranker(backend).rerank([question(title="bad"), question()])
    assert (bad.path, bad.isco_code, bad.confidence) == (PredictionPath.FALLBACK, "5120", 0.5)
    assert "connection cut" in bad.reason
    assert good.path == PredictionPath.RERANK


def test_the_same_ads_in_another_batch_get_the_same_answers(reranker):
    def by_length(prompt, labels):
        return [-float(len(listed_options(prompt)[label])) / 10 for label in labels]

    questions = [question(title=title) for title in ("cook", "baker", "chef")]
    together = reranker(ScriptedBackend(score=by_length)).rerank(questions)
    alone = [reranker(ScriptedBackend(score=by_length)).rerank([q])[0] for q in questions]
    assert together == alone


def test_weighing_adds_log_probabilities():
    shares = weighed([0.6, 0.3], [0.2, 0.7], 2.0)
    assert shares[1] / shares[0] == pytest.approx(0.3 / 0.6 * (0.7 / 0.2) ** 2)
    assert math.isclose(sum(shares), 1)
    assert weighed([0.6, 0.3], [0.2, 0.8], None) == pytest.approx([0.2, 0.8])
    assert weighed([0.6, 0.3], [0.2, 0.8], 0.0) == pytest.approx([2 / 3, 1 / 3])
    assert weighed([0.0, 1.0], [1.0, 0.0], 1.0) == pytest.approx([0.5, 0.5])
