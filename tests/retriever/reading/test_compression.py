"""Compressed files: every format, what breaks off, what is damaged, what would fill the memory."""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zlib

import pytest
import zstandard

from isco.core.errors import InputError, InputWarning
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.text_files import count_rows, read_ads
from tests.conftest import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:.*titles alone:isco.core.errors.InputWarning")

ROWS = 2000
JSONL = b"".join(
    b'{"id": "%d", "title": "Cook %d", "pay": %d}\n' % (n, n * 7919, n * n) for n in range(ROWS)
)
PACKED = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}  # fmt: skip


@pytest.fixture(params=PACKED)
def kind(request):
    return request.param


def read_until_error(columns, path):
    rows = []
    with pytest.raises(InputError) as raised:
        for row in read_ads(str(path), columns):
            rows.append(row)  # noqa: PERF402
    return rows, str(raised.value)


@pytest.mark.parametrize("name", ["ads.jsonl.{}", "ads.jsonl", "ads"])
def test_a_file_of_each_format_is_read_whatever_its_name_says(read_file, kind, name):
    rows = read_file(name.format(kind), PACKED[kind](JSONL))
    assert [row.id for row in rows] == [str(number) for number in range(ROWS)]


def test_standard_input_is_unpacked_as_well(read, kind):
    assert len(read(PACKED[kind](JSONL))) == ROWS


def test_members_one_after_the_other_are_one_file(read, kind):
    packed = PACKED[kind](JSONL)
    assert len(read(packed + packed)) == 2 * ROWS
    if kind in ("gz", "xz"):
        assert len(read(packed + b"\0" * 512 + packed)) == 2 * ROWS


def test_what_stands_after_the_last_member_is_left_out_and_that_is_said(read, kind):
    with pytest.warns(
        InputWarning, match="what stands after its .* data is none, and was left out"
    ):
        assert len(read(PACKED[kind](JSONL) + b"garbage and more of it")) == ROWS


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_what_stands_before_the_break_comes_and_then_an_error_says_so(
    columns, tmp_path, kind, share
):
    packed = PACKED[kind](JSONL)
    path = tmp_path / f"ads.jsonl.{kind}"
    path.write_bytes(packed[: int(len(packed) * share)])
    rows, said = read_until_error(columns, path)
    assert f"{path}: its" in said
    assert "ended before its end was reached" in said
    assert [row.id for row in rows if isinstance(row, Ad)] == [
        str(number) for number in range(sum(isinstance(row, Ad) for row in rows))
    ]
    if kind in ("gz", "xz"):
        assert len(rows) > ROWS * share * 0.8


def test_the_line_with_which_a_file_breaks_off_is_a_broken_row_that_keeps_its_id(columns, tmp_path):
    path = tmp_path / "ads.csv.gz"
    packer = zlib.compressobj(wbits=31)
    path.write_bytes(packer.compress(b"id,title\n1,Cook\n2,Pastry co") + packer.flush(2))
    rows, _ = read_until_error(columns, path)
    assert [(row.id, type(row)) for row in rows] == [("1", Ad), ("2", BrokenRow)]
    assert rows[1].reason == "line 3 breaks off, and the file with it"


def test_damage_in_the_middle_costs_nothing_that_stands_before_it(columns, tmp_path):
    packed = bytearray(gzip.compress(JSONL))
    packed[-8:-4] = b"\0\0\0\0"  # the checksum
    path = tmp_path / "ads.jsonl.gz"
    path.write_bytes(packed)
    rows, said = read_until_error(columns, path)
    assert len(rows) == ROWS
    assert "its gzip data is damaged" in said


def test_compressed_rows_are_not_counted_beforehand(tmp_path, kind):
    path = tmp_path / f"ads.jsonl.{kind}"
    path.write_bytes(PACKED[kind](JSONL))
    assert count_rows(str(path)) is None


def test_a_package_that_is_missing_is_named_with_its_extra(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(Exception, match=r"needs the extra 'zstd': pip install 'isco\[zstd\]'"):
        read(PACKED["zst"](JSONL))


BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from isco.core.settings import InputSettings
from isco.retriever.reading.text_files import read_ads
for row in read_ads(sys.argv[1], InputSettings()):
    print(row.id, row.reason if hasattr(row, "reason") else row.title)
"""


def packed_spaces(kind, megabytes, before, after):
    """A line of so many megabytes between two others."""
    piece = b" " * (1 << 20)
    if kind == "zst":
        file = io.BytesIO()
        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as writer:
            for part in (before, *[piece] * megabytes, after):
                writer.write(part)
        return file.getvalue()
    packer = zlib.compressobj(1, wbits=31)
    parts = [packer.compress(part) for part in (before, *[piece] * megabytes, after)]
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux has it")
def test_a_line_that_unpacks_to_gigabytes_is_a_broken_row_in_little_memory(tmp_path, kind):
    before = b'{"id": "1", "title": "Cook"}\n{"id": "2", "title": "'
    path = tmp_path / "ads.jsonl"
    path.write_bytes(packed_spaces(kind, 400, before, b'"}\n{"id": "3", "title": "Baker"}\n'))
    assert path.stat().st_size < 2 << 20
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path), str(350 << 20)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "1 Cook", "2 line 2 is longer than 32 MB", "3 Baker",
    ], done.stderr  # fmt: skip
