import csv
import json
from pathlib import Path

import pytest

from isco.core.errors import ConfigError
from isco.core.records import Ad, BrokenRow
from isco.core.settings import InputSettings, Settings
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.reading.text_files import read_ads
from isco.review.decisions import decision_of, rows_to_learn
from isco.review.queue import Group
from isco.review.sheet import sheet_rows
from isco.review.sheets import Asked, make_sheet, read_sheets
from tests.review.answered import answer, row

LABELS = LabelReader({"5120": "Cooks", "512": "Cooks", "3434": "Chefs"}, {}, "isco_code")
ALL = Asked(below=0.8, budget=None, random_share=0.0, seed=0)


@pytest.fixture
def codes(tmp_path: Path) -> str:
    file = tmp_path / "codes.jsonl"
    rows = [
        row("a1", "=cmd|' /C calc'!A0", {"5120": 0.5, "3434": 0.3}),
        row("-x2", "Köchin", {"3434": 0.4}),
        row("a3", "köchin", {"3434": 0.4}, extra={"employer": "+Inn", "pay": [1, 2]}),
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return str(file)


def filled(sheet: Path, codes: dict[str, str]) -> str:
    """A copy of a CSV sheet with codes by id."""
    rows = list(csv.DictReader(sheet.open(encoding="utf-8-sig", newline="")))
    for each in rows:
        each["isco_code"] = codes.get(each["id"], "")
        each["note"] = f"note on {each['id']}" if each["isco_code"] else ""
    done = sheet.with_name(f"done-{sheet.name}")
    with done.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(done)


def test_a_csv_sheet_holds_no_formula_and_is_read_back_as_it_was(
    codes: str, tmp_path: Path
) -> None:
    sheet = tmp_path / "todo.csv"
    asked = Asked(0.8, None, 0.0, 0, own=("employer", "pay"))
    summary = make_sheet(Settings(), codes, sheet, asked)
    assert (summary.rows, summary.ads, summary.unsure, summary.accepted) == (2, 3, 3, 0)
    cells = [cell for cells in csv.reader(sheet.open(encoding="utf-8-sig")) for cell in cells]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    assert "5120 Group 5120 (50%)" in cells
    done = filled(sheet, {"a1": "512|3434", "'-x2": "3434.0"})
    decisions = read_sheets(Settings(), [done], LABELS).decisions
    assert {each.ids: (each.codes, each.title, each.note) for each in decisions} == {
        ("a1",): (("512", "3434"), "=cmd|' /C calc'!A0", "note on a1"),
        ("-x2", "a3"): (("3434",), "Köchin", "note on '-x2"),
    }


def test_a_workbook_offers_the_codes_and_keeps_texts_as_they_are(
    codes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openpyxl

    monkeypatch.setattr("isco.review.sheets.label_reader", lambda _: LABELS)
    sheet = tmp_path / "todo.xlsx"
    make_sheet(Settings(), codes, sheet, ALL)
    book = openpyxl.load_workbook(sheet)
    page = book["to code"]
    header = [cell.value for cell in page[1]]
    texts = {cell.value for cells in page for cell in cells}
    assert "=cmd|' /C calc'!A0" in texts
    assert not [cell for cells in page for cell in cells if cell.data_type == "f"]
    assert page.freeze_panes == "C2"
    hidden = {n for n, d in page.column_dimensions.items() if d.hidden}
    assert len(hidden) == 4
    (choice,) = page.data_validations.dataValidation
    letter = page.cell(1, header.index("isco_code") + 1).column_letter
    assert str(choice.sqref) == f"{letter}2:{letter}3"
    assert [[cell.value for cell in cells] for cells in book["codes"]] == [
        ["3434", "Chefs"], ["512", "Cooks"], ["5120", "Cooks"],
    ]  # fmt: skip
    # A coder types a number, as Excel has it.
    page.cell(2, header.index("isco_code") + 1).value = 5120.0
    book.save(sheet)
    read = read_sheets(Settings(), [str(sheet)], LABELS)
    assert ([each.codes for each in read.decisions], read.blank) == ([("5120",)], 1)


def test_a_sheet_is_named_csv_or_xlsx(codes: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a sheet is a \.csv or an \.xlsx file"):
        make_sheet(Settings(), codes, tmp_path / "todo.ods", ALL)


def test_ids_that_no_cell_holds_get_a_row_of_their_own() -> None:
    ads = tuple(answer("x" * 100 + str(n), "Cook", {"5120": 0.5}, n) for n in range(700))
    rows = list(sheet_rows([Group(ads)]))
    assert len(rows) == 3
    assert all(len(cell) <= 32_767 for cells in rows for cell in cells)
    ids = [each for cells in rows for each in (cells[0], *json.loads(cells[-1]))]
    assert ids == [ad.id for ad in ads]
    assert sum(int(cells[3]) for cells in rows) == 700


def of_sheet(**changes: object) -> Ad:
    extra = {"like_ids": '["2", "3"]', "note": "", "drawn_at_random": "1"}
    fields = {"id": "1", "title": "Cook", "isco_code": "5120", "line": 2, "row": 1}
    return Ad(**{**fields, "extra": extra, **changes})  # type: ignore[arg-type]


def test_one_decision_is_learned_for_every_ad_that_it_is_for() -> None:
    learned = list(rows_to_learn([of_sheet(), Ad(id="9", title="Chef", isco_code="3434")]))
    assert [(ad.id, ad.title) for ad in learned if isinstance(ad, Ad)] == [
        ("1", "Cook"), ("2", "Cook"), ("3", "Cook"), ("9", "Chef"),
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["Not a job", "not_a_job", "no job"])
def test_that_it_is_no_job_is_learned_for_every_ad_of_the_row(said: str) -> None:
    learned = list(rows_to_learn([of_sheet(isco_code=said)]))
    codes = [LABELS.codes(ad.isco_code or "") for ad in learned if isinstance(ad, Ad)]
    assert codes == [("not_a_job",)] * 3


@pytest.mark.parametrize("said", [None, "can’t be coded", "UNKNOWN"])
def test_what_is_no_code_is_not_learned(said: str | None) -> None:
    assert [ad.isco_code for ad in rows_to_learn([of_sheet(isco_code=said)])] == [None]


def test_a_label_of_any_other_file_comes_as_it_is() -> None:
    ad = Ad(id="1", title="'=Cook", isco_code="unknown")
    assert list(rows_to_learn([ad])) == [ad]


def test_ids_that_were_changed_are_refused_rather_than_guessed() -> None:
    changed = of_sheet(extra={"like_ids": "2, 3"})
    (broken,) = rows_to_learn([changed])
    assert isinstance(broken, BrokenRow)
    assert "like_ids were changed" in broken.reason
    with pytest.raises(ValueError, match="like_ids were changed"):
        decision_of(changed, LABELS, "todo.csv")


def test_rows_that_cannot_be_used_are_told_with_their_line(tmp_path: Path) -> None:
    sheet = tmp_path / "todo.csv"
    sheet.write_text(
        "id,title,isco_code,like_ids,drawn_at_random\n"
        "1,Cook,9999,[],\n,Chef,3434,[],\n3,Waiter,5120,[],twice\n4,Baker,,[],\n"
    )
    read = read_sheets(Settings(), [str(sheet)], LABELS)
    assert not read.decisions
    assert read.blank == 1
    assert [(each.line, each.id) for each in read.refused] == [(2, "1"), (3, "row-2"), (4, "3")]
    assert "no group of the taxonomy" in read.refused[0].reason
    assert "no id" in read.refused[1].reason
    assert "drawn_at_random is 'twice'" in read.refused[2].reason


def test_a_cell_with_code_and_title_is_that_code() -> None:
    assert LABELS.codes("5120 Cooks (62%)") == ("5120",)
    assert LABELS.codes("512 cooks|3434") == ("512", "3434")
    with pytest.raises(ValueError, match="not an ISCO-08 code"):
        LABELS.codes("5120 or 3434")


def test_a_sheet_is_read_as_any_labelled_ads(codes: str, tmp_path: Path) -> None:
    sheet = tmp_path / "todo.csv"
    columns = InputSettings(id="nr", title="job", description="text", isco_code="code")
    make_sheet(Settings(input=columns), codes, sheet, ALL)
    first = next(iter(read_ads(str(sheet), columns)))
    assert isinstance(first, Ad)
    assert (first.id, first.title, first.isco_code) == ("'-x2", "Köchin", None)
