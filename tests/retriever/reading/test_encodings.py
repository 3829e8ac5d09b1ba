"""Texts in other encodings than UTF-8: told by a mark, their letters, or the configuration."""

import json

import pytest

from isco.core.errors import ConfigError, InputWarning
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.encodings import older_encoding
from isco.retriever.reading.text_files import count_rows
from tests.conftest import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:.*alone:isco.core.errors.InputWarning")

EXAMPLES = [
    json.loads(line)
    for line in (ROOT / "examples" / "ads.jsonl").read_text(encoding="utf-8").splitlines()
]
ADS = [("1", "Krankenschwester", "Gehälter ab 3.500 €"), ("2", "Maître d’hôtel", "– service")]
CSV = "id;title;description\r\n" + "".join(f"{';'.join(ad)}\r\n" for ad in ADS)
JSONL = "".join(
    json.dumps(dict(zip(("id", "title", "description"), ad, strict=True)), ensure_ascii=False)
    + "\n"
    for ad in ADS
)
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]


def essence(rows):
    return [(row.id, row.title, row.description) for row in rows]


@pytest.mark.parametrize(
    "content", [CSV, JSONL, CSV.replace(";", "\t")], ids=["CSV", "JSON", "TSV"]
)
@pytest.mark.parametrize("encoding", WIDE)
def test_wide_encodings_are_read_with_a_mark_and_without(read, read_file, encoding, content):
    assert essence(read(content.encode(encoding))) == ADS
    assert essence(read_file("ads.txt", content.encode(encoding))) == ADS


@pytest.mark.parametrize("content", [CSV, JSONL])
def test_windows_1252_is_read_by_its_letters_and_that_is_said_once(read, content):
    with pytest.warns(InputWarning, match="read as Windows-1252 .input.encoding names") as said:
        assert essence(read(content.encode("cp1252"))) == ADS
    assert len([each for each in said if "Windows" in str(each.message)]) == 1


def test_letters_that_come_late_are_read_as_well(read):
    lines = [f"{number},Cook,x" for number in range(20_000)]
    content = "\n".join(["id,title,description", *lines, "y,Köchin,für Gäste", *lines]).encode(
        "cp1252"
    )
    with pytest.warns(InputWarning, match="Windows-1252"):
        rows = read(content)
    assert len(rows) == 40_001
    assert rows[20_000].title == "Köchin"


LATIN = [(code, "cp1252") for code in ("de", "es", "fr", "it", "nl", "pt", "sv")]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [*LATIN, ("pl", "cp1250"), ("cs", "cp1250"), ("pl", "iso8859_2"), ("de", "mac_roman"),
     ("fr", "mac_roman")],
)  # fmt: skip
def test_the_examples_in_an_older_encoding_come_out_as_they_were(language, encoding):
    texts = [f"{ad['title']} {ad['description']}" for ad in EXAMPLES if ad["language"] == language]
    for text in [*(texts if encoding.startswith("cp") else ()), "\n".join(texts)]:
        data = text.encode(encoding, "ignore")
        if not data.isascii():
            assert data.decode(older_encoding(data)) == data.decode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Водитель грузовика, работа в Москве и других городах. Требуется опыт.", "cp1251"),
        ("Οδηγός φορτηγού, εργασία στην Αθήνα και αλλού, πλήρης απασχόληση", "cp1253"),
        ("Kamyon şoförü aranıyor, İstanbul içinde çalışmak üzere", "cp1254"),
        ("דרוש נהג משאית לעבודה בתל אביב, משרה מלאה", "cp1255"),
        ("مطلوب سائق شاحنة للعمل في المدينة بدوام كامل", "cp1256"),
        ("招聘面包师傅, 工作地点北京, 要求有经验, 待遇优厚", "gb18030"),
        ("빵집에서 일할 제빵사를 모집합니다. 경력 무관", "euc_kr"),
        ("販売員を募集しています。経験不問、週3日から勤務できます。", "shift_jis"),
    ],
)
def test_other_alphabets_are_told_too(text, encoding):
    assert text.encode(encoding).decode(older_encoding(text.encode(encoding))) == text


def test_a_damaged_line_of_a_file_in_utf8_is_a_broken_row_that_keeps_its_id(read):
    content = "id,title\n1,Köchin\n2,B".encode() + b"\xe4" + "cker\n3,Köchin\n".encode()
    rows = read(content)
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]
    assert rows[1].id == "2"
    assert rows[1].reason == "line 3 is not UTF-8 (byte 3); input.encoding names another"


