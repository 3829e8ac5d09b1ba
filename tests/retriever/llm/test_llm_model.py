"""The two verbs over a scripted backend: repair, order of options, the cache between."""

import math
from dataclasses import replace

import pytest
from pydantic import BaseModel

from isco.core.errors import UnavailableError
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm.base import OPTIONS, Failure, FailureKind, Message, Prompt
from isco.retriever.llm.cached_backend import CachedBackend
from isco.retriever.llm.model import LABELS, Choice, LanguageModel
from tests.support.scripted_llm import ScriptedBackend, listed_options, prefer, question_of


class Job(BaseModel):
    title: str


GONE = Failure(FailureKind.UNAVAILABLE, "nobody there")


def prompt(text="ad", stage="extraction", version="1", max_tokens=50):
    shared = (Message("system", "task"),)
    return Prompt(stage, version, shared, (Message("user", text),), max_tokens)


def asking(text="ad"):
    return prompt(f"{text}\n{OPTIONS}\nWhich?", stage="reranking", max_tokens=1)


# generate


def test_every_prompt_gets_its_own_object_in_order():
    backend = ScriptedBackend(write=lambda p: f'{{"title": "{question_of(p)}"}}')
    model = LanguageModel(backend, seed=0)
    answers = model.generate([prompt("cook"), prompt("baker")], Job)
    assert answers == [Job(title="cook"), Job(title="baker")]


def test_an_unusable_answer_is_shown_to_the_model_once_with_what_is_wrong():
    backend = ScriptedBackend(
        write=lambda p: '{"title": "cook"}' if len(p.own) == 3 else "A cook, I'd say."
    )
    (answer,) = LanguageModel(backend, seed=0).generate([prompt()], Job)
    assert answer == Job(title="cook")
    first, second = backend.asked
    assert second.own[0] == first.own[0]
    assert second.own[1] == Message("assistant", "A cook, I'd say.")
    assert "no JSON object" in second.own[2].content


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no", FailureKind.MALFORMED),
        ('{"title": ', FailureKind.MALFORMED),
        ("word " * 60, FailureKind.CUT_OFF),
    ],
    ids=["refusal", "half", "runs on"],
)
def test_a_second_unusable_answer_is_a_failure_of_a_kind(text, kind):
    backend = ScriptedBackend(write=lambda p: text)
    (answer,) = LanguageModel(backend, seed=0).generate([prompt()], Job)
    assert isinstance(answer, Failure)
    assert answer.kind == kind
    assert len(backend.asked) == 2


def test_one_failure_leaves_the_others_alone_and_is_not_repaired():
    backend = ScriptedBackend(
        write=lambda p: GONE if question_of(p) == "b" else f'{{"title": "{question_of(p)}"}}'
    )
    answers = LanguageModel(backend, seed=0).generate([prompt(t) for t in "abc"], Job)
    assert answers == [Job(title="a"), GONE, Job(title="c")]
    assert len(backend.asked) == 3


# choose


def test_probabilities_come_back_in_the_order_of_the_options_whatever_was_shown():
    model = LanguageModel(ScriptedBackend(score=prefer("cook")), seed=0)
    options = ["baker", "cook", "waiter", "host"]
    for text in "abcdef":
        (choice,) = model.choose([asking(text)], [options])
        assert isinstance(choice, Choice)
        assert max(range(4), key=choice.probabilities.__getitem__) == 1
        assert math.isclose(sum(choice.probabilities), 1)


def first_letter(p, labels):
    return [0.0 if label == "A" else -4.0 for label in labels]


def test_every_option_stands_first_for_some_ads_and_the_same_ad_sees_the_same_order():
    backend = ScriptedBackend(score=first_letter)
    options = ["w", "x", "y", "z"]
    texts = [f"ad {n}" for n in range(60)]
    LanguageModel(backend, seed=0).choose([asking(t) for t in texts], [options] * 60)
    firsts = [listed_options(p)["A"] for p in backend.asked]
    assert {text: firsts.count(text) for text in options} == pytest.approx(
        dict.fromkeys(options, 15), abs=12
    )
    LanguageModel(backend, seed=0).choose([asking(t) for t in reversed(texts)], [options] * 60)
    assert [listed_options(p)["A"] for p in backend.asked[60:]] == firsts[::-1]
    LanguageModel(backend, seed=1).choose([asking(t) for t in texts], [options] * 60)
    assert [listed_options(p)["A"] for p in backend.asked[120:]] != firsts


def test_two_opposite_orders_take_from_a_position_what_it_won():
    backend = ScriptedBackend(score=first_letter)
    (one,) = LanguageModel(backend, seed=0).choose([asking()], [["x", "y"]], orders=1)
    (two,) = LanguageModel(backend, seed=0).choose([asking()], [["x", "y"]], orders=2)
    assert max(one.probabilities) > 0.9
    assert two.probabilities == pytest.approx((0.5, 0.5))
    first, second = backend.asked[1:]
    assert listed_options(first)["A"] == listed_options(second)["B"]


def test_an_option_that_was_ruled_out_in_one_order_can_still_win():
    def chosen_alone(p, labels):
        return [0.0 if "x" in listed_options(p)[label] else -math.inf for label in labels]

    (choice,) = LanguageModel(ScriptedBackend(score=chosen_alone), 0).choose(
        [asking()], [["x", "y", "z"]]
    )
    assert min(choice.probabilities) > 0
    assert choice.probabilities[0] > 0.99


