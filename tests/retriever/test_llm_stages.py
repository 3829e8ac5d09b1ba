"""Which backend is chosen and why; the stages in the pipeline; what is repeated and what is not."""

import json
from dataclasses import replace

import pytest

from isco.core.config import load_settings
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Ad, PredictionPath, Versions
from isco.retriever import llm
from isco.retriever.llm import backend_problem, choose_backend, open_backend
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm.base import Failure, FailureKind
from isco.retriever.llm_stages import find_llm_status, open_stages, stages_of
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.running.identity import RunIdentity
from tests.support.doubles import make_concept, searchers_over
from tests.support.scripted_llm import ScriptedBackend, prefer, question_of

LEAVES = [
    make_concept("1412", "canteen manager"),
    make_concept("5120", "cook", "chef"),
    make_concept("5120", "school cook"),
    make_concept("5131", "waiter"),
    make_concept("7512", "baker", "pastry baker"),
    make_concept("9412", "kitchen helper"),
]
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")
GONE = Failure(FailureKind.UNAVAILABLE, "nobody there")


def llm_settings(**values):
    return load_settings(
        environment={}, flags={f"llm.{name}": value for name, value in values.items()}
    ).llm


# The choice


@pytest.mark.parametrize(
    ("values", "apple", "backend", "why"),
    [
        ({}, False, "none", "neither llm.url nor llm.model"),
        ({"backend": "none", "url": "http://h/v1"}, False, "none", "says so"),
        ({"url": "http://h/v1"}, False, "openai", "llm.url is set"),
        ({"url": "http://h/v1", "model": "m"}, True, "openai", "llm.url is set"),
        ({"model": "m"}, True, "mlx", "Apple silicon"),
        ({"model": "m"}, False, "transformers", "no Apple silicon"),
        ({"model": "m.gguf"}, True, "transformers", "GGUF"),
        ({"backend": "mlx", "model": "m"}, False, "mlx", "names it"),
    ],
    ids=lambda value: str(value),
)
def test_auto_goes_by_configuration_and_hardware_and_says_why(
    monkeypatch, values, apple, backend, why
):
    monkeypatch.setattr(llm.sys, "platform", "darwin" if apple else "linux")
    monkeypatch.setattr(llm.platform, "machine", lambda: "arm64" if apple else "x86_64")
    chosen = choose_backend(llm_settings(**values), has=lambda package: True)
    assert chosen.backend == backend
    assert why in chosen.reason


def test_apple_silicon_without_mlx_is_served_by_transformers(monkeypatch):
    monkeypatch.setattr(llm.sys, "platform", "darwin")
    monkeypatch.setattr(llm.platform, "machine", lambda: "arm64")
    chosen = choose_backend(llm_settings(model="m"), has=lambda package: False)
    assert chosen.backend == "transformers"


def test_no_llm_is_a_normal_state(make_settings):
    settings = make_settings()
    assert open_backend(settings.llm) is None
    stages = open_stages(settings, LEAVES, RuleExtractor(settings.extraction))
    assert (stages.model, stages.prompts, stages.reranker) == (None, None, None)
    assert "neither llm.url nor llm.model" in stages.choice


def test_no_model_is_opened_that_no_stage_would_ask(make_settings):
    settings = make_settings(reranking__when="never", llm__url="http://127.0.0.1:1/v1")
    stages = open_stages(settings, LEAVES, RuleExtractor(settings.extraction))
    assert stages.model is None
    assert find_llm_status(settings).stages == ()
    assert find_llm_status(settings).problem is None


@pytest.mark.parametrize(
    ("values", "has", "problem"),
    [
        ({"backend": "none"}, False, None),
        ({}, False, None),
        ({"backend": "mlx", "model": "m"}, True, None),
        ({"backend": "mlx", "model": "m"}, False, "needs mlx_lm: pip install 'isco[mlx]'"),
        ({"backend": "transformers", "model": "m"}, False, "needs torch and transformers: pip"),
        ({"backend": "transformers"}, True, "has nothing to load: set llm.model"),
        ({"backend": "openai"}, True, "needs llm.url"),
    ],
    ids=lambda value: str(value),
)
def test_what_stands_in_the_way_of_a_model_is_found_without_loading_it(values, has, problem):
    found = backend_problem(llm_settings(**values), has=lambda package: has)
    assert found == problem if problem is None else problem in found


def test_a_backend_whose_library_is_missing_names_the_extra(monkeypatch, make_settings):
    def missing(settings):
        raise ImportError("No module named 'mlx_lm'")

    monkeypatch.setitem(llm._OPENERS, "mlx", missing)
    with pytest.raises(UnavailableError, match=r"pip install 'isco\[mlx\]'"):
        open_backend(make_settings(llm__backend="mlx", llm__model="m").llm)


