"""How sure a decision is: the evidence, the models, and fitting them."""

import math
import random
from dataclasses import replace

import pytest
import yaml

from isco.core.calibration import (
    FEATURES,
    LEADING,
    LEVELS,
    TITLE_FEATURES,
    Calibration,
    LogisticModel,
    product,
)
from isco.core.errors import ConfigError
from isco.core.records import Candidate, Form
from isco.retriever.deciding.calibration_files import (
    SHIPPED,
    load_calibration,
)
from isco.retriever.deciding.calibration_fitting import (
    ScoredEvidence,
    equal_sets,
    fit_calibration,
    fit_titles,
)
from isco.retriever.deciding.evidence import Evidence

MODEL = "small-model"


def candidates(*codes_and_scores):
    return [
        Candidate(code, f"Group {code}", f"http://example.org/{rank}", "leaf", score, rank)
        for rank, (code, score) in enumerate(codes_and_scores, start=1)
    ]


NEAR = candidates(("2512", 3.0), ("2512", 2.5), ("2513", 2.0), ("3511", 1.0))
SHARES = {"2512": 0.5, "2513": 0.2, "3511": 0.3}


def evidence(share=0.5, name=0.4, spelling=0.1, nearness=2.0, lead=0.5, codes=None):
    return Evidence(
        codes or {4: "2512", 3: "251", 2: "25", 1: "2"},
        dict.fromkeys(LEVELS, share), name, spelling, nearness, lead,
    )  # fmt: skip


# Evidence


def test_each_level_has_the_group_with_the_largest_share_and_that_share():
    found = Evidence.of("2512", SHARES, NEAR, 0.7, 0.2)
    assert found.codes == {4: "2512", 3: "251", 2: "25", 1: "2"}
    assert found.shares == pytest.approx({4: 0.5, 3: 0.7, 2: 0.7, 1: 0.7})


def test_a_shorter_group_need_not_hold_the_code_decided_on():
    shares = {"2512": 0.4, "3511": 0.3, "3512": 0.3}
    found = Evidence.of("2512", shares, NEAR, None, None)
    assert found.codes == {4: "2512", 3: "351", 2: "35", 1: "3"}


def test_groups_of_equal_share_are_told_apart_by_their_code():
    shares = {"3511": 0.25, "2512": 0.5, "3512": 0.25}
    assert Evidence.of("2512", shares, NEAR, None, None).codes[1] == "2"


def test_the_lead_is_counted_to_the_next_candidate_of_another_code():
    found = Evidence.of("2512", SHARES, NEAR, None, None)
    assert (found.nearness, found.lead) == (3.0, 1.0)


def test_the_lead_of_a_code_that_is_alone_is_counted_to_the_last_candidate():
    assert Evidence.of("2512", {"2512": 1.0}, NEAR[:2], None, None).lead == 0.5


def test_what_the_search_does_not_compute_is_no_feature():
    every = {*FEATURES, "listed"}
    assert set(evidence().features(4)) == every
    known = evidence(name=None, spelling=None).features(4)
    assert set(known) == every - {"name", "spelling"}
    titles = replace(evidence(), leads=dict.fromkeys(LEADING, 0.0)).features(4)
    assert set(titles) == {*TITLE_FEATURES, "foreign", "unknown"}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_of_nothing_and_of_everything_have_finite_logits(share):
    assert math.isfinite(evidence(share=share).features(4)["share"])


# Models


def made(bias=0.0, by_share=0.0, **weights):
    return Calibration(
        "made up",
        MODEL,
        {level: LogisticModel(bias, weights) for level in LEVELS},
        {level: LogisticModel(by_share, {}) for level in LEVELS},
    )


def test_the_logit_is_the_weighted_sum_of_the_features():
    found = made(bias=-1.0, lead=2.0, name=0.5).probabilities(evidence(lead=0.8, name=0.4), MODEL)
    assert found[4] == pytest.approx(1 / (1 + math.exp(1.0 - 1.6 - 0.2)))


@pytest.mark.parametrize("bias", [-800.0, 800.0])
def test_extreme_logits_give_probabilities(bias):
    assert made(bias=bias).probabilities(evidence(), MODEL)[4] == pytest.approx(float(bias > 0))


def test_another_embedding_model_goes_by_the_share_alone():
    fit = made(bias=3.0, by_share=-3.0)
    assert fit.probabilities(evidence(), MODEL)[4] > 0.9
    assert fit.probabilities(evidence(), "another")[4] < 0.1


def test_a_search_that_lacks_a_signal_goes_by_the_share_alone():
    fit = made(bias=3.0, by_share=-3.0)
    assert fit.probabilities(evidence(name=None), MODEL)[4] < 0.1
    assert fit.probabilities(evidence(spelling=None), MODEL)[4] < 0.1


@pytest.mark.parametrize(
    "other",
    [
        {"language": "de"}, {"language": None}, {"foreign": True}, {"form": Form.TEXT},
        {"labelled": True}, {"spelling": None}, {"leads": {"labels": 1.0}},
        {"unknown": True},
    ],
)  # fmt: skip
def test_titles_alone_of_a_language_are_believed_as_such_titles_are(other):
    plain = made(bias=1.0, by_share=1.0)
    model = LogisticModel(0.5, {"lead by words": 1.0, product("lead by words", "listed"): 1.0})
    fit = replace(plain, titles={"en": dict.fromkeys(LEVELS, model)})
    title = replace(evidence(), language="en", leads=dict.fromkeys(LEADING, 2.0))
    listed = replace(title, listed=True)
    another = replace(title, **other)
    assert fit.probabilities(title, MODEL)[4] == pytest.approx(1 / (1 + math.exp(-2.5)))
    assert fit.probabilities(listed, MODEL)[4] == pytest.approx(1 / (1 + math.exp(-4.5)))
    assert fit.probabilities(another, MODEL) == plain.probabilities(another, MODEL)
    assert Calibration.of(fit.as_dict()) == fit


