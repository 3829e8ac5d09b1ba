"""Answers kept: by what made them, over processes, and past a kill."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from isco.core.errors import UnavailableError
from isco.retriever.llm.answer_cache import AnswerCache, key_of
from tests.conftest import ROOT


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "answers.sqlite3"


@pytest.fixture
def cache(path):
    with AnswerCache(path) as opened:
        yield opened


def test_an_answer_is_found_under_its_key_and_no_other(cache):
    cache.put(key_of("extraction", "a"), "extraction", "m@1", {"text": "żółć", "n": 1})
    found = cache.find([key_of("extraction", "a"), key_of("extraction", "b")])
    assert found == {key_of("extraction", "a"): {"text": "żółć", "n": 1}}


def test_keys_differ_where_their_parts_do_and_are_the_same_everywhere():
    assert key_of("a", ["b", 1]) == key_of("a", ["b", 1])
    assert len({key_of("ab", "c"), key_of("a", "bc"), key_of("a", "b", "c"), key_of("abc")}) == 4
    assert key_of("x", {"a": 1, "b": 2}) == key_of("x", {"b": 2, "a": 1})


def test_many_keys_are_found_in_one_call(cache):
    keys = [key_of(n) for n in range(1201)]
    for n, key in enumerate(keys):
        cache.put(key, "s", "m", n)
    assert cache.find(keys) == dict(zip(keys, range(1201), strict=True))


def test_answers_outlast_the_process_that_put_them(path):
    with AnswerCache(path) as first:
        first.put(key_of("a"), "s", "m", "kept")
    with AnswerCache(path) as second:
        assert second.find([key_of("a")]) == {key_of("a"): "kept"}


def test_what_was_put_before_a_kill_is_there_after_it(path):
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from isco.retriever.llm.answer_cache import AnswerCache, key_of\n"
        "cache = AnswerCache(Path(sys.argv[1]))\n"
        "cache.put(key_of('a'), 's', 'm', 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with AnswerCache(path) as cache:
        assert cache.find([key_of("a")]) == {key_of("a"): 1}


def test_several_processes_write_at_once_and_nothing_is_lost(path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from isco.retriever.llm.answer_cache import AnswerCache, key_of\n"
        "with AnswerCache(Path(sys.argv[1])) as cache:\n"
        "    for n in range(50):\n"
        "        cache.put(key_of(sys.argv[2], n), 's', 'm', n)\n"
        "        cache.count('s', 1, 2)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(worker)], cwd=ROOT)
        for worker in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    with AnswerCache(path) as cache:
        (stage,) = cache.stages()
    assert (stage.answers, stage.hits, stage.misses) == (150, 150, 300)


def test_threads_share_one_cache(cache):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: cache.put(key_of(n), "s", "m", n), range(200)))
    assert cache.stages()[0].answers == 200


def test_stages_say_how_much_is_kept_and_how_often_it_was_of_use(cache):
    cache.put(key_of("a"), "reranking", "m", "four")
    cache.count("reranking", 3, 1)
    cache.count("translation", 0, 2)
    reranking, translation = cache.stages()
    assert (reranking.stage, reranking.answers, reranking.characters) == ("reranking", 1, 6)
    assert reranking.hit_rate == 0.75
    assert (translation.stage, translation.answers, translation.hit_rate) == ("translation", 0, 0)
    assert reranking.as_dict()["hit_rate"] == 0.75


def test_clearing_a_stage_leaves_the_others(cache):
    for stage in ("extraction", "reranking"):
        cache.put(key_of(stage), stage, "m", 1)
        cache.count(stage, 1, 1)
    assert cache.clear("extraction") == 1
    assert [stage.stage for stage in cache.stages()] == ["reranking"]
    assert cache.clear() == 1
    assert cache.stages() == []


def test_a_file_that_is_no_database_is_said_in_words(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all, but long enough to look at" * 50)
    with pytest.raises(UnavailableError, match="the file of models' answers"):
        AnswerCache(path)


def test_a_folder_that_can_not_be_made_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="make room or move"):
        AnswerCache(tmp_path / "file" / "answers.sqlite3")


def test_a_full_disk_is_said_in_words_and_loses_nothing(cache):
    cache.put(key_of("a"), "s", "m", 1)
    with cache._file.writing() as database:
        database.execute("PRAGMA max_page_count = 12")
    with pytest.raises(UnavailableError, match="full"):
        cache.put(key_of("b"), "s", "m", "x" * 100_000)
    assert cache.find([key_of("a"), key_of("b")]) == {key_of("a"): 1}