def test_a_named_backend_without_what_it_needs_is_a_configuration_error(make_settings):
    for backend in ("transformers", "openai"):
        with pytest.raises(ConfigError, match=r"llm\."):
            open_backend(make_settings(llm__backend=backend).llm)


# In the pipeline


def ad(number, title, description="", language="en"):
    return Ad(str(number), title, description, number, number, language=language)


ADS = [
    ad(1, "Head cook for our school", "You will prepare warm meals for 200 children."),
    ad(2, "Piekarz", "Będziesz piec chleb i ciasta w nocy.", language="pl"),
    ad(3, "Canteen manager and cook", "You lead the canteen and its ten cooks."),
    ad(4, "Waiter or kitchen helper", "You help wherever help is needed."),
]
ENGLISH = {"Piekarz": "Bread baker", "Będziesz": "You will bake bread and cakes at night."}


def write(prompt):
    """Translates what is in `ENGLISH`, and extracts from anything else."""
    question = question_of(prompt)
    if prompt.stage == "translation":
        return json.dumps(
            {"translation": next(text for word, text in ENGLISH.items() if word in question)}
        )
    title = question.splitlines()[1]
    return json.dumps(
        {
            "is_job": "help is needed" not in question,
            "title": title.split(" for ")[0].split(" and ")[0],
            "description": question.splitlines()[2],
            "skills": [],
            "seniority": "manager" if "lead" in question else None,
        }
    )


@pytest.fixture
def cache(tmp_path):
    with AnswerCache(tmp_path / "answers.sqlite3") as opened:
        yield opened


@pytest.fixture
def classify(cache):
    opened = {}

    def run(backend, rows=ADS, **values):
        flags = {"search.top": 6, **{name.replace("__", "."): v for name, v in values.items()}}
        settings = load_settings(environment={}, flags=flags)
        searchers = opened.setdefault("one", searchers_over(LEAVES, settings.search))
        rules = RuleExtractor(settings.extraction)
        stages = stages_of(backend, cache, settings, LEAVES, rules)
        classifier = Classifier(searchers, settings, VERSIONS, llm=stages)
        return classifier.classify_batch(rows), classifier

    return run


EVERYTHING = {"translation__when": "always", "extraction__by": "llm"}


def test_all_stages_in_one_run(classify):
    found, classifier = classify(ScriptedBackend(write, prefer("5120")), **EVERYTHING)
    cook, baker, manager, page = found
    assert cook.path == PredictionPath.RERANK
    assert cook.isco_code == "5120"
    assert (baker.profile.title, baker.profile.translated) == ("Bread baker", True)
    assert baker.language == "pl"
    assert manager.profile.seniority == "manager"
    assert (page.path, page.isco_code) == (PredictionPath.NOT_A_JOB, None)
    assert "LLM" in page.reason
    assert {p.versions.llm for p in found} == {"scripted@1"}
    assert "translation 1-" in cook.versions.prompts
    assert "extraction 1-" in cook.versions.prompts
    assert "reranking 1-" in cook.versions.prompts
    assert set(classifier.llm.usage) == {"translation", "extraction", "reranking"}
    assert classifier.llm.usage["translation"].calls == 2


def test_what_reads_like_an_ad_is_no_page_on_the_llms_word_alone(classify):
    text = "Your tasks:\nYou serve guests.\nYour profile:\n3 years of experience required."
    rows = [ad(1, "Waiter", f"help is needed\n{text}")]
    (found,), _ = classify(ScriptedBackend(write, prefer("5131")), rows, **EVERYTHING)
    assert found.path != PredictionPath.NOT_A_JOB
    assert found.isco_code is not None


def test_extra_fields_and_ids_are_the_ads_own(classify):
    rows = [replace(ADS[1], extra={"city": "Łódź"})]
    (found,), _ = classify(ScriptedBackend(write, prefer("7512")), rows, **EVERYTHING)
    assert (found.id, found.extra) == ("2", {"city": "Łódź"})


def test_the_second_run_makes_no_call_and_gives_the_same_rows(classify):
    backend = ScriptedBackend(write, prefer("5120"))
    first, _ = classify(backend, **EVERYTHING)
    asked = len(backend.asked)
    second, classifier = classify(backend, **EVERYTHING)
    assert second == first
    assert len(backend.asked) == asked
    assert all(usage.calls == 0 for usage in classifier.llm.usage.values())
    assert sum(usage.cache_hits for usage in classifier.llm.usage.values()) == asked


def stages_asked(backend):
    return {prompt.stage for prompt in backend.asked}


