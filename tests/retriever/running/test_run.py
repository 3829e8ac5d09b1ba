"""Whole runs: order, chunks, and going on with what a killed run left behind."""

import errno
import json
import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.errors import ConfigError, InputError, UnavailableError
from isco.core.records import Ad, BrokenRow, Versions
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.inputs import chunks
from isco.retriever.running.executors import Inline
from isco.retriever.running.writers import JsonLines, TextWriter
from tests.support.doubles import HashingEmbedder, make_concept, searchers_over
from tests.support.running import make_labelled, no_report, run_of

LEAVES = [
    make_concept("5120", "cook", "chef"),
    make_concept("7512", "baker", "pastry baker"),
    make_concept("8332", "truck driver", "lorry driver"),
    make_concept("2221", "nurse", "ward nurse"),
    make_concept("0110", "army officer"),
]
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")
CHUNK = 4


def _ad(row, title, description="", **extra):
    return Ad(f"ad-{row}", title, description, row, row, language="en", extra=extra)


ROWS = [
    _ad(1, "Cook (m/f/d)", "You will cook lunch for a school."),
    _ad(2, "Pastry baker", "You will bake bread, cakes and rolls."),
    BrokenRow("3", 3, 3, "line 3 is not JSON: it ends too soon"),
    _ad(4, "Truck driver", "You will drive a truck at night.", city="Linz\nAustria", pay=12.5),
    _ad(5, "Just a moment...", "Verify you are a human."),
    _ad(6, "Nurse", "You will care for the patients of one ward.", tags=["a", {"b": "ü 厨"}]),
    _ad(7, "Army officer", "You will lead a platoon of thirty."),
    _ad(8, "Chef", ""),
    _ad(9, "", ""),
    _ad(10, "Lorry driver", "You will deliver groceries."),
    replace(_ad(11, "Ward nurse"), id='x "11", y'),
    BrokenRow("12", 12, 12, "line 12 is not UTF-8"),
    _ad(13, "Baker", "You will bake at night."),
    _ad(14, "Cook", "You will cook for guests."),
    replace(_ad(15, "Driver", "You will drive a bus."), id="fifteen\nlines"),
]
PATHS = {"error": 2, "not_a_job": 2}


def _classifier(settings, embedder=None, versions=VERSIONS):
    return Classifier(searchers_over(LEAVES, settings.search, embedder), settings, versions)


@pytest.fixture(scope="module")
def settings():
    flags = {"classify.chunk": CHUNK, "search.top": 2}
    return load_settings(environment={}, flags=flags)


@pytest.fixture(scope="module")
def loaded(settings):
    """An embedder and a classifier on it, loaded once."""
    embedder = HashingEmbedder()
    return embedder, _classifier(settings, embedder)


@pytest.fixture
def embedder(loaded):
    """The embedder that has not been asked anything yet."""
    loaded[0].asked.clear()
    return loaded[0]


@pytest.fixture
def classifier(loaded):
    return loaded[1]


class KilledError(Exception):
    """Ends a run from outside."""


def _killed_after(count):
    """A report that ends the run once `count` rows are done."""
    done = 0

    def report(chunk, predictions):
        nonlocal done
        done += len(chunk)
        if done >= count:
            raise KilledError

    return report


@pytest.fixture
def run(settings, classifier, tmp_path):
    """Runs `rows` into a file; keywords change one thing of the usual run."""

    def start(kind="jsonl", resume=None, rows=ROWS, report=no_report, **others):
        job = run_of(
            iter(rows),
            others.get("classifier", classifier),
            others.get("settings", settings),
            report,
            labelled=others.get("labelled", ()),
            executor=others.get("executor"),
        )
        return job.to_file(others.get("output", tmp_path / f"out.{kind}"), kind, resume)

    return start


@pytest.fixture
def unbroken(run, embedder, tmp_path):
    """What a run that nothing interrupts writes; neither file nor count is left of it."""

    def content(kind="jsonl"):
        output = tmp_path / f"unbroken.{kind}"
        run(kind, output=output)
        embedder.asked.clear()
        return output.read_bytes()

    return content


def _unfinished(output):
    return output.with_name(f"{output.name}.unfinished")


def _ids(content):
    return [json.loads(line)["id"] for line in content.splitlines()]


