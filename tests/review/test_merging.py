import csv
import json
from pathlib import Path
from typing import Any

import pytest

from isco.core.settings import Settings
from isco.retriever.labelled.labels import LabelReader
from isco.review.decisions import Decision, Verdict
from isco.review.merge import merge
from isco.review.merging import Decided, merged_row
from isco.review.random_share import drawn_accuracy
from tests.review.answered import answer, row

TITLES = {"5120": "Cooks", "512": "Cooks", "3434": "Chefs", "2512": "Developers"}


def decision(ad_id: str, *codes: str, **changes: Any) -> Decision:
    values: dict[str, Any] = {"title": "Cook", "verdict": None, "sheet": "a.csv", "line": 2}
    return Decision(id=ad_id, codes=codes, **{**values, **changes})


def test_a_later_sheet_wins_and_the_contradiction_is_told() -> None:
    decided = Decided.of([decision("1", "5120"), decision("1", "3434", sheet="b.csv")])
    assert decided.by_id["1"].codes == ("3434",)
    (told,) = decided.disagreements
    assert (told.before, told.before_sheet, told.after, told.after_sheet) == (
        "5120", "a.csv", "3434", "b.csv",
    )  # fmt: skip


def test_the_same_decision_twice_is_no_contradiction() -> None:
    assert not Decided.of(
        [decision("1", "5120", "3434"), decision("1", "3434", "5120")]
    ).disagreements


def test_what_was_decided_for_the_ad_itself_goes_before_what_was_for_its_title() -> None:
    own, alike = decision("1", "5120"), decision("2", "3434", like_ids=("1",))
    for order in ([own, alike], [alike, own]):
        decided = Decided.of(order)
        assert decided.by_id["1"].codes == ("5120",)
        assert decided.by_id["2"].codes == ("3434",)
        assert len(decided.disagreements) == 1


def test_a_merged_row_says_who_decided_and_keeps_what_the_machine_said() -> None:
    ad = answer("1", "Cook", {"3434": 0.4}, extra={"employer": "Inn", "note": "theirs"})
    found = merged_row(ad, decision("1", "5120", "3434", note="sure"), TITLES)
    assert found == found | {
        "isco_code": "5120", "isco_label": "Cooks", "level": 4, "also": "3434",
        "decided_by": "person", "sheet": "a.csv", "note": "sure", "path": "coded",
        "confidence": None, "machine_code": "3434", "machine_confidence": 0.4, "employer": "Inn",
        "input_note": "theirs",
    }  # fmt: skip
    assert merged_row(ad, None, TITLES)["decided_by"] == "machine"


@pytest.mark.parametrize(("code", "label"), [("3434", "chef"), ("5120", "cook"), ("2512", None)])
def test_the_occupation_of_the_final_code_stays_where_the_machine_had_one(
    code: str, label: str | None
) -> None:
    occupations = [
        {"uri": f"u:{name}", "label": name, "isco_code": of, "probability": 0.3}
        for name, of in (("chef", "3434"), ("sous-chef", "3434"), ("cook", "5120"))
    ]
    ad = answer("1", "Cook", {"3434": 0.4}, occupations=occupations)
    found = merged_row(ad, decision("1", code), TITLES)
    assert found["occupation_label"] == label


@pytest.mark.parametrize(
    ("verdict", "path"), [(Verdict.NOT_A_JOB, "not_a_job"), (Verdict.NOT_CODABLE, "declined")]
)
def test_a_person_may_say_that_there_is_no_code(verdict: Verdict, path: str) -> None:
    found = merged_row(answer("1", "Cook", {"3434": 0.4}), decision("1", verdict=verdict), TITLES)
    assert (found["isco_code"], found["level"], found["path"]) == (None, 0, path)
    assert found["decided_by"] == "person"


def test_what_was_learned_since_does_not_make_the_random_share_right() -> None:
    ad = answer("1", "Cook", {"5120": 0.99}, path="coded")
    found = merged_row(ad, decision("1", "5120", machine_code="3434", drawn=1), TITLES)
    assert found["machine_code"] == "3434"


def test_the_random_share_counts_draws_by_level_and_leaves_out_what_has_no_code() -> None:
    found = drawn_accuracy(
        [
            decision("1", "5120", drawn=3, machine_code="5120", machine_confidence=0.9),
            decision("2", "5120", drawn=1, machine_code="5121", machine_confidence=0.7),
            decision("3", "512", drawn=1, machine_code="5121", machine_confidence=0.8),
            decision("4", verdict=Verdict.NOT_A_JOB, drawn=1, machine_code="2512"),
            decision("5", verdict=Verdict.NOT_CODABLE, drawn=2, machine_code="2512"),
            decision("6", "2512", machine_code="5120"),
        ]
    )
    assert found
    assert (found.coded, found.not_codable) == (6, 2)
    assert {level: (f.right, f.n) for level, f in found.by_level.items()} == {
        4: (3, 5), 3: (5, 6), 2: (5, 6), 1: (5, 6),
    }  # fmt: skip
    assert found.said == pytest.approx((3 * 0.9 + 0.7 + 0.8) / 6)
    assert drawn_accuracy([decision("6", "2512", machine_code="5120")]) is None


def test_one_final_file_has_every_ad_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = LabelReader(TITLES, {}, "isco_code")
    monkeypatch.setattr("isco.review.merge.label_reader", lambda _: labels)
    codes, sheet, final = tmp_path / "codes.jsonl", tmp_path / "todo.csv", tmp_path / "final.csv"
    rows = [
        row("1", "Cook", {"3434": 0.4}),
        row("2", "COOK", {"3434": 0.4}),
        row("3", "Dev", {"2512": 0.9}),
        # Two ads of one id: the decision is for the one whose title it had.
        row("4", "Chef", {"2512": 0.2}, extra={"tags": ["a"]}),
        row("4", "Boss", {"2512": 0.2}),
        row("5", "", {}, path="error", profile=None),
    ]
    codes.write_text("\n".join(map(json.dumps, rows)))
    sheet.write_text(
        'id,title,isco_code,note,like_ids\n1,Cook,5120,"a, b","[""2""]"\n4,Chef,3434,,[]\n'
        "3,Dev,,,[]\n77,Gone,5120,,[]\n"
    )
    summary = merge(Settings(), str(codes), [str(sheet)], final)
    found = list(csv.DictReader(final.open(newline="", encoding="utf-8-sig")))
    assert [(r["id"], r["isco_code"], r["decided_by"], r["note"]) for r in found] == [
        ("1", "5120", "person", "a, b"),
        ("2", "5120", "person", "a, b"),
        ("3", "2512", "machine", ""),
        ("4", "3434", "person", ""),
        ("4", "2512", "machine", ""),
        ("5", "", "machine", ""),
    ]
    assert found[3]["tags"] == '["a"]'
    assert (summary.ads, summary.by_people, summary.decisions, summary.blank) == (6, 3, 3, 1)
    assert summary.missing == ("77",)
    assert not final.with_name("final.csv.unfinished").exists()
