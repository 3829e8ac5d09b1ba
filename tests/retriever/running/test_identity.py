"""What a run is: the same whoever runs it, another where rows could differ, and no model opened."""

from dataclasses import replace

import pytest

from isco.core import embedding
from isco.core.config import load_settings
from isco.retriever.factory import open_classifier, read_search_data
from isco.retriever.reading.sharding import Shard
from isco.retriever.running.identity import RunIdentity, digest_of, identify_run
from tests.support.llm_double import LlmDouble
from tests.support.running import make_labelled

pytestmark = pytest.mark.usefixtures("one_model")


@pytest.fixture(scope="module")
def settings(starter):
    return load_settings(environment={}, flags={"data_dir": starter, "llm.backend": "none"})


@pytest.fixture(scope="module")
def data(settings):
    return read_search_data(settings, embedding.model_identity(settings.embedding))


def test_it_is_what_the_classifier_says_of_itself(settings, data):
    classifier = open_classifier(settings, embedding.open_embedder(settings.embedding))
    assert identify_run(settings, data).versions == classifier.versions


def test_with_an_llm_too_and_none_is_loaded(settings, data, monkeypatch):
    def refuse(*_):
        raise AssertionError("a model was loaded")

    with LlmDouble() as server:
        llm = settings.llm.model_copy(update={"backend": "openai", "url": server.url})
        asking = settings.model_copy(update={"llm": llm})
        embedder = embedding.open_embedder(settings.embedding)
        classifier = open_classifier(asking, embedder)
        monkeypatch.setattr(embedding, "open_embedder", refuse)
        identity = identify_run(asking, data)
    assert identity.versions == classifier.versions
    assert identity.asks_llm
    assert identity.reranks
    assert identity.llm == classifier.llm.choice


def test_a_local_llm_is_identified_by_its_files(settings, data, tiny_llm, monkeypatch):
    llm = settings.llm.model_copy(update={"backend": "transformers", "model": str(tiny_llm)})
    asking = settings.model_copy(update={"llm": llm})
    monkeypatch.setattr(
        "isco.retriever.llm.transformers._load", lambda *_: pytest.fail("the model was loaded")
    )
    name = identify_run(asking, data).versions.llm
    assert name is not None
    assert name.startswith(f"{tiny_llm.name}@")


def test_the_mark_tells_formats_shards_and_labelled_ads(settings, data):
    plain = identify_run(settings, data)
    taught = RunIdentity.of(settings, plain.versions, [make_labelled("nurse")])
    marks = {
        plain.mark("jsonl"),
        plain.mark("csv"),
        plain.mark("jsonl", Shard(1, 2)),
        plain.mark("jsonl", Shard(2, 2)),
        taught.mark("jsonl"),
    }
    assert len(marks) == 5
    assert identify_run(settings, data).mark("jsonl") in marks


def test_the_digest_tells_other_ads_and_other_codes_and_nothing_else():
    cook, nurse = make_labelled("kitchen hero", "5120"), make_labelled("ward angel", "2221")
    digest = digest_of([cook, nurse])
    assert digest_of([replace(nurse, learned="2026-12-24T00:00:00+00:00"), cook]) == digest
    others = [(cook,), (cook, replace(nurse, isco_code="2222")), (cook, nurse, nurse)]
    assert len({digest, *map(digest_of, others)}) == 4
    assert digest_of([]) is None
