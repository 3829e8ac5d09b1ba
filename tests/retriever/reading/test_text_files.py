"""Reading ads: formats, columns, and what becomes of rows and files that are no ads."""

import gzip
import io
import json
from pathlib import Path

import pytest

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.text_files import count_rows, read_ads

JSONL = b'{"id": "a", "title": "Cook", "description": "Cooks."}\n{"id": "b", "title": "Baker"}\n'
CSV = b"id,title,description\na,Cook,Cooks.\nb,Baker,\n"
SEMICOLONS = CSV.replace(b",", b";")
TABS = CSV.replace(b",", b"\t")

# Most of these files have titles alone, which is told.
pytestmark = pytest.mark.filterwarnings("ignore::isco.core.errors.InputWarning")


def _essence(rows):
    return [(row.id, row.title, row.description) for row in rows]


TWO_ADS = [("a", "Cook", "Cooks."), ("b", "Baker", "")]

FILES = [
    ("ads.jsonl", JSONL),
    ("ads.ndjson", JSONL),
    ("ADS.JSONL", JSONL),
    ("ads.csv", CSV),
    ("ads.csv", SEMICOLONS),
    ("ads.csv", CSV.replace(b",", b"|")),
    ("ads.csv", CSV.replace(b"\n", b"\r\n")),
    ("ads.tsv", TABS),
    ("ads", JSONL),
    ("ads.txt", CSV),
    ("ads.dat", TABS),
]


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_file_of_each_format_gives_its_ads_in_order(read_file, name, content):
    assert _essence(read_file(name, content)) == TWO_ADS


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_compressed_file_gives_the_same_ads(read_file, name, content):
    assert _essence(read_file(f"{name}.gz", gzip.compress(content))) == TWO_ADS


def test_compression_is_seen_whatever_the_name_says(read_file):
    assert _essence(read_file("ads.jsonl", gzip.compress(JSONL))) == TWO_ADS


@pytest.mark.parametrize("content", [JSONL, CSV, SEMICOLONS, TABS])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_standard_input_gives_its_ads_without_being_told_the_format(read, content, pack):
    assert _essence(read(pack(content))) == TWO_ADS


@pytest.mark.parametrize(
    "content",
    [JSONL, CSV, gzip.compress(JSONL), gzip.compress(CSV)],
    ids=["JSONL", "CSV", "gzipped JSONL", "gzipped CSV"],
)
def test_the_stream_that_was_given_stays_open(columns, content):
    stream = io.BytesIO(content)
    assert len(list(read_ads("-", columns, stream))) == 2
    assert not stream.closed


@pytest.mark.parametrize("content", [JSONL, CSV])
def test_the_stream_that_was_given_stays_open_when_reading_stops_early(columns, content):
    stream = io.BytesIO(content)
    rows = read_ads("-", columns, stream)
    next(rows)
    rows.close()
    assert not stream.closed


@pytest.mark.parametrize("content", [JSONL, CSV])
def test_a_byte_order_mark_is_no_part_of_the_first_field(read, content):
    assert _essence(read(b"\xef\xbb\xbf" + content)) == TWO_ADS


def test_blank_lines_of_jsonl_count_as_lines_but_not_as_rows(read):
    rows = read(b'\n{"title": "Cook"}\n  \n\n{"title": "Baker"}\n\n')
    assert [(row.title, row.row, row.line) for row in rows] == [("Cook", 1, 2), ("Baker", 2, 5)]


def test_blank_lines_of_csv_count_as_lines_but_not_as_rows(read):
    rows = read(b"title,description\n\nCook,\n,\nBaker,\n")
    assert [(row.title, row.row, row.line) for row in rows] == [("Cook", 1, 3), ("Baker", 2, 5)]


def test_a_csv_cell_over_several_lines_stays_one_text_and_later_lines_keep_their_number(read):
    rows = read(b'title,description\nCook,"one\ntwo, ""three"""\nBaker,\n')
    assert [(row.description, row.line) for row in rows] == [('one\ntwo, "three"', 2), ("", 4)]


def test_a_last_line_without_a_newline_is_a_row(read):
    assert _essence(read(JSONL.rstrip())) == TWO_ADS
    assert _essence(read(CSV.rstrip(b",\n"))) == TWO_ADS


@pytest.mark.parametrize(
    "given",
    ["", '"id": "", ', '"id": " ", ', '"id": null, ', '"id": [], ', '"id": NaN, ',
     '"id": "NA", '],
)  # fmt: skip
def test_without_a_usable_id_the_row_number_stands_in(read, given):
    line = f'{{{given}"title": "Cook"}}\n'.encode()
    assert [row.id for row in read(line + line)] == ["1", "2"]


@pytest.mark.parametrize(("given", "expected"), [("7", "7"), ("007", "007"), ("1.5", "1.5")])
def test_numbers_as_ids_become_texts(read, given, expected):
    assert read(f"id,title\n{given},Cook\n".encode())[0].id == expected
    if given != "007":  # JSON has no such number
        assert read(f'{{"id": {given}, "title": "Cook"}}'.encode())[0].id == expected


