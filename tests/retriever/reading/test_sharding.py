"""Several processes share the work: disjoint parts, together what one run gives."""

import json
import re
import subprocess
import sys
from itertools import islice

import pytest

from isco.core.config import load_settings
from isco.core.errors import ConfigError
from isco.core.records import Ad, BrokenRow, Versions
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.sharding import Shard
from tests.conftest import ROOT
from tests.support.doubles import make_concept, searchers_over
from tests.support.running import no_report, run_of

CHUNK = 3
LEAVES = [
    make_concept("5120", "cook", "chef"),
    make_concept("7512", "baker"),
    make_concept("2221", "nurse"),
]
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")
TITLES = ["Cook", "Baker", "Nurse", "Head chef", "", "Night nurse"]
# Ads without an id, so that their row stands in, and a row that is none.
ROWS = [
    BrokenRow("8", 8, 8, "line 8 is not JSON")
    if row == 8
    else Ad(str(row), f"{TITLES[row % 6]} {row}", "", row, row, language="en", numbered=True)
    for row in range(1, 21)
]


@pytest.fixture(scope="module")
def settings():
    return load_settings(environment={}, flags={"classify.chunk": CHUNK, "search.top": 2})


@pytest.fixture(scope="module")
def classifier(settings):
    return Classifier(searchers_over(LEAVES, settings.search), settings, VERSIONS)


@pytest.fixture
def run(settings, classifier, tmp_path):
    """Classify one shard of `rows`, or all of them; gives the output's lines."""

    def start(shard=None, kind="jsonl", resume=None, report=no_report, rows=ROWS, name=None):
        output = tmp_path / (name or f"{str(shard).replace('/', '-of-')}.{kind}")
        part = Shard.parse(shard) if shard else None
        run_of(iter(rows), classifier, settings, report, part).to_file(output, kind, resume)
        return output.read_bytes().splitlines(keepends=True)

    return start


def shards(count):
    return [f"{number}/{count}" for number in range(1, count + 1)]


def in_turns(parts):
    """A chunk of the first, one of the second, and so on, until all are through."""
    rest = [iter(part) for part in parts]
    while chunk := [line for part in rest for line in islice(part, CHUNK)]:
        yield from chunk


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8])
def test_shards_are_together_what_one_run_gives_to_the_byte(run, count):
    parts = [run(shard) for shard in shards(count)]
    assert list(in_turns(parts)) == run()
    assert sum(map(len, parts)) == len(ROWS)


@pytest.mark.parametrize("total", range(0, 40))
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_size_of_a_shard_is_known_before(total, count):
    parts = [Shard.parse(shard) for shard in shards(count)]
    rows = [list(part.rows(chunks(range(total), CHUNK))) for part in parts]
    assert [part.size(total, CHUNK) for part in parts] == list(map(len, rows))
    assert sorted(row for part in rows for row in part) == list(range(total))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_shards_of_several_files_are_together_what_one_run_gives(run, count):
    rows = [*ROWS[:7], *ROWS[:1], *ROWS[:8]]
    parts = [run(shard, rows=rows) for shard in shards(count)]
    assert sorted(line for part in parts for line in part) == sorted(run(rows=rows))


def test_no_chunk_of_a_shard_reaches_over_the_end_of_a_file(run):
    rows = [*ROWS[:4], *ROWS[:2], *ROWS[:7]]
    seen = []
    for shard in shards(2):
        run(shard, rows=rows, report=lambda chunk, _: seen.append([row.row for row in chunk]))
    assert sorted(seen) == sorted([[1, 2, 3], [4], [1, 2], [1, 2, 3], [4, 5, 6], [7]])


def test_ids_and_lines_are_those_of_the_whole_input(run):
    rows = [json.loads(line) for line in run("3/4")]
    assert [row["id"] for row in rows] == ["7", "8", "9", "19", "20"]
    assert rows[1]["extra"] == {"line": 8}


def test_a_shard_without_rows_is_an_empty_output(run):
    assert run("8/8") == []
    header = run("8/8", kind="csv")
    assert header == run(kind="csv")[:1]


class StoppedError(Exception):
    pass


def after_the_first_chunk(chunk, predictions):
    raise StoppedError


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_each_shard_is_gone_on_with_by_itself(run, kind, tmp_path):
    whole = {shard: run(shard, kind) for shard in shards(2)}
    for shard in shards(2):
        name = f"broken-{shard[0]}.{kind}"
        with pytest.raises(StoppedError):
            run(shard, kind, report=after_the_first_chunk, name=name)
        assert len((tmp_path / name).read_bytes().splitlines()) == CHUNK + (kind == "csv")
        done = []
        run(shard, kind, report=lambda rows, found, done=done: done.append(found), name=name)
        assert done[0] == ()
        assert (tmp_path / name).read_bytes() == b"".join(whole[shard])


@pytest.mark.parametrize("other", ["2/2", "1/3", None])
def test_what_another_shard_has_begun_is_not_gone_on_with(run, other):
    with pytest.raises(StoppedError):
        run("1/2", report=after_the_first_chunk, name="out.jsonl")
    with pytest.raises(ConfigError, match="begun with another configuration"):
        run(other, resume=True, name="out.jsonl")


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "1/0", "-1/2", "a/b", "1/2/3", "1.5/2"])
def test_what_is_no_shard_is_said(text):
    with pytest.raises(ConfigError, match="--shard"):
        Shard.parse(text)


def test_the_program_of_the_documentation_puts_the_parts_in_the_order_of_the_input(run, tmp_path):
    text = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for shard in shards(3):
        run(shard, name=f"codes-{shard[0]}.jsonl")
    program = program.replace("range(1, 17)", "range(1, 4)").replace("64", str(CHUNK))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout.splitlines(keepends=True) == run()
