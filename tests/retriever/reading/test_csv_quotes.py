"""Quotes in CSV and TSV: fields over several lines stay whole, stray ones lose no row."""

import csv
import io
import random

import pytest

from isco.core.records import Ad, BrokenRow

pytestmark = pytest.mark.filterwarnings("ignore::isco.core.errors.InputWarning")


def kinds(rows):
    return [(row.id, "ad" if isinstance(row, Ad) else "broken", row.line) for row in rows]


SWALLOWED = (
    b'4,Barber,"Cut hair\n5,Nurse,Care for patients\n6,Clerk,File papers"\n7,Miner,Dig coal\n'
)


def test_a_field_that_swallows_whole_rows_costs_its_own_row_alone_and_the_message_names_the_lines(
    read,
):
    rows = read(b"id,title,description\n" + SWALLOWED)
    assert kinds(rows) == [("4", "broken", 2), ("5", "ad", 3), ("6", "ad", 4), ("7", "ad", 5)]
    assert [row.row for row in rows] == [1, 2, 3, 4]
    assert "lines 2–4" in rows[0].reason
    assert "reading went on at line 3" in rows[0].reason


def test_a_quote_that_is_never_closed_costs_its_own_row_alone(read):
    lines = [b"id,title,description"] + [b"%d,Cook,Cooks" % row for row in range(1, 201)]
    lines[51] = b'51,Cook,"Cooks'
    rows = read(b"\n".join(lines) + b"\n")
    assert [row.id for row in rows] == [str(row) for row in range(1, 201)]
    (broken,) = [row for row in rows if isinstance(row, BrokenRow)]
    assert (broken.id, broken.line) == ("51", 52)
    assert "lines 52–201" in broken.reason


def test_a_stray_quote_before_fields_in_quotes_costs_its_own_row_alone(read):
    rows = read(b'title,description\nCook,"x\nBaker,"y"\nTailor,z\n')
    assert [(type(row), row.line) for row in rows] == [(BrokenRow, 2), (Ad, 3), (Ad, 4)]


def test_each_of_many_stray_quotes_costs_its_own_row_alone(read):
    lines = [b'%d,Cook,"Cooks' % row for row in range(500)]
    rows = read(b"id,title,description\n" + b"\n".join(lines) + b'\n500,Cook,"Cooks"\n')
    assert [row.id for row in rows] == [str(row) for row in range(501)]
    assert isinstance(rows[-1], Ad)


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_texts_of_several_lines_stay_whole_whatever_is_in_them(read, delimiter):
    texts = [
        "Wir suchen für unsere Bäckerei\neine/n Bäcker/in.\n\nFrühschicht",
        "You will:\n- cook, bake and fry\n- clean; tidy | wash\n\n\nPay: 3,50 and 4,50, per hour",
        'He said "hi", twice.\n"Quoted", at the start\nand the end "of it"',
        'One\n""\n"\n,;|\n,,',
        "\nbegins and ends with lines\n",
    ]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["id", "title", "description", "city"])
    writer.writerows([number, "Cook", text, "Linz"] for number, text in enumerate(texts))
    rows = read(file.getvalue().encode())
    assert [row.description for row in rows] == texts
    assert [row.id for row in rows] == ["0", "1", "2", "3", "4"]


def test_a_field_whose_first_line_looks_like_the_rest_of_a_row_is_read_where_none_follows(read):
    text = 'id,language,title,description\n1,,"driver,van\n\n","nurse"\n2,,baker,"night"\n'
    rows = read(text.encode())
    assert [(row.id, row.title) for row in rows] == [("1", "driver,van\n\n"), ("2", "baker")]


def test_a_quote_that_should_have_been_doubled_is_read_as_it_is(read):
    (ad,) = read(b'id,title,description\n1,Nurse,"For our "VIP" patients\nat night"\n')
    assert ad.description == 'For our "VIP" patients\nat night'
    (ad,) = read(b'id,title,description\n1,Nurse,"For "VIP" patients"\n')
    assert ad.description == 'For "VIP" patients'