def test_other_fields_are_passed_on_as_they_are_and_the_code_among_them(read):
    fields = {"title": "Cook", "isco_code": "5120", "tags": ["a", {"b": 1}], "pay": 12.5, "n": None}
    (ad,) = read(json.dumps(fields).encode())
    assert ad.extra == {name: fields[name] for name in ("isco_code", "tags", "pay", "n")}
    assert ad.isco_code == "5120"


def test_other_columns_of_csv_are_passed_on(read):
    (ad,) = read(b"title,isco_code,city\nCook,0110,Oslo\n")
    assert ad.extra == {"isco_code": "0110", "city": "Oslo"}
    assert ad.isco_code == "0110"


@pytest.mark.parametrize("language", ["de", " de "])
def test_the_declared_language_is_read(read, language):
    (ad,) = read(json.dumps({"title": "Koch", "language": language}).encode())
    assert (ad.language, ad.extra) == ("de", {})


@pytest.mark.parametrize("content", [b'{"title": "Cook", "language": ""}', b"title\nCook\n"])
def test_no_declared_language_is_none(read, content):
    assert read(content)[0].language is None


@pytest.mark.parametrize(
    "content",
    [
        b'{"nr": 5, "Titel": "Koch", "Text": "Kocht.", "lang": "de", "kldb": "5120", "id": "x"}',
        b"nr;Titel;Text;lang;kldb;id\n5;Koch;Kocht.;de;5120;x\n",
    ],
)
def test_column_names_come_from_the_configuration(make_settings, content):
    columns = make_settings(
        input__id="nr",
        input__title="Titel",
        input__description="Text",
        input__language="lang",
        input__isco_code="kldb",
    ).input
    (ad,) = read_ads("-", columns, io.BytesIO(content))
    assert (ad.id, ad.title, ad.description, ad.language) == ("5", "Koch", "Kocht.", "de")
    assert (ad.isco_code, ad.extra) == ("5120", {"kldb": "5120", "id": "x"})


@pytest.mark.parametrize("content", [b'{"description": "Cooks."}', b"description\nCooks.\n"])
def test_a_description_alone_is_an_ad(read, content):
    assert _essence(read(content)) == [("1", "", "Cooks.")]


def test_a_csv_row_with_too_few_cells_is_filled_with_empty_ones(read):
    assert _essence(read(b"id,title,description\na,Cook\n")) == [("a", "Cook", "")]


DEEP = b'{"title": "Cook", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
RATHER_DEEP = b'{"title": "Cook", "x": ' + b"[" * 300 + b"]" * 300 + b"}"