@pytest.mark.parametrize("damage", [b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x28\xa1\xff"])
def test_what_is_no_text_in_any_encoding_is_a_broken_row(read, damage):
    rows = read(b"id,title\n1,Cook\n2," + damage + b"\n3,Baker\n")
    assert [(row.id, type(row)) for row in rows] == [("1", Ad), ("2", BrokenRow), ("3", Ad)]


def test_the_configuration_names_the_encoding(read):
    assert essence(read(CSV.encode("cp1252"), encoding="cp1252")) == ADS
    assert essence(read(CSV.encode("utf-16-be"), encoding="utf-16-be")) == ADS
    polish = "id,title\n1,Księgowa\n".encode("iso8859_2")
    assert read(polish, encoding="latin2")[0].title == "Księgowa"
    assert read(polish, encoding="cp1252")[0].title == "Ksiêgowa"


def test_utf8_that_is_asked_for_is_insisted_on(read):
    rows = read(b"id,title\n1,K\xf6chin\n2,Cook\n", encoding="utf-8")
    assert [type(row) for row in rows] == [BrokenRow, Ad]


@pytest.mark.parametrize("name", ["cp125", "zip", "hex", ""])
def test_what_is_no_encoding_is_refused(make_settings, name):
    with pytest.raises(ConfigError, match=r"input\.encoding"):
        make_settings(input__encoding=name)


@pytest.mark.parametrize("place", [0, 20, 700, 5000])
def test_a_nul_is_a_sign_like_others_wherever_it_stands(read, place):
    lines = b"".join(b'{"id": "%d", "title": "Cook"}\n' % number for number in range(1000))
    at = lines.index(b"Cook", place)
    rows = read(lines[:at] + b"\0" + lines[at:])
    assert len(rows) == 1000
    assert all(isinstance(row, Ad) for row in rows)
    csv = b"id,title\n" + b"1,Cook\n" * 1000
    rows = read(csv[: place + 10] + b"\0" + csv[place + 10 :])
    assert len(rows) == 1000
    assert all(isinstance(row, Ad) for row in rows)


def test_lines_of_nothing_but_nuls_are_broken_rows(read):
    rows = read(b"id,title\n1,Cook\n\0\0\0\0\n2,Baker\n")
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]
    rows = read(b'{"title": "Cook"}\n\0\0\0\0\n{"title": "Baker"}\n')
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]


def test_byte_order_marks_in_the_middle_do_no_harm(read):
    line = '\ufeff{"title": "Koch für Köln"}\n'.encode()
    assert [row.title for row in read(line * 3)] == ["Koch für Köln"] * 3


def test_rows_in_utf16_are_not_counted_beforehand(tmp_path, columns):
    path = tmp_path / "ads.jsonl"
    path.write_bytes(JSONL.encode("utf-16"))
    assert count_rows(str(path), columns) is None


CHINESE = "id,title\n" + "".join(f"{number},烤面包师傅招聘启事\n" for number in range(200))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_texts_whose_letters_take_both_bytes_are_told_by_their_beginning(read, encoding):
    rows = read(CHINESE.encode(encoding))
    assert [row.id for row in rows] == [str(number) for number in range(200)]
    assert {row.title for row in rows} == {"烤面包师傅招聘启事"}


@pytest.mark.parametrize("encoding", ["auto", "utf-8"])
@pytest.mark.parametrize("content", ["id,title\n1,Köchin\n", '{"id": 1, "title": "Köchin"}\n'])
def test_several_marks_are_no_text(read, content, encoding):
    rows = read(b"\xef\xbb\xbf\xef\xbb\xbf" + content.encode(), encoding=encoding)
    assert [(row.id, row.title) for row in rows] == [("1", "Köchin")]


RUSSIAN = "Пекарь в пекарню, Водитель автобуса, Медицинская сестра"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "cp866"),
        ("1;Bäcker;Wir suchen für unsere Bäckerei", "cp850"),
        ("Köchin für Großküche", "cp850"),
        ("Maître d’hôtel, Boulanger pâtissier à Nîmes, fenêtre", "cp1252"),
        ("Kierowca ciężarówki, piekarz, położna, łącznościowiec", "cp1250"),
    ],
)
def test_older_encodings_are_told_by_letters_that_belong_together(text, encoding):
    assert older_encoding(text.encode(encoding)) == encoding


def test_where_no_encoding_is_clear_the_setting_is_named(read):
    (row,) = read(b"title\n\x81\x8d\x8f\n")
    assert row.reason == "line 2 is not UTF-8 (byte 0); input.encoding names another"
