import csv
import json
from pathlib import Path

import pytest

from isco.core.errors import InputError
from isco.core.records import Occupation
from isco.review.answers import answer_of
from isco.review.reading import read_answers
from tests.review.answered import row


def test_candidates_of_one_code_share_its_probability() -> None:
    found = row("1", "Cook", {})
    found["candidates"] = [
        {"isco_code": code, "isco_label": code, "label": name, "probability": share}
        for code, name, share in (
            ("5120", "cook", 0.3), ("3434", "chef", 0.25), ("5120", "grill", 0.1)
        )
    ]  # fmt: skip
    codes = answer_of(found).codes
    assert [(c.isco_code, round(c.probability, 6), c.names) for c in codes] == [
        ("5120", 0.4, ("cook", "grill")),
        ("3434", 0.25, ("chef",)),
    ]


def test_the_best_unit_group_is_taken_from_the_row_where_it_has_one() -> None:
    found = row("1", "Cook", {"5120": 0.4})
    found |= {
        "isco_code": "51",
        "best_code": "5131",
        "best_label": "Waiters",
        "best_confidence": 0.6,
    }
    best = answer_of(found).best
    assert best and (best.isco_code, best.isco_label, best.probability) == ("5131", "Waiters", 0.6)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_every_format_is_read_back_alike(kind: str, tmp_path: Path) -> None:
    rows = [
        row("1", "Cook", {"5120": 0.4, "3434": 0.2}),
        row("2", "", {}, path="error", profile=None),
    ]
    file = tmp_path / f"codes.{kind}"
    flat = [
        {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in each.items()}
        for each in rows
    ]
    if kind == "jsonl":
        file.write_text("\n".join(map(json.dumps, rows)))
    elif kind == "csv":
        with file.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(flat)
    else:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(flat), file)
    first, second = read_answers(str(file))
    assert (first.id, first.title, first.text, first.isco_code) == (
        "1",
        "Cook",
        "Text of 1.",
        "5120",
    )
    assert [each.isco_code for each in first.codes] == ["5120", "3434"]
    assert (second.path, second.isco_code, second.codes, second.position) == ("error", None, (), 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "1", "title": "Cook"}', "is no file of predictions: it has no 'path'"),
        (json.dumps(row("1", "Cook", {}, path="guess")), "line 1 its path is 'guess'"),
        (json.dumps(row("1", "Cook", {"5120": 7})), "line 1 its confidence is 7, not from 0 to 1"),
        (json.dumps(row("", "Cook", {})), "line 1 has no id"),
        (json.dumps(row("1", "Cook", {})) + "\n{", "line 2 is not JSON"),
        (json.dumps(row("1", "Cook", {}, candidates="[")), "line 1 its candidates is no JSON"),
    ],
)  # fmt: skip
def test_what_is_no_prediction_is_refused_by_its_line(
    content: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "codes.jsonl"
    file.write_text(content)
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        list(read_answers(str(file)))


def test_a_flat_table_is_read_with_its_candidates_and_the_ads_own_columns(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(
        "id;title;employer;isco_code;isco_label;level;confidence;path;best_code;best_label;"
        "best_confidence;candidate_1;candidate_2;candidate_3;language;reason\n"
        "1;Cook (m/f);Inn;512;Cooks;3;0,8;vote;5120;Cooks;0,55;5120 Cooks (55%);"
        "3434 Chefs, head (25%);9412 Kitchen helpers;en;Closest.\n"
        "2;;;;;0;0;error;;;;;;;;line 3 is empty\n"
    )
    found, broken = read_answers(str(file))
    assert (found.title, found.isco_code, found.confidence) == ("Cook (m/f)", "512", 0.8)
    assert [(c.isco_code, c.isco_label, c.probability) for c in found.codes] == [
        ("5120", "Cooks", 0.55), ("3434", "Chefs, head", 0.25), ("9412", "Kitchen helpers", 0.0),
    ]  # fmt: skip
    assert dict(found.own) == {"employer": "Inn"}
    assert (broken.path, broken.codes) == ("error", ())


@pytest.mark.parametrize(
    "row",
    [
        {"occupations": [{"uri": "u:1", "label": "cook", "isco_code": "5120", "probability": 0.4}]},
        {"occupation_uri": "u:1", "occupation_label": "cook", "occupation_probability": "0,4"},
    ],
)
def test_occupations_are_read_nested_and_flat(row: dict[str, object]) -> None:
    found = answer_of({"id": "1", "path": "vote", "isco_code": "5120", "confidence": 0.5, **row})
    assert found.occupations == (Occupation("u:1", "cook", "5120", 0.4),)
    assert found.occupation == found.occupations[0]
