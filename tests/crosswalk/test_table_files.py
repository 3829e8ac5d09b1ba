"""Mapping tables as offices publish them."""

from pathlib import Path

import pytest

from isco.core.errors import InputError
from isco.core.settings import CrosswalkFile
from isco.crosswalk.links import Link, Relation
from isco.crosswalk.table_files import read_table
from tests.crosswalk.tables import ESCO, read

PREAMBLE = (
    "Mapping project name,ESCO - X,,,\nClassification 1 Name,ESCO,,,\n"
    "Classification 2 Name,National List 2011,,,\n,,,,\n\n"
)
HEADER = (
    "Classification 1 URI,Classification 1 PrefLabel,Classification 2 ID,"
    "Classification 2 PrefLabel,Mapping relation\n"
)
ROW = 'http://x.org/1,"cook, chef",A 1-2,Köche,skos:narrowMatch\n'


@pytest.mark.parametrize(
    "content",
    [
        PREAMBLE + HEADER + ROW,
        HEADER.replace("URI", "ID").replace("PrefLabel", "prefered label") + ROW,
        (PREAMBLE + HEADER + ROW).encode("utf-16"),
        ("\ufeff" + PREAMBLE + HEADER + ROW).encode(),
        (PREAMBLE + HEADER + ROW.replace("Köche", "Köche und Köchinnen")).encode("cp1252"),
        (HEADER + ROW.replace('"cook, chef"', "cook|chef")).replace(",", ";").replace("|", ", "),
        (HEADER + ROW.replace('"cook, chef"', "cook and chef")).replace(",", "\t"),
    ],
)
def test_a_table_is_read_as_it_comes(tmp_path: Path, content: str | bytes) -> None:
    table = read(tmp_path, content)
    (link,) = table.links
    assert (link.source, link.code, link.relation) == ("http://x.org/1", "A 1-2", Relation.NARROW)
    assert link.label.startswith("Köche") and link.source_label.startswith("cook")
    assert not table.broken


def test_it_is_called_as_its_preamble_says_or_else_its_column_or_file(tmp_path: Path) -> None:
    assert read(tmp_path, PREAMBLE + HEADER + ROW).name == "national_list_2011"
    assert read(tmp_path, HEADER + ROW, "Own-Table.csv").name == "own_table"
    assert read(tmp_path, "isco,KldB 2010 Code\n2512,43412\n").name == "kldb_2010"
    assert read(tmp_path, PREAMBLE + HEADER + ROW, name="kldb").name == "kldb"


def test_a_plain_table_has_relations_and_weights_where_it_says_them(tmp_path: Path) -> None:
    rows = "2512,X,One,exactMatch,50%\n2512,Y,Two,,0.25\n2513,Z,,,\n"
    found = read(tmp_path, "isco_code,target_code,target_label,relation,weight\n" + rows).links
    assert found[0] == Link(2, "2512", "", "X", "One", Relation.EXACT, 0.5)
    assert (found[1].relation, found[1].weight, found[2].weight) == (None, 0.25, 1.0)


def test_relations_of_a_table_that_goes_the_other_way_are_turned_round(tmp_path: Path) -> None:
    text = "O*NET Id,O*NET Title,ESCO or ISCO URI,ESCO or ISCO Title,Type of Match\n"
    text += "11-1.00,Chiefs,http://x.org/1,chief,broadMatch\n11-1.00,Chiefs,http://x.org/2,c,wrongMatch\n"
    table = read(tmp_path, text)
    assert [(link.code, link.relation) for link in table.links] == [("11-1.00", Relation.NARROW)]
    assert "do not match" in table.broken[0].reason


def test_rows_that_are_no_links_are_told_with_line_and_reason(tmp_path: Path) -> None:
    rows = [
        "2512,X,,,", ",,,,", "", ",Y,,,", "2512,,,,", "2512,X,,sortOf,", "2512,X,,,-1",
        '2512,X,"open', "2512,X,,,,,too many", "2513,Z,,,",
    ]  # fmt: skip
    text = "\n".join(["isco_code,target_code,target_label,relation,weight", *rows])
    table = read(tmp_path, text)
    assert [link.line for link in table.links] == [2, 11]
    assert [each.line for each in table.broken] == [5, 6, 7, 8, 9, 10]
    said = " ".join(each.reason for each in table.broken)
    for part in ("no occupation", "no target", "'sortOf'", "'-1'", "quote", "7 cells"):
        assert part in said


@pytest.mark.parametrize(
    ("text", "is_scale"),
    [
        ("isco,ISEI\n2512,70\n5120,24\n", True),
        ("isco;points\n2512;70,5\n5120;24\n", True),
        ("isco,level of skill\n2512,4\n5120,2\n", True),
        ("isco,national\n2512,2512\n5120,5120\n", False),
        ("isco,target_code,target_label\n2512,4,High\n", False),
    ],
)
def test_numbers_are_a_scale_where_they_are_no_codes(
    tmp_path: Path, text: str, is_scale: bool
) -> None:
    assert read(tmp_path, text).is_scale == is_scale


def test_a_kind_and_columns_may_be_named(tmp_path: Path) -> None:
    text = "Beruf,Note,Zahl\n2512,ja,70\n5120,nein,nichts\n"
    table = read(tmp_path, text, source="Beruf", target="zahl", kind="scale")
    assert [link.code for link in table.links] == ["70"]
    assert "no number" in table.broken[0].reason


def test_letters_that_were_encoded_twice_are_mended(tmp_path: Path) -> None:
    text = f"{HEADER}http://x.org/1,dance rÃ©pÃ©titeur,A,greenÂ\xa0coffee,\n"
    (link,) = read(tmp_path, text).links
    assert (link.source_label, link.label) == ("dance répétiteur", "green coffee")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with nothing"),
        ("a,b\n1,2\n", "begins with a, b"),
        (HEADER, "no link"),
        ("isco,ISEI\n2512,high\n", "no target is a number"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_table(CrosswalkFile(file=tmp_path))


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'nowhere'"):
        read(tmp_path, HEADER + ROW, label="nowhere")


@pytest.mark.parametrize(
    ("file", "rows", "name"),
    [
        ("DE_mapping_18.05.22.csv", 8735, "klassifikation_der_berufe_2010"),
        ("ES_mapping_31.07.2021.csv", 4242, "co_sispe_2011"),
        ("FR_20230607_mapping_esco_rome.csv", 11118, "rome"),
        ("crosswalk_esco_onet_reverse.csv", 8627, "o_net_soc_2019"),
    ],
)
def test_the_published_tables_are_read_whole(shared_data, file: str, rows: int, name: str) -> None:
    path = shared_data(f"crosswalks/{file}", "published mapping tables are read")
    table = read_table(CrosswalkFile(file=path))
    assert (len(table.links), table.name) == (rows, name)
    assert len(table.broken) <= 1
    assert all(link.source.startswith(ESCO) or link.source[:4].isdigit() for link in table.links)
