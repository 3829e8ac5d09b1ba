"""The backends that run a model here, each with real weights on its real library.

What holds for any weights is tested on the tiny model, against the plainest way to compute the
same: the whole text through the model, no cache, no batch. SmolLM2 stands for models that know.
"""

import functools
import json
import shutil
import sys
from collections import Counter

import numpy as np
import pytest

from isco.core.config import load_settings
from isco.core.errors import ConfigError, UnavailableError
from isco.retriever.llm.base import Completion, Failure, FailureKind, Message, OptionScores, Prompt
from isco.retriever.llm.mlx import MlxBackend
from isco.retriever.llm.model_files import fingerprint
from isco.retriever.llm.transformers import TransformersBackend
from tests.support.small_llm import TINY_CONTEXT, save_tiny_llm

pytestmark = pytest.mark.models

BACKENDS = {"transformers": TransformersBackend, "mlx": MlxBackend}
# Natural logarithms of float32 sums in another order; measured: below 1e-5 for all of them.
TOLERANCE = 1e-4

TASK = (
    Message("system", "Name the letter."),
    Message("user", "beta"),
    Message("assistant", "B"),
)
QUESTIONS = ["alpha", "gamma, the third one, as in gamma rays", "d", "epsilon? e", "alphabet"]
LABELS = "ABCDE"


def configured(backend, model, **values):
    flags = {f"llm.{name}": value for name, value in values.items()}
    flags |= {"llm.backend": backend, "llm.model": model and str(model), "llm.device": "cpu"}
    return load_settings(environment={}, flags=flags).llm


def open_local(backend, model, **values):
    return BACKENDS[backend](configured(backend, model, **values))


def ask(question, shared=TASK, max_tokens=12):
    return Prompt("test", "1", tuple(shared), (Message("user", question),), max_tokens)


def answers_of(verb, count):
    """The answers by position, each given once."""
    given = []
    verb(lambda position, answer: given.append((position, answer)))
    assert Counter(position for position, _ in given) == Counter(range(count))
    return [answer for _, answer in sorted(given, key=lambda pair: pair[0])]


def complete(backend, prompts):
    return answers_of(lambda done: backend.complete(prompts, None, done), len(prompts))


def score(backend, prompts, options=LABELS):
    offered = [options] * len(prompts)
    return answers_of(lambda done: backend.score_options(prompts, offered, done), len(prompts))


def logprobs(scores):
    assert all(isinstance(score, OptionScores) for score in scores), scores
    return np.array([score.logprobs for score in scores])


def watch(monkeypatch, backend, see):
    """Call `see` with the rows of tokens before each pass through the model."""
    if isinstance(backend, MlxBackend):
        kind = type(backend.model)
        call = kind.__call__

        def passing(model, inputs, *args, **kwargs):
            see(inputs.tolist())
            return call(model, inputs, *args, **kwargs)

        monkeypatch.setattr(kind, "__call__", passing)
        return
    forward = backend.model.forward

    @functools.wraps(forward)
    def passing_forward(*args, **kwargs):
        see(kwargs["input_ids"].tolist())
        return forward(*args, **kwargs)

    monkeypatch.setattr(backend.model, "forward", passing_forward)


def run_plainly(folder):
    """The reference for a model. Its library is imported by nobody who leaves these tests out."""
    from tests.support.plain_llm import PlainLlm

    return PlainLlm(folder)


