"""Lists of titles as offices publish them: read, held against the taxonomy, remembered."""

import io

import pytest

from isco.core.errors import InputError
from isco.core.settings import NamesFile
from isco.ingest.changes import listed_counts
from isco.ingest.documents import searchable_leaves
from isco.ingest.load import dry_run
from isco.ingest.plan import prepare
from isco.ingest.sources import read_names, read_source, with_names
from isco.ingest.sources.inverted import turned_round
from isco.ingest.sources.name_codes import unit_of
from isco.ingest.sources.names import ExtraName
from isco.ingest.taxonomy import build_taxonomy
from tests.support.esco_download import BAKER, EscoDownload, group_uri

UNITS = {"0110", "0310", "1120", "5120", "7512"}


@pytest.fixture
def taxonomy(tmp_path):
    folder = EscoDownload().write_folder(tmp_path / "esco-v1.2.1")
    return read_source(str(folder), "en")


@pytest.fixture
def read(tmp_path):
    """The names in a file of that content, with what is said of it in taxonomy.names."""

    def read(content, name="list.csv", **said):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(n.name, n.code, n.language) for n in read_names(NamesFile(file=path, **said))]

    return read


def leaves(source):
    return searchable_leaves(build_taxonomy(source))


def labels(source, uri):
    return next(leaf.labels for leaf in leaves(source) if leaf.uri == uri)


@pytest.mark.parametrize(
    ("header", "row", "language"),
    [
        ("ISCO 08\tISCO-88\tTitle EN", "7512\t7412\tBaker", "en"),
        ("ISCO_08 Code,ISCO-88 code,Occupational title", "7512,7412,Baker", None),
        ("Unit,ISCO 08 Title EN,ISCO 08 Code,Index title", "x,Bakers,7512,Baker", None),
        ("SSYK 2012;Yrkesbenämning", "7512;Baker", "sv"),
        ("SSYK 2012-kod;SSYK 2012 benämning;ISCO-08;Yrkesbenämningar", "9;B;7512;Baker", "sv"),
        ("Ö-ISCO-Code;Ö-ISCO Bezeichnung;Berufsbezeichnung", "7512;Bäcker/innen;Baker", "de"),
        ("code,titre,langue", "7512,Baker,FR", "fr"),
        ("Kod zawodu,Kod,Nazwa zawodu", "1,7512,Baker", "pl"),
    ],
    ids=["ILO", "ILO, other words", "beside groups' titles", "SSYK", "SSYK beside ISCO", "Ö-ISCO",
         "a column of languages", "Polish"],
)  # fmt: skip
def test_columns_are_found_by_their_headers(read, header, row, language):
    notes = "Index of titles\nSource: the office\n\n"
    assert read(f"{notes}{header}\n{row}\n") == [("Baker", "7512", language)]


def test_a_table_in_several_languages_has_names_in_each(read):
    content = "isco08,title_en,title_fr\n7512,Baker,Boulanger\n5120,,Cuisinier\n"
    assert read(content) == [
        ("Baker", "7512", "en"), ("Boulanger", "7512", "fr"), ("Cuisinier", "5120", "fr"),
    ]  # fmt: skip


def test_columns_may_be_named_and_so_may_the_language(read):
    content = "K1,K2,isco,title\nBäcker,7512,5120,x\n"
    assert read(content, title="K1", code="k2", language="de") == [("Bäcker", "7512", "de")]
    with pytest.raises(InputError, match="has no columns 'K9' and 'k2'"):
        read(content, title="K9", code="k2")