def test_quotes_within_fields_that_have_none_around_them_are_signs_like_others(read):
    rows = read(b'title,description\n5" pipe fitter,fits 5" pipes\nCook,"a, b"\n')
    assert [(row.title, row.description) for row in rows] == [
        ('5" pipe fitter', 'fits 5" pipes'), ("Cook", "a, b"),
    ]  # fmt: skip


def test_tabs_part_fields_without_quoting_unless_that_is_configured(read):
    content = b'id\ttitle\tdescription\n4\tBarber\t"Cut hair\n5\tNurse\tx\n6\tClerk\tPapers"\n'
    assert [row.description for row in read(content)] == ['"Cut hair', "x", 'Papers"']
    quoted = b'id\ttitle\tdescription\n4\tBarber\t"Cut\nhair"\n'
    assert [row.description for row in read(quoted, quoting="standard")] == ["Cut\nhair"]


def test_quoting_can_be_switched_off(read):
    rows = read(b"id,title,description\n" + SWALLOWED, quoting="none")
    assert [row.description for row in rows][:3] == [
        '"Cut hair',
        "Care for patients",
        'File papers"',
    ]


def test_the_line_of_a_row_counts_the_lines_of_texts_before_it_and_those_read_again(read):
    rows = read(b'id,title,description\n1,Cook,"a\nb\nc"\n2,Cook,"d\n3,Cook,e\n4,Cook,f\n')
    assert kinds(rows) == [("1", "ad", 2), ("2", "broken", 5), ("3", "ad", 6), ("4", "ad", 7)]


def test_a_quote_astray_after_a_text_of_several_lines_costs_no_part_of_that_text_as_a_row(read):
    rows = read(b'id,description,title\n1,"a\nb",Cook\n2,"c\nd","Cook\n3,e,Cook\n4,f,Cook\n')
    assert kinds(rows) == [("1", "ad", 2), ("2", "broken", 4), ("3", "ad", 6), ("4", "ad", 7)]


def test_a_column_of_titles_alone_has_none_of_many_lines(read):
    rows = read(b'title\n"Cook\nBaker\nTailor"\nNurse\n"Koch\n(m/w/d)"\n')
    assert [row.line for row in rows] == [2, 3, 4, 5, 6]
    assert [type(row) for row in rows] == [BrokenRow, Ad, Ad, Ad, Ad]
    assert rows[-1].title == "Koch\n(m/w/d)"


def test_a_broken_row_keeps_an_id_that_stands_before_all_texts(read):
    rows = read(b"id,title,description\nx-7,Cook, Chef,Baker\n")
    assert (type(rows[0]), rows[0].id) == (BrokenRow, "x-7")
    rows = read(b"title,id,description\nCook, Chef,x-7,Baker\n")
    assert (type(rows[0]), rows[0].id) == (BrokenRow, "row-1")


def test_surplus_cells_that_are_empty_do_no_harm(read):
    (ad,) = read(b"id,title,description\n1,Cook,Cooks,, ,\n")
    assert (ad.title, ad.description) == ("Cook", "Cooks")


def test_a_header_in_the_middle_is_no_ad(read):
    rows = read(b"id,title\n1,Cook\n\xef\xbb\xbfid,title\n2,Baker\n")
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]
    assert rows[1].reason == "line 3 is the header again"


def test_excels_own_first_line_names_the_delimiter(read):
    for first in ("sep=;", '"sep=;"', "SEP=;", "sep=;;"):
        content = f"\ufeff{first}\r\nid;title\r\n1;Koch, Köchin\r\n"
        (ad,) = read(content.encode())
        assert (ad.id, ad.title, ad.line) == ("1", "Koch, Köchin", 3)