@pytest.fixture(scope="module")
def plain(tiny_llm):
    return run_plainly(tiny_llm)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """For models of this size, threads that wait for one another take most of the time."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=BACKENDS)
def kind(request):
    return request.param


@pytest.fixture
def backend(kind, tiny_llm):
    return open_local(kind, tiny_llm, batch_size=2)


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


# Scoring options


def test_options_get_the_probability_of_either_spelling_as_the_next_token(backend, plain):
    prompts = [ask(question) for question in QUESTIONS]
    expected = [[plain.label(prompt, label) for label in LABELS] for prompt in prompts]
    np.testing.assert_allclose(logprobs(score(backend, prompts)), expected, atol=TOLERANCE)


def test_scores_do_not_depend_on_what_is_scored_beside_them(kind, tiny_llm):
    backend = open_local(kind, tiny_llm, batch_size=8)
    prompts = [ask(question) for question in QUESTIONS]
    together = logprobs(score(backend, prompts))
    alone = np.concatenate([logprobs(score(backend, [prompt])) for prompt in prompts])
    np.testing.assert_allclose(together, alone, atol=TOLERANCE)
    # The tolerance could tell them from one another.
    assert np.abs(np.diff(alone, axis=0)).max(axis=1).min() > 100 * TOLERANCE


def test_scores_of_different_beginnings_are_right_as_well(backend, plain):
    prompts = [ask("alpha", shared=()), ask("alpha"), ask("", TASK[1:])]
    expected = [[plain.label(prompt, label) for label in LABELS] for prompt in prompts]
    np.testing.assert_allclose(logprobs(score(backend, prompts)), expected, atol=TOLERANCE)


def test_a_prompt_that_is_the_beginning_of_another_is_scored(kind, plain, tmp_path):
    backend = open_local(kind, save_tiny_llm(tmp_path / "untemplated", chat_template=None))
    prompts = [ask("alpha", shared=()), ask("alpha\n\n\nbeta", shared=())]
    expected = [plain.logprobs(plain.tokenizer.encode(f"{p.own[0].content}\n")) for p in prompts]
    places = plain.tokenizer.convert_tokens_to_ids(["A", "ĠA"])
    expected = [[np.logaddexp(*after[places])] for after in expected]
    np.testing.assert_allclose(logprobs(score(backend, prompts, "A")), expected, atol=TOLERANCE)


def test_every_prompt_may_have_options_of_its_own(backend):
    prompts = [ask("alpha"), ask("gamma")]
    first, second = logprobs(score(backend, prompts))
    given = answers_of(
        lambda done: backend.score_options(prompts, [["B", "A"], ["E"]], done), len(prompts)
    )
    np.testing.assert_allclose(given[0].logprobs, first[[1, 0]], atol=TOLERANCE)
    np.testing.assert_allclose(given[1].logprobs, second[[4]], atol=TOLERANCE)


@pytest.mark.parametrize("verb", [score, complete])
def test_the_shared_beginning_is_computed_once(backend, plain, verb, monkeypatch):
    task = (Message("system", "Name the letter #."), *TASK[1:])
    prompts = [ask(f"{question} %", task, max_tokens=1) for question in QUESTIONS]
    passes = []
    watch(monkeypatch, backend, passes.append)
    answers = verb(backend, prompts)
    read = Counter(token for rows in passes for row in rows for token in row)
    of_the_task, of_the_question = plain.tokenizer.convert_tokens_to_ids(["#", "%"])
    assert read[of_the_task] == 1
    assert read[of_the_question] == len(prompts)
    assert [answer.tokens_in for answer in answers] == [len(plain.tokens(p)) for p in prompts]


def test_scoring_passes_each_batch_once_and_generates_nothing(tiny_llm, monkeypatch):
    backend = open_local("transformers", tiny_llm, batch_size=2)
    passes, scored = [], []
    watch(monkeypatch, backend, lambda rows: passes.append(len(rows)))
    backend.model.lm_head.register_forward_hook(
        lambda module, inputs, logits: scored.append(logits.shape[1])
    )
    answers = score(backend, [ask(question) for question in QUESTIONS])
    assert passes == [1, 2, 2, 1]
    # Of a batch, only the positions where one of its prompts ends.
    assert all(positions <= rows for positions, rows in zip(scored, passes, strict=True))
    assert {answer.tokens_out for answer in answers} == {0}


def test_an_option_of_several_tokens_is_refused_by_name(backend):
    with pytest.raises(ConfigError, match=r"the option 'AB' is 2 tokens"):
        score(backend, [ask("alpha")], ["A", "AB"])


def test_no_prompts_are_no_work(backend):
    assert score(backend, []) == []
    assert complete(backend, []) == []


# Completing


def test_answers_are_the_likeliest_tokens_one_after_the_other(backend, plain):
    prompts = [ask(question) for question in QUESTIONS]
    for answer, prompt in zip(complete(backend, prompts), prompts, strict=True):
        expected = plain.answer(prompt)
        assert answer.text == plain.tokenizer.decode(expected, skip_special_tokens=True)
        assert answer.tokens_in == len(plain.tokens(prompt))
        assert answer.tokens_out == len(expected)


def test_answers_do_not_depend_on_what_is_asked_beside_them(kind, tiny_llm):
    backend = open_local(kind, tiny_llm, batch_size=8)
    prompts = [ask(question) for question in QUESTIONS]
    together = complete(backend, prompts)
    assert together == [complete(backend, [prompt])[0] for prompt in prompts]
    assert together == complete(backend, prompts)
    assert len({answer.text for answer in together}) > 1


def test_every_answer_is_cut_at_its_own_limit_and_says_so(backend, plain):
    limits = [1, 9, 4, 2, 6]
    prompts = [ask(q, max_tokens=limit) for q, limit in zip(QUESTIONS, limits, strict=True)]
    answers = complete(backend, prompts)
    assert [answer.tokens_out for answer in answers] == limits
    assert not any(answer.finished for answer in answers)
    longer = complete(backend, [ask(question, max_tokens=9) for question in QUESTIONS])
    for answer, whole in zip(answers, longer, strict=True):
        assert whole.text.startswith(answer.text)


def test_an_answer_ends_at_any_token_that_the_model_lists(kind, tiny_llm, plain, tmp_path):
    prompts = [ask(question) for question in QUESTIONS]
    expected = [plain.answer(prompt) for prompt in prompts]
    stop = expected[0][3]
    assert stop not in expected[0][:3]
    folder = shutil.copytree(tiny_llm, tmp_path / "stopping")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, stop]}))
    answers = complete(open_local(kind, folder, batch_size=8), prompts)
    assert (answers[0].tokens_out, answers[0].finished) == (3, True)
    for answer, tokens in zip(answers, expected, strict=True):
        length = tokens.index(stop) if stop in tokens else len(tokens)
        assert answer.finished == (stop in tokens)
        assert answer.text == plain.tokenizer.decode(tokens[:length], skip_special_tokens=True)
    assert not all(answer.finished for answer in answers)


@pytest.mark.parametrize(
    ("family", "config"),
    [
        ("Mistral", {"sliding_window": 16}),
        ("Lfm2", {"layer_types": ["conv", "full_attention"]}),
    ],
    ids=["window", "state"],
)
def test_models_that_do_not_keep_every_token_give_the_same_answers(tmp_path, family, config):
    folder = save_tiny_llm(tmp_path / "llm", family, **config)
    plain = run_plainly(folder)
    prompts = [ask(question) for question in QUESTIONS]
    backend = open_local("transformers", folder, batch_size=8)
    for answer, prompt in zip(complete(backend, prompts), prompts, strict=True):
        assert answer.text == plain.tokenizer.decode(plain.answer(prompt))
    expected = [[plain.label(prompt, label) for label in LABELS] for prompt in prompts]
    np.testing.assert_allclose(logprobs(score(backend, prompts)), expected, atol=TOLERANCE)


def test_what_a_model_brings_for_sampling_does_not_change_its_answers(kind, tiny_llm, tmp_path):
    folder = shutil.copytree(tiny_llm, tmp_path / "sampling")
    bring = {"do_sample": True, "temperature": 9.0, "repetition_penalty": 9.0, "eos_token_id": 2}
    (folder / "generation_config.json").write_text(json.dumps(bring))
    prompts = [ask(question) for question in QUESTIONS]
    assert complete(open_local(kind, folder), prompts) == complete(
        open_local(kind, tiny_llm), prompts
    )


# What does not go well


@pytest.mark.parametrize("verb", [score, complete])
def test_a_prompt_as_long_as_the_context_fails_and_its_neighbours_do_not(backend, plain, verb):
    long = ask("x" * (TINY_CONTEXT - len(plain.tokens(ask("")))))
    first, failed, last = verb(backend, [ask("alpha"), long, ask("gamma")])
    assert isinstance(failed, Failure)
    assert failed.kind == FailureKind.REFUSED
    assert f"the model takes {TINY_CONTEXT}" in failed.detail
    assert [first, last] == verb(backend, [ask("alpha"), ask("gamma")])


def test_an_answer_ends_with_the_context(backend, plain):
    room = 3
    length = TINY_CONTEXT - room - len(plain.tokens(ask("")))
    (answer,) = complete(backend, [ask("x" * length)])
    assert (answer.tokens_in, answer.tokens_out) == (TINY_CONTEXT - room, room)
    assert not answer.finished


@pytest.mark.parametrize("verb", [score, complete])
def test_a_batch_that_fails_is_computed_prompt_by_prompt(backend, verb, monkeypatch):
    prompts = [ask(question) for question in QUESTIONS]
    expected = verb(backend, prompts)

    def out_of_memory(rows):
        if len(rows) > 1:
            raise RuntimeError("out of memory\nand many lines more")

    watch(monkeypatch, backend, out_of_memory)
    again = verb(backend, prompts)
    if verb is complete:
        assert again == expected
    else:
        np.testing.assert_allclose(logprobs(again), logprobs(expected), atol=TOLERANCE)


@pytest.mark.parametrize("verb", [score, complete])
def test_a_prompt_that_fails_by_itself_leaves_the_others_alone(backend, plain, verb, monkeypatch):
    (bad,) = plain.tokenizer.encode("?")
    prompts = [ask(question) for question in QUESTIONS]

    def out_of_memory(rows):
        if any(bad in row for row in rows):
            raise RuntimeError("out of memory\nand many lines more")

    watch(monkeypatch, backend, out_of_memory)
    answers = verb(backend, prompts)
    failed = [
        question for question, a in zip(QUESTIONS, answers, strict=True) if isinstance(a, Failure)
    ]
    assert failed == ["epsilon? e"]
    assert answers[3].kind == FailureKind.UNAVAILABLE
    assert answers[3].detail.endswith("could not compute this prompt: out of memory")


def test_a_beginning_that_can_not_be_computed_fails_every_prompt(backend, monkeypatch):
    def out_of_memory(rows):
        raise MemoryError

    watch(monkeypatch, backend, out_of_memory)
    for answer in score(backend, [ask("alpha"), ask("gamma")]):
        assert answer.kind == FailureKind.UNAVAILABLE
        assert answer.detail.endswith("MemoryError")


def test_an_error_of_the_caller_is_not_taken_for_the_models(backend):
    def done(position, answer):
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        backend.complete([ask("alpha"), ask("gamma")], None, done)


def test_text_that_is_no_text_gets_an_answer(backend):
    for answer in complete(backend, [ask("half a pair \ud800"), ask("\0"), ask("")]):
        assert isinstance(answer, Completion)


# Templates


def seen(kind, folder, prompt, monkeypatch):
    """The text that the model reads, shared part and all."""
    backend = open_local(kind, folder)
    read = []
    watch(monkeypatch, backend, lambda rows: read.extend(rows[0]))
    score(backend, [prompt], "A")
    return backend.tokenizer.decode(read)


@pytest.mark.parametrize(
    "refusal",
    ["{{ raise_exception('System role not supported') }}", ""],
    ids=["refused", "dropped"],
)
def test_without_a_system_role_the_task_stands_before_the_first_question(
    kind, tmp_path, monkeypatch, refusal
):
    template = (
        "{% for m in messages %}{% if m['role'] == 'system' %}" + refusal + "{% else %}"
        "[{{ m['role'] }}] {{ m['content'] }} {% endif %}{% endfor %}[assistant]"
    )
    folder = save_tiny_llm(tmp_path / "llm", chat_template=template)
    text = seen(kind, folder, ask("alpha"), monkeypatch)
    expected = "[user] Name the letter.\n\nbeta [assistant] B [user] alpha [assistant]"
    assert text == expected


def test_without_a_template_the_messages_stand_one_after_the_other(kind, tmp_path, monkeypatch):
    folder = save_tiny_llm(tmp_path / "llm", chat_template=None)
    text = seen(kind, folder, ask("alpha"), monkeypatch)
    assert text == "Name the letter.\n\nbeta\n\nB\n\nalpha\n"


def test_models_that_think_aloud_are_asked_not_to(kind, tmp_path, monkeypatch):
    template = (
        "{% for m in messages %}{{ m['content'] }} {% endfor %}"
        "{% if enable_thinking is false %}(no thinking){% endif %}"
    )
    folder = save_tiny_llm(tmp_path / "llm", chat_template=template)
    assert seen(kind, folder, ask("alpha"), monkeypatch).endswith("alpha (no thinking)")


def test_a_conversation_that_the_template_refuses_is_a_failure(kind, tmp_path):
    template = (
        "{% for m in messages %}{% if 'gamma' in m['content'] %}{{ raise_exception('no gamma') }}"
        "{% endif %}{{ m['content'] }}{% endfor %}"
    )
    backend = open_local(kind, save_tiny_llm(tmp_path / "llm", chat_template=template))
    answered, refused = complete(backend, [ask("alpha"), ask("gamma")])
    assert isinstance(answered, Completion)
    assert refused.kind == FailureKind.REFUSED
    assert refused.detail.endswith("no gamma")


# Names, revisions, and models that are not there


def test_a_local_model_is_known_by_its_name_and_a_hash_of_its_files(kind, tiny_llm):
    backend = open_local(kind, tiny_llm)
    assert backend.name == "tiny"
    assert backend.revision == fingerprint(tiny_llm)
    assert open_local(kind, tiny_llm, revision="mine").revision == "mine"


def test_the_hash_changes_with_the_weights_and_the_template_alone(tiny_llm, tmp_path):
    copy = shutil.copytree(tiny_llm, tmp_path / "copy")
    assert fingerprint(copy) == fingerprint(tiny_llm)
    (copy / ".DS_Store").write_text("a view of the folder")
    (copy / "README.md").write_text("read me")
    assert fingerprint(copy) == fingerprint(tiny_llm)
    other = save_tiny_llm(tmp_path / "other", seed=1)
    assert fingerprint(other) != fingerprint(tiny_llm)
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    assert fingerprint(copy) != fingerprint(tiny_llm)


@pytest.mark.parametrize("changed", [0, 5 << 20, (10 << 20) - 1])
def test_the_hash_of_a_large_file_sees_its_beginning_middle_and_end(tmp_path, changed):
    file = tmp_path / "model.gguf"
    content = bytearray(10 << 20)
    file.write_bytes(content)
    before = fingerprint(file)
    start = min(changed, len(content) - 1)
    content[start : start + (1 << 20)] = b"\1" * len(content[start : start + (1 << 20)])
    file.write_bytes(content)
    assert fingerprint(file) != before


def test_without_a_model_the_backend_names_the_setting(kind):
    with pytest.raises(ConfigError, match=rf"llm\.backend {kind} needs llm\.model"):
        open_local(kind, None)


@pytest.mark.parametrize("model", ["/no/such/model", "nobody/has-such-a-model", "/no/such.gguf"])
def test_a_model_that_is_not_there_is_named_with_the_next_step(kind, model, offline):
    with pytest.raises(UnavailableError, match=r"can't be loaded \(.*give llm\.model") as raised:
        open_local(kind, model)
    assert model in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_broken_file_of_a_model_is_an_error_in_words(kind, name, tiny_llm, tmp_path):
    folder = shutil.copytree(tiny_llm, tmp_path / "broken")
    (folder / name).write_bytes(b"not what it was")
    with pytest.raises(UnavailableError, match=r"can't be loaded \(.*give llm\.model"):
        open_local(kind, folder)


def test_a_broken_gguf_file_is_an_error_in_words(tmp_path):
    (tmp_path / "broken.gguf").write_bytes(b"not what it was")
    with pytest.raises(UnavailableError, match=r"can't be loaded \(.*a GGUF file"):
        open_local("transformers", tmp_path / "broken.gguf")


@pytest.mark.parametrize(
    ("kind", "library", "extra"), [("mlx", "mlx_lm", "mlx"), ("transformers", "torch", "llm")]
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    kind, library, extra, tiny_llm, monkeypatch
):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UnavailableError, match=rf"{library}.*pip install 'isco\[{extra}\]'"):
        open_local(kind, tiny_llm)


def test_a_device_that_is_not_there_is_an_error_in_words(tiny_llm):
    settings = configured("transformers", tiny_llm).model_copy(update={"device": "quantum"})
    with pytest.raises(UnavailableError, match=r"check llm\.device"):
        TransformersBackend(settings)


def test_threads_are_handed_on(tiny_llm, monkeypatch):
    given = []
    monkeypatch.setattr("torch.set_num_threads", given.append)
    open_local("transformers", tiny_llm, threads=3)
    assert given == [3]


# A model that knows something


def say(letter):
    """A question that even a small model answers, after one look at the examples."""
    turns = [(Message("user", x), Message("assistant", x)) for x in "ACB"]
    shared = (Message("system", "Repeat the letter."), *(m for turn in turns for m in turn))
    return ask(letter, shared, max_tokens=4)


def test_a_gguf_file_answers_a_question(smollm2, smollm2_gguf):
    question = ask("What is the capital of France?", shared=(), max_tokens=24)
    (answer,) = complete(smollm2, [question])
    assert "Paris" in answer.text
    assert answer.finished
    assert smollm2.name == smollm2_gguf.name
    assert smollm2.revision == fingerprint(smollm2_gguf)


def test_a_gguf_file_prefers_the_right_option(smollm2):
    probabilities = np.exp(logprobs(score(smollm2, [say(letter) for letter in "ABC"], "ABC")))
    # Measured: 0.96 and more for the right one.
    assert (np.diag(probabilities) > 0.9).all()
    assert (probabilities.sum(axis=1) <= 1 + TOLERANCE).all()


def test_both_libraries_give_the_same_probabilities_for_the_same_weights(smollm2, smollm2_folder):
    mlx = open_local("mlx", smollm2_folder)
    ours, theirs = (np.exp(logprobs(score(b, [say("B")], "ABC"))) for b in (mlx, smollm2))
    # Thirty layers of float32 sums in another order; measured: 1.4e-4.
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    greeting = ask("Hi", [Message("system", "Be brief.")], max_tokens=4)
    assert complete(mlx, [greeting]) == complete(smollm2, [greeting])