class Remembered:
    """A classifier that computes each chunk once and tells which chunks were asked for.

    A cut at every byte would else compute the same few chunks thousands of times.
    """

    def __init__(self, classifier):
        self._classifier = classifier
        self._known = {}
        self.versions = classifier.versions
        self.asked = []

    def classify_batch(self, rows):
        ids = tuple(row.id for row in rows)
        self.asked.append(ids)
        if ids not in self._known:
            self._known[ids] = self._classifier.classify_batch(rows)
        return self._known[ids]


# Few ads, so that there are fewer bytes to cut at.
SHORT_ROWS = [
    *ROWS[:3],
    *(BrokenRow(str(row), row, row, "not JSON") for row in range(4, 13)),
    *ROWS[12:],
]


@pytest.fixture
def quick_path(tmp_path):
    """A folder in memory where there is one: thousands of small files take long on a disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_output_cut_off_anywhere_is_completed_to_the_byte_without_doing_whole_chunks_again(
    run, make_settings, quick_path, kind
):
    settings = make_settings(classify__chunk=CHUNK, search__top=1)
    remembered = Remembered(_classifier(settings))
    output = quick_path / f"out.{kind}"
    chunk_ids = [tuple(row.id for row in chunk) for chunk in chunks(SHORT_ROWS, CHUNK)]

    def go_on():
        remembered.asked.clear()
        return run(kind, True, SHORT_ROWS, classifier=remembered, settings=settings, output=output)

    go_on()
    whole = output.read_bytes()
    assert len(whole.splitlines()) == len(SHORT_ROWS) + (kind == "csv")
    for length in _cuts(whole):
        output.write_bytes(whole[:length])
        summary = go_on()
        records = max(0, whole[:length].count(b"\n") - (kind == "csv"))
        whole_chunks = len(chunk_ids) if records == len(SHORT_ROWS) else records // CHUNK
        # In CSV nothing but the first chunk, made again, says what made it.
        again = chunk_ids[: kind == "csv" and whole_chunks > 0]
        assert output.read_bytes() == whole, length
        # Threads take them in any order.
        assert Counter(remembered.asked) == Counter(again + chunk_ids[whole_chunks:]), length
        assert summary.resumed == min(whole_chunks * CHUNK, len(SHORT_ROWS)), length
        assert summary.rows == len(SHORT_ROWS), length
    assert not _unfinished(output).exists()


def _cuts(content):
    """Every seventh length of `content` from none to all, and those around the end of each line."""
    ends = [place + 1 for place, byte in enumerate(content) if byte == ord("\n")]
    around = {end + by for end in ends for by in (-2, -1, 0, 1)}
    return sorted(
        {*range(0, len(content) + 1, 7), *around, len(content)} & {*range(len(content) + 1)}
    )


@pytest.mark.parametrize("records", [0, 3, 4, 5, 8, 14])
def test_the_ads_of_finished_chunks_are_not_embedded_again(
    run, embedder, unbroken, tmp_path, records
):
    whole = unbroken()
    run(output=tmp_path / "other.jsonl", rows=ROWS[records // CHUNK * CHUNK :])
    needed = Counter(map(str, embedder.asked))
    embedder.asked.clear()
    output = tmp_path / "out.jsonl"
    output.write_bytes(b"".join(whole.splitlines(keepends=True)[:records]))
    run(resume=True)
    assert output.read_bytes() == whole
    assert Counter(map(str, embedder.asked)) == needed


@pytest.mark.parametrize("records", [8, 14, 15])
def test_an_unfinished_last_line_longer_than_all_that_follows_is_gone_afterwards(
    run, unbroken, tmp_path, records
):
    output = tmp_path / "out.jsonl"
    whole = unbroken()
    begun = b"".join(whole.splitlines(keepends=True)[:records])
    output.write_bytes(begun + b'{"id": "' + b"x" * 20_000)
    run(resume=True)
    assert output.read_bytes() == whole


@pytest.mark.parametrize("resume", [True, None])
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_killed_run_leaves_a_mark_and_is_gone_on_with(
    run, embedder, unbroken, tmp_path, kind, resume
):
    whole, output = unbroken(kind), tmp_path / f"out.{kind}"
    with pytest.raises(KilledError):
        run(kind, report=_killed_after(8))
    assert _unfinished(output).exists()
    assert whole.startswith(output.read_bytes())
    embedder.asked.clear()
    summary = run(kind, resume)
    assert output.read_bytes() == whole
    assert summary.resumed == 8
    assert not any("truck" in text.lower() for text in embedder.asked)
    assert not _unfinished(output).exists()


def test_a_run_may_be_killed_and_gone_on_with_again_and_again(run, unbroken, tmp_path):
    for _ in range(4):
        with pytest.raises(KilledError):
            run(report=_killed_after(CHUNK))
        (tmp_path / "out.jsonl").write_bytes((tmp_path / "out.jsonl").read_bytes()[:-1])
    run()
    assert (tmp_path / "out.jsonl").read_bytes() == unbroken()


def test_without_being_asked_a_finished_output_is_made_anew(run, embedder):
    run()
    first = Counter(map(str, embedder.asked))
    embedder.asked.clear()
    assert run().resumed == 0
    assert Counter(map(str, embedder.asked)) == first


def test_a_complete_output_is_gone_on_with_by_computing_nothing(run, embedder, tmp_path):
    expected = run().paths
    content = (tmp_path / "out.jsonl").read_bytes()
    embedder.asked.clear()
    summary = run(resume=True)
    assert (embedder.asked, summary.resumed, summary.paths) == ([], len(ROWS), expected)
    assert (tmp_path / "out.jsonl").read_bytes() == content


def test_no_resume_starts_over(run, embedder, unbroken, tmp_path):
    whole = unbroken()
    with pytest.raises(KilledError):
        run(report=_killed_after(8))
    embedder.asked.clear()
    assert run(resume=False).resumed == 0
    assert (tmp_path / "out.jsonl").read_bytes() == whole
    assert any("truck" in text.lower() for text in embedder.asked)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_finished_output_of_another_input_stays_until_no_resume_is_asked_for(run, tmp_path, kind):
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    output = tmp_path / f"codes.{kind}"
    run(kind, output=output)
    before = output.read_bytes()
    others = [_ad(100 + row, "Nurse") for row in range(3)]
    with pytest.raises(ConfigError, match="finished predictions of another input"):
        run(kind, rows=others, output=output)
    assert output.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [output.name]
    run(kind, resume=False, rows=others, output=output)
    assert output.read_bytes() != before


@pytest.mark.parametrize("content", [b"id,name\n1,mine\n", b'{"mine": 1}\n', b"\x00\x01\n"])
def test_a_file_that_is_somebody_s_own_is_not_overwritten_unasked(run, tmp_path, content):
    for kind in ("jsonl", "csv"):
        output = tmp_path / f"mine.{kind}"
        output.write_bytes(content)
        with pytest.raises(ConfigError, match="no output of isco classify"):
            run(kind, output=output)
        assert output.read_bytes() == content


def test_an_output_that_is_no_file_has_nothing_beside_it(run, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(output=pipe).rows == len(ROWS)
    finally:
        os.close(reader)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("content", [b"hello\n", b'{"id": "1"}\n', b"\xff\xfe\n", b""])
def test_no_resume_writes_over_whatever_is_there(run, unbroken, tmp_path, content):
    output = tmp_path / "out.jsonl"
    output.write_bytes(content)
    run(resume=False)
    assert output.read_bytes() == unbroken()


def test_resume_without_an_output_begins_one(run, unbroken, tmp_path):
    assert run(resume=True).resumed == 0
    assert (tmp_path / "out.jsonl").read_bytes() == unbroken()


def test_an_input_that_has_grown_is_gone_on_with(run, unbroken, tmp_path):
    run(rows=ROWS[:10])
    summary = run(resume=True)
    assert summary.resumed == 8
    assert (tmp_path / "out.jsonl").read_bytes() == unbroken()


OTHER_INPUTS = {
    "another order": [ROWS[1], ROWS[0], *ROWS[2:]],
    "other ids in the last chunk": [*ROWS[:-1], _ad(99, "Cook")],
    "one row less": ROWS[:-1],
    "fewer chunks": ROWS[:5],
    "no rows": [],
}


@pytest.mark.parametrize(
    ("name", "records"),
    [
        *((name, len(ROWS)) for name in OTHER_INPUTS),
        ("another order", 13),
        ("fewer chunks", 13),
        ("no rows", 13),
    ],
)
def test_another_input_is_an_error_and_the_output_stays_as_it_was(
    run, unbroken, tmp_path, name, records
):
    output = tmp_path / "out.jsonl"
    whole_records = unbroken().splitlines(keepends=True)[:records]
    content = b"".join(whole_records) + b'{"id": "cut'
    output.write_bytes(content)
    with pytest.raises(ConfigError, match=r"out\.jsonl.*input"):
        run(resume=True, rows=OTHER_INPUTS[name])
    assert output.read_bytes() == content
    assert not _unfinished(output).exists()


@pytest.mark.parametrize("resume", [True, None])
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_other_versions_do_not_go_on_with_the_output(run, settings, tmp_path, kind, resume):
    with pytest.raises(KilledError):
        run(kind, report=_killed_after(8))
    output = tmp_path / f"out.{kind}"
    content, now = output.read_bytes(), replace(VERSIONS, taxonomy="test-2")
    other = _classifier(settings, versions=now)
    if resume:
        with pytest.raises(ConfigError, match=r"another configuration.*--no-resume"):
            run(kind, resume, classifier=other)
        assert output.read_bytes() == content
        _unfinished(output).unlink()
        if kind == "jsonl":
            with pytest.raises(ConfigError, match=r"taxonomy: test-1 → test-2\); use --no-resume"):
                run(kind, resume, classifier=other)
        assert output.read_bytes() == content
    else:
        assert run(kind, resume, classifier=other).resumed == 0
        assert b"test-1" not in output.read_bytes()


def test_what_has_been_learned_since_does_not_go_on_with_the_output(run, settings, tmp_path):
    with pytest.raises(KilledError):
        run(report=_killed_after(8))
    output = tmp_path / "out.jsonl"
    content = output.read_bytes()
    taught = [make_labelled("of an ad that was learned")]
    with pytest.raises(ConfigError, match=r"another configuration.*--no-resume"):
        run(resume=True, labelled=taught)
    assert output.read_bytes() == content
    assert run(labelled=taught).resumed == 0


@pytest.mark.parametrize(
    "change",
    [{"decision__neighbours": 1}, {"classify__chunk": 5}, {"extraction__max_characters": 60}],
)
def test_another_configuration_does_not_go_on_with_the_output(run, make_settings, tmp_path, change):
    with pytest.raises(KilledError):
        run(report=_killed_after(8))
    output = tmp_path / "out.jsonl"
    content = output.read_bytes()
    other = make_settings(**({"classify__chunk": CHUNK, "search__top": 2} | change))
    with pytest.raises(ConfigError, match=r"another configuration: use that one, or --no-resume"):
        run(resume=True, settings=other)
    assert output.read_bytes() == content
    assert run(settings=other).resumed == 0


def test_settings_that_do_not_change_predictions_do_not_stop_a_resume(
    run, make_settings, unbroken, tmp_path
):
    with pytest.raises(KilledError):
        run(report=_killed_after(8))
    other = make_settings(classify__chunk=CHUNK, search__top=2, qdrant__timeout=7)
    assert run(resume=True, settings=other).resumed == 8
    assert (tmp_path / "out.jsonl").read_bytes() == unbroken()


FOREIGN = [
    ("jsonl", b"hello\nworld\n"),
    ("jsonl", b"hello"),
    ("jsonl", b'[{"title": "Cook"}]'),
    ("jsonl", b'{"title": "Cook"}\n'),
    ("jsonl", b'{"id": "1", "title": "Cook"}\n'),
    ("jsonl", b"\x89PNG\r\n\x1a\n\0\0"),
    ("csv", b"id,title\n1,Cook\n"),
    ("csv", b"hello"),
    ("csv", b'{"id": "1"}\n'),
]


@pytest.mark.parametrize(("kind", "content"), FOREIGN)
def test_a_file_that_is_no_output_is_an_error_and_stays_as_it_was(run, tmp_path, kind, content):
    output = tmp_path / f"out.{kind}"
    output.write_bytes(content)
    with pytest.raises(ConfigError, match="can't resume it"):
        run(kind, resume=True)
    assert output.read_bytes() == content
    assert not _unfinished(output).exists()


def test_a_csv_file_with_foreign_rows_below_the_right_header_stays_as_it_was(
    run, unbroken, tmp_path
):
    output = tmp_path / "out.csv"
    content = unbroken("csv").splitlines(keepends=True)[0] + b"1,2,3\n"
    output.write_bytes(content)
    with pytest.raises(ConfigError, match=r"record 1 is no prediction \(3 cells instead of 20\)"):
        run("csv", resume=True)
    assert output.read_bytes() == content


@pytest.mark.parametrize("size", [1, 5, 100])
def test_the_output_is_the_same_and_in_the_order_of_the_input_for_any_chunk_size(
    run, make_settings, unbroken, tmp_path, size
):
    run(settings=make_settings(classify__chunk=size, search__top=2))
    content = (tmp_path / "out.jsonl").read_bytes()
    assert _ids(content) == [row.id for row in ROWS]
    assert content == unbroken()


def test_rows_are_counted_by_path(run):
    summary = run()
    assert summary.rows == len(ROWS)
    assert summary.errors == 2
    assert {path: summary.paths[path] for path in PATHS} == PATHS
    assert summary.disagreed == summary.paths["vote"]


def test_the_report_gets_every_row_in_order_and_predictions_only_for_new_ones(
    run, unbroken, tmp_path
):
    lines = unbroken().splitlines(keepends=True)
    (tmp_path / "out.jsonl").write_bytes(b"".join(lines[:9]))
    seen = []
    run(resume=True, report=lambda chunk, predictions: seen.append((len(chunk), len(predictions))))
    assert seen == [(4, 0), (4, 0), (4, 4), (3, 3)]


class _Collecting:
    def __init__(self):
        self.batches = []

    def write(self, predictions):
        self.batches.append([prediction.id for prediction in predictions])

    def close(self):
        self.batches.append("closed")


def test_a_stream_gets_a_chunk_at_a_time_and_stays_open(classifier, settings):
    writer = _Collecting()
    summary = run_of(ROWS, classifier, settings).to_stream(writer)
    assert writer.batches == [[row.id for row in chunk] for chunk in chunks(ROWS, CHUNK)]
    assert summary.rows == len(ROWS)


def test_no_rows_make_an_empty_output(run, tmp_path):
    assert run(rows=[]).rows == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_rows_are_read_no_further_than_the_chunk_after_the_one_in_hand(run):
    read = []

    def rows():
        for row in ROWS:
            read.append(row.id)
            yield row

    with pytest.raises(KilledError):
        run(rows=rows(), report=_killed_after(CHUNK))
    assert len(read) == 2 * CHUNK


def test_what_is_fed_chunk_by_chunk_is_answered_before_the_next_chunk_is_asked_for(
    run, classifier, tmp_path
):
    output, written = tmp_path / "out.jsonl", []

    def rows():
        for number, row in enumerate(ROWS):
            if number % CHUNK == 0 and number:
                written.append(len(output.read_bytes().splitlines()))
            yield row

    run(rows=rows(), executor=Inline(classifier.classify_batch))
    assert written == list(range(CHUNK, len(ROWS), CHUNK))


class _Full:
    def __init__(self, room):
        self.room = room

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def flush(self):
        pass


@pytest.mark.parametrize("room", [0, 3000])
def test_a_stream_that_is_full_ends_the_run_with_an_error_that_says_so(classifier, settings, room):
    writer = TextWriter(_Full(room), JsonLines())
    with pytest.raises(UnavailableError, match="can't write the output: No space left on device"):
        run_of(ROWS, classifier, settings).to_stream(writer)


def test_a_full_disk_ends_the_run_with_an_error_that_says_so(run, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here: not checked what a full disk does to a file")
    output = tmp_path / "out.jsonl"
    output.symlink_to("/dev/full")
    with pytest.raises(UnavailableError, match=r"can't write .*No space left on device"):
        run(output=output)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_folder_that_is_not_there_is_an_error_that_names_the_output(run, tmp_path, kind):
    with pytest.raises(UnavailableError, match=r"can't write .*none.*out.*No such file"):
        run(kind, output=tmp_path / "none" / f"out.{kind}")


def test_all_that_is_read_before_an_input_breaks_off_is_there_and_can_be_gone_on_with(
    run, unbroken, tmp_path
):
    def breaking():
        yield from ROWS[:6]
        raise InputError("can't read the rest")

    with pytest.raises(InputError):
        run(rows=breaking())
    assert _ids((tmp_path / "out.jsonl").read_bytes()) == [row.id for row in ROWS[:6]]
    assert (tmp_path / "out.jsonl.unfinished").exists()
    assert run().resumed == 4
    assert (tmp_path / "out.jsonl").read_bytes() == unbroken()


def test_parquet_holds_every_row_in_order(run, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert run("parquet").rows == len(ROWS)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column("id").to_pylist() == [row.id for row in ROWS]


def test_parquet_can_not_be_resumed_and_the_error_names_what_can(run):
    with pytest.raises(ConfigError, match="use JSONL or CSV"):
        run("parquet", resume=True)