def test_a_group_is_at_least_as_likely_as_the_one_within_it():
    falling = Calibration(
        "made up", MODEL, {level: LogisticModel(level - 3.0, {}) for level in LEVELS}, {}
    )
    found = falling.probabilities(evidence(), MODEL)
    assert found[4] == found[3] == found[2] == found[1] == pytest.approx(1 / (1 + math.exp(-1)))
    apart = falling.probabilities(evidence(codes={4: "2512", 3: "351", 2: "35", 1: "3"}), MODEL)
    assert apart[3] == pytest.approx(0.5) and apart[2] == apart[3]


# Fitting


def drawn(count, seed, offset=0.0):
    """Cases whose answers are right as often as a known model says."""
    draw, found = random.Random(seed), []
    for _ in range(count):
        lead = draw.random()
        share = draw.uniform(0.1, 0.9)
        right = draw.random() < 1 / (1 + math.exp(-(4 * lead - 2 + offset)))
        case = evidence(share, draw.random(), draw.random(), draw.random(), lead)
        found.append((case, "2512" if right else "9112"))
    return found


def test_a_fit_says_of_other_cases_how_often_they_are_right():
    fit = fit_calibration(equal_sets([drawn(1500, 1)]), "drawn", MODEL)
    scored = [ScoredEvidence(case, gold) for case, gold in drawn(1500, 2)]
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.0)):
        within = [
            (sure, row.right(4))
            for row in scored
            if low <= (sure := fit.probabilities(row.evidence, MODEL)[4]) < high
        ]
        confidence = sum(sure for sure, _ in within) / len(within)
        accuracy = sum(right for _, right in within) / len(within)
        assert confidence == pytest.approx(accuracy, abs=0.06)


def test_sets_count_alike_whatever_their_size():
    large, small = drawn(2000, 1, offset=3.0), drawn(200, 2, offset=-3.0)
    fit = fit_calibration(equal_sets([large, small]), "drawn", MODEL)
    sure = [fit.probabilities(case, MODEL)[4] for case, _ in drawn(300, 3)]
    assert 0.35 < sum(sure) / len(sure) < 0.65


def test_answers_that_are_all_right_teach_nothing():
    same = [(case, "2512") for case, _ in drawn(30, 1)]
    with pytest.raises(ValueError, match="all answers at level 4 are right"):
        fit_calibration(equal_sets([same]), "drawn", MODEL)


def test_a_fit_comes_back_from_yaml_as_it_went():
    fit = fit_calibration(equal_sets([drawn(300, 1)]), "drawn", MODEL)
    again = Calibration.of(yaml.safe_load(yaml.safe_dump(fit.as_dict())))
    for case, _ in drawn(20, 4):
        expected = fit.probabilities(case, MODEL)
        assert again.probabilities(case, MODEL) == pytest.approx(expected, abs=1e-3)


def drawn_titles(count, seed):
    """Titles whose answers are right where two features are both large or both small."""
    draw, found = random.Random(seed), []
    for _ in range(count):
        lead, name = draw.uniform(-1, 1), draw.uniform(-1, 1)
        right = draw.random() < 1 / (1 + math.exp(-6 * lead * name))
        leads = dict.fromkeys(LEADING, 0.0) | {"words": lead}
        case = replace(evidence(name=name), leads=leads, language="en")
        found.append((case, "2512" if right else "9112"))
    return found


def test_a_fit_of_titles_sees_what_features_say_together():
    models = fit_titles(equal_sets([drawn_titles(1500, 1)]))
    fit = replace(made(), titles={"en": models})
    again = Calibration.of(yaml.safe_load(yaml.safe_dump(fit.as_dict())))
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        within = [
            (sure, gold == "2512")
            for case, gold in drawn_titles(1500, 2)
            if low <= (sure := again.probabilities(case, MODEL)[4]) < high
        ]
        confidence = sum(sure for sure, _ in within) / len(within)
        accuracy = sum(right for _, right in within) / len(within)
        assert confidence == pytest.approx(accuracy, abs=0.07)


# Files


def test_the_shipped_fit_says_what_it_was_fitted_on_and_knows_the_default_model():
    fit = load_calibration(SHIPPED)
    assert fit.embedding == "multilingual-e5-small-q4"
    assert len(fit.origin) > 40
    assert (
        fit.probabilities(evidence(lead=1.0), fit.embedding)[4]
        > (fit.probabilities(evidence(lead=0.0), fit.embedding)[4])
    )


def test_a_fit_of_ones_own_is_read_from_its_file(tmp_path):
    own = fit_calibration(equal_sets([drawn(300, 1)]), "our ads of 2026", MODEL)
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump(own.as_dict()), encoding="utf-8")
    assert load_calibration(str(path)).origin == "our ads of 2026"


@pytest.mark.parametrize(
    "content",
    ["", "origin: x", "[1, 2]", "a: [", "{origin: x, embedding: y, full: {}, by_share: {}}"],
)
def test_a_file_that_is_no_fit_is_refused(tmp_path, content):
    path = tmp_path / "fit.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"confidence\.fit: .*fit\.yaml is no fit"):
        load_calibration(str(path))


def test_a_fit_with_an_unknown_feature_is_refused(tmp_path):
    values = fit_calibration(equal_sets([drawn(300, 1)]), "drawn", MODEL).as_dict()
    values["full"][4]["weights"]["shoe_size"] = 1.0
    path = tmp_path / "fit.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(ConfigError, match="shoe_size"):
        load_calibration(str(path))


def test_a_fit_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="neither 'default' nor a file that can be read"):
        load_calibration("no-such-fit")
