"""Pairs: they belong together, half of a batch are rivals, and chance is the generator's alone."""

import random
from collections import Counter

import pytest

from isco.training.material import LabelledText, Material, Occupation
from isco.training.noise import noisy
from isco.training.pairs import PairSampler

COOK = Occupation(
    "u:cook", "5120", {"en": ("cook", "chef"), "de": ("Koch",)},
    "Cooks prepare meals. They order food. They keep kitchens clean.", ("prepare meals", "order"),
)  # fmt: skip
BAKER = Occupation("u:baker", "7512", {"en": ("baker",), "pl": ("piekarz",)}, "Bakes bread.")
NURSE = Occupation("u:nurse", "2221", {"en": ("nurse",), "de": ("Pfleger",)})
MATERIAL = Material("en", [COOK, BAKER, NURSE])
WORDS = {
    "u:cook": {"cook", "chef", "koch", "cooks", "meals", "kitchens", "order"},
    "u:baker": {"baker", "piekarz", "bread", "bakes"},
    "u:nurse": {"nurse", "pfleger"},
}


def sampler(material=MATERIAL, seed=0):
    return PairSampler(material, random.Random(seed))


def test_the_same_seed_draws_the_same():
    assert sampler(seed=3).batch(64) == sampler(seed=3).batch(64)
    assert sampler(seed=3).batch(64) != sampler(seed=4).batch(64)


def test_both_texts_have_a_prompt_and_what_is_meant_is_of_the_same_occupation():
    for pair in sampler().batch(500):
        assert pair.said.startswith("query: ")
        prompt, _, meant = pair.meant.partition(": ")
        assert prompt in ("query", "passage")
        words = meant.casefold().replace(".", " ").split()
        assert set(words) & WORDS[pair.uri], pair


def test_all_languages_and_texts_come():
    said = " ".join(pair.said for pair in sampler().batch(2000))
    for text in ("Koch", "piekarz", "Pfleger", "They order food.", "order. prepare meals"):
        assert text in said
    assert any(pair.meant.startswith("passage: cook. Cooks") for pair in sampler().batch(500))


def test_rivals_come_together():
    drawn = sampler()
    drawn.rivals = {"u:cook": ["u:baker"], "u:baker": ["u:cook"], "u:nurse": []}
    counts = Counter(pair.uri for pair in drawn.batch(4000))
    assert counts["u:nurse"] < 0.8 * counts["u:cook"]


def test_labelled_texts_meet_names_of_their_unit_group():
    labelled = [LabelledText("Küchenhilfe gesucht", "5120"), LabelledText("Pilot", "3153")]
    found = sampler(Material("en", [COOK, BAKER], labelled)).batch(80)
    ours = [pair for pair in found[80:] if "gesucht" in pair.said]
    assert ours
    assert {pair.meant for pair in ours} <= {"query: cook", "query: chef"}
    assert not any("Pilot" in pair.said for pair in found)


@pytest.mark.parametrize("name", ["", "x", "cook", "senior data engineer", "Bäckereifachverkäufer"])
def test_noise_leaves_a_name_that_is_read(name):
    rng = random.Random(0)
    forms = Counter(noisy(name, rng) for _ in range(2000))
    assert forms[name] > 800
    assert all(form.strip() or not name for form in forms)


def test_noise_is_shouting_marks_slips_and_other_orders():
    rng = random.Random(0)
    forms = {noisy("stonework worker", rng) for _ in range(3000)}
    assert {"STONEWORK WORKER", "Stonework Worker", "worker, stonework"} <= forms
    assert "Senior stonework worker" in forms
    assert "stonework worker (m/w/d)" in forms