def test_a_spreadsheet_s_own_unicode_and_workbooks_are_read(read):
    openpyxl = pytest.importorskip("openpyxl")
    assert read("code\tname\n7512\tBäcker\n".encode("utf-16")) == [("Bäcker", "7512", None)]
    book = openpyxl.Workbook()
    book.active.append(["Notes"])
    sheet = book.create_sheet("Index")
    for row in (["The index"], [], ["ISCO 08", "Title"], [110, "General"], [7512.0, "Baker"]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    found = [("General", "110", None), ("Baker", "7512", None)]
    assert read(stream.getvalue(), "list.xlsx") == found
    assert read(stream.getvalue(), "list.xlsx", sheet="Index") == found
    with pytest.raises(InputError, match="no sheet 'X'; its sheets are Sheet, Index"):
        read(stream.getvalue(), "list.xlsx", sheet="X")
    with pytest.raises(InputError, match=r"list\.xlsx.*can't be read"):
        read(b"no workbook", "list.xlsx")


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("7512", "7512"), ("C7512", "7512"), ("ISCO-08 7512", "7512"), ("7512.0", "7512"),
        ("7512.1", "7512"), ("110", "0110"), ("310", "0310"), ("751", None), ("7599", None),
        ("75121", None), ("baker", None), ("", None),
    ],
)  # fmt: skip
def test_codes_are_read_as_spreadsheets_write_them(written, unit):
    assert unit_of(written, UNITS, subdivided=False) == unit


@pytest.mark.parametrize(
    ("written", "unit"),
    [("75121", "7512"), ("01101", "0110"), ("1101", "0110"), ("11201", "1120"), ("99991", None)],
)
def test_national_versions_of_isco_go_on_after_the_unit_group(written, unit):
    assert unit_of(written, UNITS, subdivided=True) == unit


@pytest.mark.parametrize(
    ("title", "turned"),
    [
        ("Worker, stonework: layout", "layout stonework Worker"),
        ("Operator, machine: carving (stone)", "stone carving machine Operator"),
        ("Baker", None),
        ("Baker (bread)", None),
    ],
)
def test_inverted_titles_are_turned_round(title, turned):
    assert turned_round(title) == turned


def test_what_the_taxonomy_calls_so_already_is_no_further_name(taxonomy):
    names = [ExtraName("BAKER", "7512"), ExtraName("Loaf artist", "7512")]
    joined = with_names(taxonomy, names, "index")
    (found,) = joined.lists
    assert (found.titles, found.added, found.known) == (2, 1, 1)
    assert "BAKER" not in labels(joined, group_uri("7512"))
    assert listed_counts(leaves(joined)) == {"index": 2}


@pytest.mark.parametrize("title", ["Bread maker", "Maker, bread"])
def test_a_title_under_another_code_goes_by_what_is_preferred(taxonomy, title):
    names = [ExtraName(title, "5120")]
    kept = with_names(taxonomy, names, "index")
    assert labels(kept, group_uri("5120")) == labels(taxonomy, group_uri("5120"))
    assert [(c.title, c.isco_code, c.taxonomy) for c in kept.lists[0].contradictions] == [
        (title, "5120", ("7512",))
    ]
    told = with_names(taxonomy, names, "index", "names")
    assert title in labels(told, group_uri("5120"))
    assert "bread maker" in labels(taxonomy, BAKER)
    assert "bread maker" not in labels(told, BAKER)
    assert len({taxonomy.checksum, kept.checksum, told.checksum}) == 3


def test_codes_of_another_classification_are_refused(taxonomy):
    names = [ExtraName(f"job {n}", str(n)) for n in range(9801, 9821)]
    with pytest.raises(InputError, match=r"not ISCO-08's: 20 of 21 .*9801, 9802"):
        with_names(taxonomy, [*names, ExtraName("Loaf artist", "7512")], "index")
    few = with_names(taxonomy, [*names[:3], ExtraName("Loaf artist", "7512")], "index")
    assert few.lists[0].unknown == ("9801", "9802", "9803")


def test_lists_are_told_apart_from_the_settings_to_the_diff(make_settings, tmp_path, taxonomy):
    (tmp_path / "a.csv").write_text("code,name\n7512,Loaf artist\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("code,name\n7512,Oven keeper\n", encoding="utf-8")
    names = [f"First index={tmp_path / 'a.csv'}", str(tmp_path / "b.csv")]
    settings = make_settings(taxonomy__names=names, taxonomy__language="en")
    plan = prepare(settings, str(tmp_path / "esco-v1.2.1"))
    group = next(leaf for leaf in plan.leaves if leaf.uri == group_uri("7512"))
    assert group.listed_names == (("First index", ("Loaf artist",)), ("b", ("Oven keeper",)))
    assert [found.name for found in dry_run(settings, str(tmp_path / "esco-v1.2.1")).lists] == [
        "First index", "b",
    ]  # fmt: skip
