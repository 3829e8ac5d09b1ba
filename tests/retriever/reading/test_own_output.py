"""Our CSV, as it comes back from pandas and Excel once people have filled in codes."""

import csv
import io

import pytest

from isco.core.flat_columns import ANSWER, FIRST
from isco.core.settings import InputSettings
from isco.retriever.reading.text_files import read_ads

pytestmark = pytest.mark.filterwarnings("ignore::isco.core.errors.InputWarning")

COLUMNS = (*FIRST, "region", *ANSWER)
ROWS = [
    {"id": "'=1+1", "title": "'@Cook", "region": "Nord", "isco_code": "5120", "level": "4"},
    {"id": "2", "title": "Officer", "region": "'+x", "isco_code": "110", "level": "0"},
    {"id": "3", "title": "Major", "isco_code": "310.0", "level": "4"},
    {"id": "4", "title": "Manager", "isco_code": "11", "level": "2"},
    {"id": "5", "title": "?", "path": "declined"},
]


@pytest.mark.parametrize("more", [(), ("note",)])
@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")],
)
def test_codes_and_texts_come_back_as_they_were(tmp_path, delimiter, encoding, more):
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *more], delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(ROWS)
    path = tmp_path / "codes.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    ads = list(read_ads(str(path), InputSettings()))
    assert [ad.id for ad in ads] == ["=1+1", "2", "3", "4", "5"]
    assert [ad.title for ad in ads][:2] == ["@Cook", "Officer"]
    assert [ad.isco_code for ad in ads] == ["5120", "0110", "0310", "11", None]
    assert ads[1].extra["region"] == "+x"


def test_a_workbook_of_it_too(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(list(COLUMNS))
    book.active.append(["'=1+1", "Officer", "Nord", 110, *[""] * (len(ANSWER) - 1)])
    path = tmp_path / "codes.xlsx"
    book.save(path)
    (ad,) = read_ads(str(path), InputSettings())
    assert (ad.id, ad.isco_code) == ("=1+1", "0110")


def test_other_tables_are_read_as_they_are(tmp_path):
    path = tmp_path / "ads.csv"
    path.write_text("id,title,isco_code\n'=1,'=Cook,110\n", encoding="utf-8")
    (ad,) = read_ads(str(path), InputSettings())
    assert (ad.id, ad.title, ad.isco_code) == ("'=1", "'=Cook", "110")