def test_a_failure_in_one_order_is_the_ads_failure_and_no_other_s():
    backend = ScriptedBackend(
        score=lambda p, labels: (
            GONE
            if "bad" in question_of(p) and listed_options(p)["A"] == "x"
            else [0.0] * len(labels)
        )
    )
    bad, good = LanguageModel(backend, 0).choose(
        [asking("bad"), asking("good")], [["x", "y"]] * 2, orders=2
    )
    assert bad == GONE
    assert good.probabilities == (0.5, 0.5)


def test_scores_that_rule_out_everything_are_a_failure():
    backend = ScriptedBackend(score=lambda p, labels: [-math.inf] * len(labels))
    (choice,) = LanguageModel(backend, 0).choose([asking()], [["x", "y"]])
    assert isinstance(choice, Failure)


def test_one_option_is_no_choice_and_too_many_have_no_letter():
    model = LanguageModel(ScriptedBackend(score=first_letter), 0)
    for options in (["x"], [str(n) for n in range(len(LABELS) + 1)]):
        with pytest.raises(ValueError, match="options"):
            model.choose([asking()], [options])


# The cache


@pytest.fixture
def cache(tmp_path):
    with AnswerCache(tmp_path / "answers.sqlite3") as opened:
        yield opened


def generate(backend, cache, *prompts):
    cached = CachedBackend(backend, cache)
    return LanguageModel(cached, seed=0).generate(prompts, Job), cached.usage


def titled(p):
    return f'{{"title": "{question_of(p)}"}}'


def test_the_second_run_asks_nothing_and_says_the_same(cache):
    backend = ScriptedBackend(write=titled)
    first, _ = generate(backend, cache, prompt("a"), prompt("b"))
    second, usage = generate(backend, cache, prompt("b"), prompt("a"))
    assert second == first[::-1]
    assert len(backend.asked) == 2
    counted = usage["extraction"]
    assert (counted.calls, counted.cache_hits, counted.tokens_in) == (0, 2, 0)


def test_choices_are_kept_too(cache):
    backend = ScriptedBackend(score=prefer("x"))
    for _ in range(2):
        model = LanguageModel(CachedBackend(backend, cache), seed=0)
        (choice,) = model.choose([asking()], [["x", "y"]], orders=2)
    assert choice.probabilities[0] > 0.9
    assert len(backend.asked) == 2


@pytest.mark.parametrize(
    "other",
    [
        prompt(version="2"),
        prompt(stage="translation"),
        prompt(max_tokens=51),
        replace(prompt(), shared=(Message("system", "other task"),)),
        replace(prompt(), shared=(Message("user", "task"),)),
    ],
    ids=["version", "stage", "max_tokens", "task", "role"],
)
def test_another_prompt_is_another_question(cache, other):
    backend = ScriptedBackend(write=titled)
    generate(backend, cache, prompt())
    generate(backend, cache, other)
    assert len(backend.asked) == 2


@pytest.mark.parametrize("change", [{"name": "other"}, {"revision": "2"}])
def test_another_model_is_asked_again(cache, change):
    generate(ScriptedBackend(write=titled), cache, prompt())
    backend = ScriptedBackend(write=titled, **change)
    generate(backend, cache, prompt())
    assert len(backend.asked) == 1


def test_equal_prompts_of_one_call_are_asked_once(cache):
    backend = ScriptedBackend(write=titled)
    answers, usage = generate(backend, cache, prompt("a"), prompt("b"), prompt("a"))
    assert answers == [Job(title="a"), Job(title="b"), Job(title="a")]
    assert usage["extraction"].calls == 2


def test_failures_are_not_kept(cache):
    answers, usage = generate(ScriptedBackend(write=lambda p: GONE), cache, prompt())
    assert answers == [GONE]
    assert usage["extraction"].failures == 1
    answers, _ = generate(ScriptedBackend(write=titled), cache, prompt())
    assert answers == [Job(title="ad")]


def test_what_was_answered_before_an_interrupt_is_kept(cache):
    def write(p):
        if question_of(p) == "c":
            raise KeyboardInterrupt
        return titled(p)

    with pytest.raises(KeyboardInterrupt):
        generate(ScriptedBackend(write=write), cache, *map(prompt, "abcd"))
    backend = ScriptedBackend(write=titled)
    generate(backend, cache, *map(prompt, "abcd"))
    assert [question_of(p) for p in backend.asked] == ["c", "d"]


def test_a_run_stops_when_nobody_has_answered_for_long(cache):
    backend = ScriptedBackend(write=lambda p: GONE)
    model = LanguageModel(CachedBackend(backend, cache, give_up_after=3), seed=0)
    assert model.generate([prompt("a"), prompt("b")], Job) == [GONE, GONE]
    with pytest.raises(UnavailableError, match="3 times in a row"):
        model.generate([prompt("c"), prompt("d")], Job)


def test_one_answer_in_between_and_the_run_goes_on(cache):
    backend = ScriptedBackend(write=lambda p: titled(p) if question_of(p) in "be" else GONE)
    model = LanguageModel(CachedBackend(backend, cache, give_up_after=3), seed=0)
    answers = model.generate([prompt(text) for text in "abcdef"], Job)
    assert sum(isinstance(answer, Failure) for answer in answers) == 4


def test_the_cache_counts_what_it_was_asked(cache):
    backend = ScriptedBackend(write=titled)
    generate(backend, cache, prompt("a"), prompt("a"), prompt("b"))
    generate(backend, cache, prompt("a"))
    (stage,) = cache.stages()
    assert (stage.answers, stage.hits, stage.misses) == (2, 2, 2)
