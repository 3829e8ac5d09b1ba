"""Excel workbooks and zip files: read, or named for what they are."""

import gzip
import io
import re
import sys
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from isco.core.errors import InputError, InputWarning, UnavailableError
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.inputs import ad_files
from isco.retriever.reading.text_files import count_rows, read_ads

pytestmark = pytest.mark.filterwarnings("ignore:.*alone:isco.core.errors.InputWarning")

HEADER = ["id", "title", "description", "since", "pay"]


def workbook(**sheets):
    """A workbook of these sheets, as bytes."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(method=zipfile.ZIP_DEFLATED, **files):
    """A zip file of files with these names, "__" for dots and "_in_" for folders."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_in_", "/").replace("__", "."), content)
    return file.getvalue()


def essence(rows):
    return [(row.id, row.title, row.description) for row in rows]


# Excel


def test_a_sheet_is_read_by_its_header(read_file):
    rows = read_file("ads.xlsx", workbook(Ads=[
        HEADER, [1, "Köchin", "Kocht.\nGern.", date(2026, 3, 1), 12.5],
        [2.0, "Baker", None, datetime(2026, 3, 1, 12), "x"], [None] * 5, ["", "", None],
        [None, "Nurse"],
    ]))  # fmt: skip
    assert essence(rows) == [
        ("1", "Köchin", "Kocht.\nGern."), ("2", "Baker", ""), ("row-3", "Nurse", ""),
    ]  # fmt: skip
    assert [row.line for row in rows] == [2, 3, 6]
    assert rows[0].extra == {"since": "2026-03-01T00:00:00", "pay": 12.5}


def test_formulas_whose_values_are_not_stored_are_broken_rows_where_they_are_titles_or_texts(read):
    rows = read(workbook(Ads=[
        ["Ads of March"], HEADER, [None, "=A1"], [1, "=A9", "Cooks", None, "=1+1"],
        ["x", "Baker", "=A9"], [3, "Cook", "Cooks", None, "=1+1"], [None, "=A9"],
    ]))  # fmt: skip
    assert [(type(row), row.id, row.line) for row in rows] == [
        (BrokenRow, "row-1", 3), (BrokenRow, "1", 4), (BrokenRow, "x", 5), (Ad, "3", 6),
        (BrokenRow, "row-5", 7),
    ]  # fmt: skip
    assert "title is a formula, and its value is not stored" in rows[1].reason
    assert "description is a formula" in rows[2].reason


def test_formulas_with_their_values_are_read_as_these(read):
    content = io.BytesIO(workbook(Ads=[HEADER, [1, "=A1", "Cooks"]]))
    with zipfile.ZipFile(content) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    # How an empty element is written depends on what openpyxl finds installed.
    parts[sheet], saved_values = re.subn(
        rb"<f>A1</f><v>?\s*(?:/>|</v>)", b"<f>A1</f><v>7</v>", parts[sheet]
    )
    assert saved_values == 1
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert essence(read(saved.getvalue())) == [("1", "7", "Cooks")]


def test_durations_are_texts(read):
    rows = read(workbook(Ads=[HEADER, [1, "Cook", "x", timedelta(hours=38, minutes=30), 1]]))
    assert rows[0].extra["since"] == "1 day, 14:30:00"


def test_a_workbook_is_known_whatever_its_name_and_from_a_pipe(read, read_file):
    content = workbook(Ads=[["title"], ["Cook"]])
    assert [row.title for row in read(content)] == ["Cook"]
    assert [row.title for row in read_file("ads.csv", content)] == ["Cook"]
    assert [row.title for row in read_file("ads.xlsx.gz", gzip.compress(content))] == ["Cook"]


def test_the_sheet_with_the_ads_is_found_below_titles_and_beside_others(read):
    content = workbook(
        Notes=[["Exported on Monday"], ["by", "me"]],
        Ads=[["Jobs of March"], [], ["id", "title"], ["a", "Cook"]],
    )
    assert [(row.id, row.title, row.line) for row in read(content)] == [("a", "Cook", 4)]


def test_of_several_sheets_with_ads_the_first_is_read_and_the_others_are_named(read):
    content = workbook(March=[["title"], ["Cook"]], April=[["title"], ["Baker"]])
    with pytest.warns(InputWarning, match=r"sheet March is read, and not April .input\.sheet"):
        assert [row.title for row in read(content)] == ["Cook"]
    assert [row.title for row in read(content, sheet="April")] == ["Baker"]
    with pytest.raises(InputError, match=r"no sheet 'May', .* its sheets are March, April"):
        read(content, sheet="May")


def test_a_sheet_without_columns_of_an_ad_is_an_error_with_those_there_are(read):
    with pytest.raises(InputError, match=r"neither a column 'title'.* are name, text"):
        read(workbook(Ads=[["name", "text"], ["Cook", "x"]]))
    with pytest.raises(InputError, match="2 columns 'title'"):
        read(workbook(Ads=[["title", "title"], ["Cook", "x"]]))