def test_what_parts_the_names_of_the_ads_columns_parts_the_cells(read):
    (ad,) = read(b"id;title;pay (a, b, c, d)\n1;Cook;x, y\n")
    assert (ad.title, ad.extra) == ("Cook", {"pay (a, b, c, d)": "x, y"})


def test_a_file_with_one_column_is_not_parted(read):
    rows = read(b'title\nCook, Chef\n"Baker, ""Pastry"""\n')
    assert [row.title for row in rows] == ["Cook, Chef", 'Baker, "Pastry"']


def test_lines_may_end_as_they_do_on_old_macs(read):
    rows = read(b'id,title,description\r1,Cook,"a\rb"\r2,Baker,c\r')
    assert [(row.title, row.description, row.line) for row in rows] == [
        ("Cook", "a\nb", 2), ("Baker", "c", 4),
    ]  # fmt: skip


def test_the_mark_that_dos_puts_at_the_end_and_empty_rows_are_no_rows(read):
    rows = read(b"\n\nid,title,description\r\n;;\r\n,,\r\n1,Cook,x\r\n,,\r\n\x1a")
    assert [(row.id, row.line) for row in rows if isinstance(row, Ad)][-1] == ("1", 6)
    assert len(rows) == 2


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_a_stray_quote_anywhere_in_generated_files_loses_no_row(read, seed, delimiter):
    random_ = random.Random(f"{seed}{delimiter}")
    header = random_.choice(
        [["id", "title", "description"], ["id", "title", "description", "city", "pay"],
         ["description", "title", "id"]]
    )  # fmt: skip
    words = ["cook", "bakes bread", "für Köln", "full time", "we offer pay", "nights", "and more"]
    lines = [
        delimiter.join(
            str(number)
            if name == "id"
            else " ".join(random_.choices(words, k=random_.randint(1, 9)))
            for name in header
        )
        for number in range(60)
    ]
    for place in random_.sample(range(60), 4):
        cells = lines[place].split(delimiter)
        cell = random_.randrange(len(cells))
        cells[cell] = random_.choice(['"{}', '{}"', '{} 5" of', '"{} "x" y']).format(cells[cell])
        lines[place] = delimiter.join(cells)
    rows = read("\n".join([delimiter.join(header), *lines]).encode())
    assert [row.row for row in rows] == list(range(1, 61))
    assert [row.line for row in rows] == list(range(2, 62))
    assert sum(isinstance(row, BrokenRow) for row in rows) <= 4


# Blanks before quotes


@pytest.mark.parametrize("delimiter", [", ", ";  "])
@pytest.mark.parametrize("header", ["id{0}title{0}description", '"id"{0}"title"{0}"description"'])
def test_quotes_after_blanks_open_fields_where_the_header_has_blanks(read, header, delimiter):
    lines = [
        header, '1{0}"Cook, fine; dining"{0}"Cooks', 'and ""bakes"", too"', "2{0}Baker{0}Bakes",
        '3{0}"Miner"{0}x',
    ]  # fmt: skip
    rows = read("\n".join(lines).format(delimiter).encode())
    assert [(row.id, row.title, row.description.strip()) for row in rows] == [
        ("1", "Cook, fine; dining", 'Cooks\nand "bakes", too'), ("2", "Baker", "Bakes"),
        ("3", "Miner", "x"),
    ]  # fmt: skip


def test_quotes_after_blanks_open_fields_where_only_then_a_row_has_its_cells(read):
    rows = read(
        b'id,title,description\n1, "Cook, fine dining", x\n2, "Baker", "b"\n'
        b'3,Miner, the "old" way\n4,Clerk,"a, ""b"""\n'
    )
    assert [(row.id, row.title.strip(), row.description.strip()) for row in rows] == [
        ("1", "Cook, fine dining", "x"), ("2", "Baker", "b"), ("3", "Miner", 'the "old" way'),
        ("4", "Clerk", 'a, "b"'),
    ]  # fmt: skip