def test_a_changed_prompt_repeats_its_own_stage_alone_when_its_answers_stay(classify, tmp_path):
    classify(ScriptedBackend(write, prefer("5120")), **EVERYTHING)
    prompt = tmp_path / "mine.yaml"
    prompt.write_text(
        "version: 9\nmax_tokens: 1\ntask: Choose.\nquestion: |\n  {title} {text}\n  {options}\n"
    )
    backend = ScriptedBackend(write, prefer("5120"))
    classify(backend, **EVERYTHING, reranking__prompt=str(prompt))
    assert stages_asked(backend) == {"reranking"}


def test_a_changed_first_stage_repeats_what_comes_after_it_where_it_matters(classify, tmp_path):
    classify(ScriptedBackend(write, prefer("5120")), **EVERYTHING)
    prompt = tmp_path / "mine.yaml"
    prompt.write_text(
        "version: 9\nmax_tokens: 90\ntask: Translate.\nquestion: '{language}: {text}'\n"
    )

    def otherwise(p):
        text = write(p)
        return text.replace("Bread", "Night") if p.stage == "translation" else text

    backend = ScriptedBackend(otherwise, prefer("5120"))
    classify(backend, **EVERYTHING, translation__prompt=str(prompt))
    assert stages_asked(backend) == {"translation", "extraction", "reranking"}
    assert all("aker" in question_of(p) for p in backend.asked if p.stage == "extraction")


def test_another_model_repeats_everything(classify):
    classify(ScriptedBackend(write, prefer("5120")), **EVERYTHING)
    backend = ScriptedBackend(write, prefer("5120"), revision="2")
    found, _ = classify(backend, **EVERYTHING)
    assert stages_asked(backend) == {"translation", "extraction", "reranking"}
    assert found[0].versions.llm == "scripted@2"


def test_when_nobody_answers_every_ad_still_gets_its_row_and_the_rows_say_so(classify):
    backend = ScriptedBackend(lambda prompt: GONE, lambda prompt, labels: GONE)
    found, classifier = classify(backend, **EVERYTHING, llm__give_up_after=None)
    assert [p.id for p in found] == ["1", "2", "3", "4"]
    assert {p.path for p in found} <= {
        PredictionPath.FALLBACK,
        PredictionPath.MAJORITY,
        PredictionPath.UNANIMOUS,
    }
    assert PredictionPath.FALLBACK in {p.path for p in found}
    for prediction in found:
        assert prediction.isco_code is not None
        assert "nobody there" in prediction.profile.extracted_by
    assert "nobody there" in found[1].reason
    assert not found[1].profile.translated
    assert all(u.failures == u.calls for u in classifier.llm.usage.values())


def test_a_dead_server_stops_the_run_rather_than_spoil_the_rest(classify):
    backend = ScriptedBackend(lambda prompt: GONE, lambda prompt, labels: GONE)
    with pytest.raises(UnavailableError, match="run the same command again"):
        classify(backend, **EVERYTHING, llm__give_up_after=2)


def test_translation_waits_for_an_embedding_that_reads_english_alone(classify):
    backend = ScriptedBackend(write, prefer("5120"))
    classify(backend)
    assert stages_asked(backend) == {"reranking"}
    backend = ScriptedBackend(write, prefer("5120"))
    classify(backend, embedding__english_only=True)
    assert stages_asked(backend) == {"translation", "reranking"}


def test_agreement_is_not_put_to_the_llm(classify):
    backend = ScriptedBackend(write, prefer("5120"))
    (found,), _ = classify(backend, ADS[:1], decision__neighbours=1)
    assert found.path == PredictionPath.UNANIMOUS
    assert backend.asked == []


@pytest.mark.parametrize(
    ("below", "target", "asked"), [(1.0, None, True), (0.0001, None, False), (None, 1.0, True)]
)
def test_the_llm_can_be_asked_where_the_answer_is_unsure_instead(classify, below, target, asked):
    backend = ScriptedBackend(write, prefer("5120"))
    values = {"reranking__when": "unsure", "reranking__below": below}
    values |= {"decision__target_accuracy": target, "decision__neighbours": 1}
    (found,), _ = classify(backend, ADS[:1], **values)
    assert bool(backend.asked) == asked
    if asked and target is None:
        assert found.path == PredictionPath.RERANK


def test_a_run_is_not_gone_on_with_under_other_stages(make_settings):
    plain = make_settings()
    versions = VERSIONS
    marks = {
        RunIdentity.of(settings, versions).mark("jsonl")
        for settings in (
            plain,
            make_settings(reranking__weight=1.0),
            make_settings(translation__when="always"),
            make_settings(llm__seed=1),
        )
    }
    assert len(marks) == 4
    other = replace(versions, prompts="reranking 2-abc")
    assert RunIdentity.of(plain, other).mark("jsonl") not in marks