def test_cells_outside_of_the_columns_are_a_broken_row_that_keeps_its_id(read):
    rows = read(workbook(Ads=[["id", "title"], ["a", "Cook", None], [7, "Baker", "more"]]))
    assert [(row.id, type(row)) for row in rows] == [("a", Ad), ("7", BrokenRow)]


def test_a_damaged_workbook_is_named_for_what_it_is(read):
    content = zipped(
        **{"[Content_Types]__xml": "<Types/>", "xl_in_worksheets_in_a__xml": "<worksheet/>"}
    )
    with pytest.raises(InputError, match="is an Excel workbook that can't be read"):
        read(content)
    with pytest.raises(InputError, match="can't read"):
        read(workbook(Ads=[["title"], ["Cook"]])[:-300])


def test_without_openpyxl_the_extra_is_named(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        UnavailableError, match=r"needs the extra 'excel': pip install 'isco\[excel\]'"
    ):
        read(workbook(Ads=[["title"], ["Cook"]]))


# Zip files

CSV = "id,title\n1,Cook\n2,Baker\n"
JSONL = '{"title": "Nurse"}\nbroken\n'


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_the_file_in_a_zip_file_is_read(read, read_file, method):
    for name in ("ads__csv", "folder_in_ads__csv", "whatever"):
        content = zipped(method, **{name: CSV})
        assert essence(read(content)) == [("1", "Cook", ""), ("2", "Baker", "")]
        assert essence(read_file("ads.zip", content)) == [("1", "Cook", ""), ("2", "Baker", "")]


def test_files_in_a_zip_file_are_one_input_sorted_by_their_names(read):
    rows = read(zipped(
        b_in_x__jsonl=JSONL, a__csv=CSV, **{"__MACOSX_in_.__a__csv": "x", ".hidden": "x"},
        c__csv__gz=gzip.compress(CSV.encode()),
    ))  # fmt: skip
    assert [(row.id, row.row) for row in rows] == [
        ("1", 1), ("2", 2), ("b/x.jsonl:1", 3), ("b/x.jsonl:2", 4), ("1", 5), ("2", 6),
    ]  # fmt: skip
    assert (
        rows[3].reason == "b/x.jsonl: line 2 is not JSON: Expecting value: line 1 column 1 (char 0)"
    )


def test_a_workbook_or_parquet_in_a_zip_file_is_read(read):
    content = zipped(a__xlsx=workbook(Ads=[["title"], ["Cook"]]), b__csv=CSV)
    assert [row.title for row in read(content)] == ["Cook", "Cook", "Baker"]


def test_a_zip_file_is_one_file_of_a_folder(tmp_path, columns):
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "march.zip").write_bytes(zipped(a__csv="title\nCook\n"))
    (file,) = ad_files(str(tmp_path / "ads"))
    assert [row.id for row in file.rows(columns)] == ["march.zip:1"]
    assert count_rows(file.path, columns) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(a__csv=CSV, readme__md="x"), r"readme\.md in it is no file of ads"),
        (zipped(a__zip=zipped(a__csv=CSV)), r"a\.zip is a zip file in a zip file: unpack it first"),
        (zipped(), "has no files in it"),
        (zipped(word_in_document__xml="x"), "is a Word document"),
        (zipped(content__xml="x", mimetype="x"), r"is an OpenDocument file: save it as CSV"),
        (zipped(a__csv=CSV)[:-30], "begins as zip files do, .xlsx among them, but is none"),
        (zipped(a__csv="name\nCook\n"), r"in it a\.csv has neither a column 'title'"),
    ],
)
def test_what_can_not_be_read_is_named_with_the_next_step(read, content, said):
    with pytest.raises(InputError, match=said):
        read(content)


def test_an_encrypted_file_is_named(read):
    content = bytearray(zipped(zipfile.ZIP_STORED, a__csv=CSV))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="is encrypted"):
        read(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_comes_after_what_is_before_it(tmp_path, columns, method):
    lines = "".join(f"{number},{number * 7919}\n" for number in range(60_000))
    content = bytearray(zipped(method, a__csv=f"id,title\n{lines}"))
    content[len(content) * 4 // 5] ^= 255
    path = tmp_path / "ads.zip"
    path.write_bytes(content)
    rows = []
    with pytest.raises(InputError, match=r"can't read .*in it a\.csv"):
        for row in read_ads(str(path), columns):
            rows.append(row)  # noqa: PERF402
    assert len(rows) > 30_000


def test_what_would_unpack_to_what_nobody_expects_is_refused(read, monkeypatch):
    monkeypatch.setattr("isco.retriever.reading.archives._SURE", 1 << 20)
    with pytest.raises(InputError, match=r"would unpack to 4 MB, over 200 times its size"):
        read(zipped(a__csv="title\n" + " " * (4 << 20)))
    book = zipped(**{"xl_in_sharedStrings__xml": " " * (4 << 20)})
    with pytest.raises(InputError, match="would unpack to 4 MB"):
        read(book)