BROKEN_JSON = [
    (b"not json", "not JSON"),
    (b'{"title": "Cook"', "not JSON"),
    (b'{"title": "Cook"} {"title": "Baker"}', "not JSON"),
    (b'["Cook"]', "list, not an object"),
    (b'"Cook"', "str, not an object"),
    (b"7", "int, not an object"),
    (b"null", "NoneType, not an object"),
    (b'{"title": "\xed\xa0\x80"}', "not UTF-8 (byte 11)"),
    (b'{"title": ["Cook"]}', "title is a list, not a text"),
    (b'{"title": "Cook", "description": {"de": "x"}}', "description is a dict, not a text"),
    (b'{"title": "Cook", "language": ["de"]}', "language is a list, not a text"),
    (b'{"title": "Cook", "isco_code": true}', "isco_code is a bool, not a text"),
    (b'{"name": "Cook"}', "neither 'title' nor 'description'"),
    (b"{}", "neither 'title' nor 'description'"),
    (DEEP, "not JSON"),
    (RATHER_DEEP, "nested more than 64 levels deep"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN_JSON, ids=range(len(BROKEN_JSON)))
def test_a_broken_line_of_jsonl_is_one_broken_row_and_the_next_ones_still_come(read, line, reason):
    before, broken, after = read(b'{"title": "Cook"}\n\n' + line + b'\n{"title": "Baker"}\n')
    assert isinstance(broken, BrokenRow)
    assert (broken.id, broken.row, broken.line) == ("2", 2, 3)
    assert "line 3" in broken.reason
    assert reason in broken.reason
    assert "\n" not in broken.reason
    assert (before.title, after.title, after.row, after.line) == ("Cook", "Baker", 3, 4)


def test_a_broken_row_keeps_its_id_where_it_has_one(read):
    (broken,) = read(b'{"id": "x-9", "title": ["Cook"]}')
    assert (type(broken), broken.id) == (BrokenRow, "x-9")


BROKEN_CSV = [
    (b"b,Cook,Cooks.,more", "4 cells, but the header has 3"),
    (b"b,\xed\xa0\x80,x", "not UTF-8"),
    (b'b,"Cook" of cakes,x', "not CSV"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN_CSV)
def test_a_broken_line_of_csv_is_one_broken_row_and_the_next_ones_still_come(read, line, reason):
    rows = read(b"id,title,description\na,Cook,x\n\n" + line + b"\nc,Baker,y\n")
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]
    assert (rows[1].row, rows[1].line) == (2, 4)
    assert "line 4" in rows[1].reason
    assert reason in rows[1].reason
    assert (rows[2].title, rows[2].row, rows[2].line) == ("Baker", 3, 5)


def test_an_escaped_lone_surrogate_in_a_text_is_replaced(read):
    (ad,) = read(b'{"id": "\\udc80", "title": "C\\ud800", "description": "\\ude00ok"}')
    assert _essence([ad]) == [("?", "C?", "?ok")]


def test_a_very_long_csv_cell_is_read(read):
    (ad,) = read(b'title,description\nCook,"' + b"x" * 300_000 + b'"\n')
    assert len(ad.description) == 300_000


class _Failing(io.RawIOBase):
    """Gives `content`, then fails the test should anyone go on reading."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        count = self._content.readinto(buffer)
        if not count:
            raise AssertionError("read on past what was asked for")
        return count


@pytest.mark.parametrize(
    "line", [b'{"title": "Cook"}\n', b"Cook,Cooks and cleans.\n"], ids=["jsonl", "csv"]
)
def test_the_first_rows_come_before_the_input_ends(columns, line):
    header = b"" if line.startswith(b"{") else b"title,description\n"
    rows = read_ads("-", columns, _Failing(header + line * 4000))
    assert [next(rows).row for _ in range(100)] == list(range(1, 101))


@pytest.mark.parametrize(
    "content",
    [JSONL * 2000, b"title,description\n" + b"Cook,Cooks and cleans.\n" * 4000],
    ids=["jsonl", "csv"],
)
def test_the_rows_before_a_gzip_file_breaks_off_come_then_an_error_names_the_file(
    columns, tmp_path, content
):
    path = tmp_path / "ads.gz"
    path.write_bytes(gzip.compress(content)[:-20])
    rows = read_ads(str(path), columns)
    assert next(rows).title == "Cook"
    with pytest.raises(InputError, match=r"can't read .*ads\.gz: .*ended before"):
        list(rows)


def test_a_gzip_file_with_damaged_content_is_an_error_that_names_the_file(read_file):
    packed = bytearray(gzip.compress(JSONL))
    packed[-8:-4] = b"\0\0\0\0"  # the checksum
    with pytest.raises(InputError, match=r"can't read .*ads\.jsonl\.gz: its gzip data is damaged"):
        read_file("ads.jsonl.gz", bytes(packed))


@pytest.mark.parametrize(
    ("content", "next_step"),
    [
        (b"PK\x03\x04\0\0\0\0", r"begins as zip files do, \.xlsx among them, but is none"),
        (b"%PDF-1.7\n", r"is a PDF: give the ads as"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            r"an old Office file, .* save it as .xlsx or CSV",
        ),
        (b"<!DOCTYPE html><html><title>Log in</title>", r"is a web page \(HTML\)"),
        (b"\xef\xbb\xbf <!-- a\n --> <!-- b -->\n<html>", r"is a web page \(HTML\)"),
        (b"<!-- saved from url -->\n<?xml version='1.0'?>", "is XML"),
        (b'<?xml version="1.0"?><jobs><job/></jobs>', r"is XML: turn its ads into JSONL or CSV"),
        (b"name,text\nCook,x\n", r"neither a column 'title' .*name, text .*input\.title"),
        (b"", r"neither a column 'title' nor 'description'; its columns are none"),
        (b'title,"description\n', r"no readable header"),
    ],
)
def test_an_input_that_can_not_be_read_at_all_is_an_error_that_names_the_next_step(
    read, content, next_step
):
    with pytest.raises(InputError, match=rf"(?s)standard input.*{next_step}"):
        read(content)


def test_an_empty_jsonl_file_has_no_ads(read_file):
    assert read_file("ads.jsonl", b"") == []


def test_a_folder_is_an_error_that_says_so(columns, tmp_path):
    with pytest.raises(InputError, match="is a folder; name one file"):
        list(read_ads(str(tmp_path), columns))


def test_a_missing_file_is_an_error_that_names_it(columns, tmp_path):
    with pytest.raises(InputError, match=r"can't read .*none\.jsonl: No such file"):
        list(read_ads(str(tmp_path / "none.jsonl"), columns))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("ads.jsonl", b'{"title": "Cook"}\n\nbroken\n', 2),
        ("ads.csv", CSV, None),
        ("ads.jsonl.gz", gzip.compress(JSONL), None),
        ("ads.json", b'[{"title": "Cook"}]', None),
    ],
    ids=["JSONL", "CSV", "gzipped", "a JSON array"],
)
def test_rows_are_counted_beforehand_where_that_is_cheap(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    assert count_rows(str(path)) == expected


def test_rows_of_standard_input_and_of_missing_files_are_not_counted():
    assert count_rows("-") is None
    assert count_rows("no/such/file.jsonl") is None


def test_the_examples_are_read_without_a_broken_row(columns):
    rows = list(read_ads(str(Path(__file__).parents[3] / "examples" / "ads.jsonl"), columns))
    assert [type(row) for row in rows] == [Ad] * 60
