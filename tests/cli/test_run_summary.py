"""What isco classify says when it is done."""

import json
from collections import Counter

import pytest

from isco.cli import logs
from isco.cli.run_summary import languages_lacking, summarise
from isco.core.records import PredictionPath, Versions
from isco.core.store import CollectionMetadata
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.run import RunSummary


def taxonomy(language="en", notice=None):
    return CollectionMetadata(
        taxonomy="ESCO", taxonomy_version="v1", language=language, model="m", model_revision="1",
        dimension=2, embedding_options={}, document_template="{label}", source_checksum="0",
        points=1, leaves=1, labels=1, codes=1, notice=notice,
    )  # fmt: skip


@pytest.fixture
def said(make_settings, capsys):
    """What is said of a run, line by line, and its exit status."""

    def run(paths, languages=(), llm=None, prompts=None, usage=(), of=None, resumed=0):
        versions = Versions("ESCO v1 en", "m@1", llm, prompts, "0")
        identity = RunIdentity.of(make_settings(), versions, llm="openai: llm.url is set")
        summary = RunSummary(Counter(paths), Counter(dict(languages)), resumed=resumed)
        status = summarise(summary, identity, dict(usage), of or taxonomy())
        return capsys.readouterr().err.splitlines(), status

    return run


@pytest.mark.parametrize(
    ("found", "languages", "lacking"),
    [
        ({"en": 90, "pl": 10}, ["en"], {"pl": 10}),
        ({"en": 91, "pl": 9}, ["en"], {}),
        ({"en": 381, "pl": 19}, ["en"], {}),
        ({"en": 380, "pl": 20}, ["en"], {"pl": 20}),
        ({"en": 90, "pl": 10}, ["en", "pl"], {}),
        ({"de": 12, "pl": 30, "en": 50}, ["en"], {"pl": 30, "de": 12}),
        ({"pl": 10}, ["en"], {"pl": 10}),
        ({}, ["en"], {}),
        ({"en": 30, "pl": 6, "de": 4}, ["en"], {"pl": 6, "de": 4}),
        ({"en": 31, "pl": 6, "de": 4}, ["en"], {}),
        ({"en": 3, "de": 2, "fr": 1}, ["en"], {"de": 2, "fr": 1}),
        ({"de": 1, "fr": 1}, ["en"], {}),
        (dict.fromkeys("abcdef", 2), ["en"], dict.fromkeys("abcde", 2)),
    ],
)
def test_a_language_is_lacking_where_many_ads_are_in_it_or_in_several_together(
    found, languages, lacking
):
    assert list(languages_lacking(Counter(found), languages).items()) == list(lacking.items())


def test_languages_that_the_taxonomy_lacks_are_said_once_with_the_command_that_mends_it(said):
    lines, status = said({"vote": 100}, {"en": 50, "pl": 30, "de": 20}, of=taxonomy("en,fr"))
    (line,) = [line for line in lines if "lacks" in line]
    assert line.startswith("30 in Polish, 20 in German: the taxonomy lacks that")
    assert "are searched in English" in line
    assert line.endswith("isco ingest --source PATH --language en,fr,pl,de")
    assert status == 0


@pytest.mark.parametrize("languages", [{"en": 100}, {"en": 95, "pl": 5}, {"en": 400, "pl": 15}])
def test_a_few_ads_or_a_small_share_in_another_language_say_nothing(said, languages):
    lines, _ = said({"vote": sum(languages.values())}, languages)
    assert lines == [f"{sum(languages.values())} ads: {sum(languages.values())} vote"]


def test_counts_stand_by_path_and_an_error_sets_the_status(said):
    lines, status = said({"vote": 2, "unanimous": 3, "error": 1}, resumed=4)
    assert lines == [
        "6 ads: 3 unanimous, 2 vote, 1 error",
        "4 of them were done by an earlier run",
    ]
    assert status == 1
    assert said({}) == (["0 ads: none"], 0)


def test_an_llm_is_spoken_of_only_where_one_is_asked(said):
    without, _ = said({"vote": 2})
    assert not any("LLM" in line for line in without)
    usage = {"reranking": StageUsage()}
    lines, _ = said(
        {"rerank": 2, "unanimous": 1}, llm="m@1", prompts="reranking 1-a", usage=usage.items()
    )
    assert "an LLM was asked about 2 ads on which the leaves disagree" in lines
    assert "LLM openai: llm.url is set" in lines
    assert any(line.startswith("reranking") for line in lines)
    lines, _ = said({"vote": 2}, llm="m@1", prompts="translation 1-a")
    assert not any("disagree" in line for line in lines)


def test_the_taxonomy_s_notice_stands_under_results_alone(said):
    of = taxonomy(notice="This uses ESCO.")
    assert said({"vote": 1}, of=of)[0][-1] == "This uses ESCO."
    assert said({}, of=of)[0] == ["0 ads: none"]


def test_machines_are_told_the_languages_too(said):
    with logs.as_json_lines():
        (line,), _ = said({"vote": 100}, {"en": 60, "pl": 40})
    event = json.loads(line)
    assert event["languages"] == {"en": 60, "pl": 40}
    assert event["languages_lacking"] == {"pl": 40}
    assert (event["rows"], event["paths"]) == (100, {PredictionPath.VOTE: 100})
