"""Pairs: they belong together, and chance is the generator's alone."""

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
    forms = Counter(noisy(name, "en", rng) for _ in range(2000))
    assert forms[name] > 800
    assert all(form.strip() or not name for form in forms)


def test_noise_is_shouting_marks_slips_and_other_orders():
    rng = random.Random(0)
    forms = {noisy("stonework worker", "en", rng) for _ in range(3000)}
    assert {"STONEWORK WORKER", "Stonework Worker", "worker, stonework"} <= forms
    assert {"stonework workers", "Stonework Workers"} <= forms
    assert "Senior stonework worker" in forms
    assert "stonework worker (m/w/d)" in forms
    assert any(form.isupper() and "STONEWORK WORKER" in form[1:] for form in forms)


@pytest.mark.parametrize(
    ("language", "name", "plural"),
    [
        ("en", "bakery assistant", "bakery assistants"),
        ("en", "secretary", "secretaries"),
        ("es", "codificador de datos", "codificadores de datos"),
        ("fr", "agent de voyages", "agents de voyages"),
        ("pt", "cozinheiro", "cozinheiros"),
    ],
)
def test_noise_has_the_plural_of_lists(language, name, plural):
    rng = random.Random(0)
    assert plural in {noisy(name, language, rng) for _ in range(500)}


@pytest.mark.parametrize(("language", "name"), [("de", "Koch"), ("fr", "commis"), ("en", "boss")])
def test_noise_makes_up_no_plural(language, name):
    rng = random.Random(0)
    assert not {f"{name}s", f"{name}es"} & {noisy(name, language, rng) for _ in range(500)}
