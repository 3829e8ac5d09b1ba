"""Classify in worker processes: the same rows, and what happens when one is lost."""

import os
import subprocess
import sys

import psutil
import pytest

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Ad, BrokenRow
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.pipeline import Classifier
from isco.retriever.running.process_pool import with_workers
from tests.conftest import ROOT

ROWS = [
    *(Ad(str(n), f"Nurse of ward {n}", "You will care for patients.", n, n) for n in range(1, 8)),
    BrokenRow("8", 8, 8, "line 8 is no JSON"),
    Ad("9", "Just a moment...", "Verify you are a human.", 9, 9),
    Ad("10", "Lkw-Fahrer (m/w/d)", "Sie liefern Waren aus.", 10, 10),
]
CHUNKS = [ROWS[start : start + 3] for start in range(0, len(ROWS), 3)]


def _workers_of(pid):
    children = psutil.Process(pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.fixture(scope="module")
def settings(starter):
    flags = {"data_dir": starter, "classify.workers": 2, "llm.backend": "none"}
    return load_settings(environment={}, flags=flags)


@pytest.fixture(scope="module")
def opened(settings):
    embedder = open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    return make_classifier(data, settings, embedder), data


def test_workers_give_the_rows_of_one_process_in_the_same_order(opened, settings):
    classifier, data = opened
    expected = list(classifier.classify_chunks(CHUNKS))
    with with_workers(classifier, data, settings) as working:
        assert list(working.classify_chunks(CHUNKS)) == expected


def test_what_stands_before_an_error_in_reading_is_still_classified(opened, settings):
    classifier, data = opened

    def chunks():
        yield from CHUNKS[:3]
        raise ValueError("broken after three")

    found = []
    with (
        with_workers(classifier, data, settings) as working,
        pytest.raises(ValueError, match="broken after three"),
    ):
        found.extend(working.classify_chunks(chunks()))
    assert found == list(classifier.classify_chunks(CHUNKS[:3]))


def test_a_worker_that_is_killed_ends_the_run_with_what_to_do(opened, settings):
    classifier, data = opened
    with with_workers(classifier, data, settings) as working:
        results = working.classify_chunks(CHUNKS * 10)
        next(results)
        for worker in _workers_of(os.getpid()):
            worker.kill()
        with pytest.raises(UnavailableError, match="run the same command again to go on"):
            list(results)


def test_workers_end_with_a_run_that_is_killed(starter):
    script = (
        "import sys\n"
        "from isco.config import load_settings\n"
        "from isco.embedding import open_embedder\n"
        "from isco.records import Ad\n"
        "from retriever.opening import make_classifier, read_search_data\n"
        "from retriever.workers import with_workers\n"
        "flags = {'data_dir': sys.argv[1], 'classify.workers': 2, 'llm.backend': 'none'}\n"
        "settings = load_settings(environment={}, flags=flags)\n"
        "embedder = open_embedder(settings.embedding)\n"
        "data = read_search_data(settings, embedder)\n"
        "classifier = make_classifier(data, settings, embedder)\n"
        "with with_workers(classifier, data, settings) as working:\n"
        "    ads = [Ad('1', 'Nurse', '', 1, 1), Ad('2', 'Cook', '', 2, 2)]\n"
        "    list(working.classify_chunks([ads]))\n"
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


def test_without_the_setting_the_classifier_itself_does_the_work(opened, settings):
    classifier, data = opened
    alone = settings.model_copy(
        update={"classify": settings.classify.model_copy(update={"workers": None})}
    )
    with with_workers(classifier, data, alone) as working:
        assert working is classifier


def test_work_that_asks_or_tells_somebody_is_refused(opened, settings):
    _, data = opened

    class Telling(Classifier):
        stateless = False

        def __init__(self, inner):
            vars(self).update(vars(inner))

    with (
        pytest.raises(ConfigError, match=r"classify\.workers.*llm\.concurrency"),
        with_workers(Telling(opened[0]), data, settings),
    ):
        pass
