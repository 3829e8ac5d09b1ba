import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.core.settings import InputSettings
from isco.retriever.labelled.labels import LabelReader
from isco.review.coded_rows import read_coded
from isco.review.decisions import decision_of, rows_to_learn
from isco.review.label_studio import coded_rows, labelling_configuration, tasks_of
from isco.review.queue import Group
from tests.review.answered import answer

TITLES = {
    "5": "Service workers", "51": "Personal service", "512": "Cooks", "5120": "Cooks & <chefs>",
    "3": "Technicians", "34": "Legal", "343": "Artistic", "3434": "Chefs",
}  # fmt: skip
GROUP = Group(
    (answer("a1", "Cook", {"5120": 0.5, "3434": 0.25}), answer("a2", "COOK", {"5120": 0.5})),
    drawn=1,
)


def test_the_configuration_has_the_tree_of_the_taxonomy_after_none_of_these() -> None:
    view = fromstring(labelling_configuration(TITLES, {"5120": 'Plan "meals" & cook.'}))
    hidden = view.find("View[@whenChoiceValue='none of these']")
    assert hidden is not None
    path = "Taxonomy/Choice/Choice/Choice/Choice"
    units = {each.get("value"): each.get("hint") for each in hidden.iterfind(path)}
    assert units == {"3434 Chefs": None, "5120 Cooks & <chefs>": 'Plan "meals" & cook.'}
    majors = [each.get("value") for each in hidden.iterfind("Taxonomy/Choice")]
    assert majors == ["3 Technicians", "5 Service workers"]


def test_a_task_has_candidates_in_order_the_ways_out_and_the_machines_answer() -> None:
    (task,) = tasks_of([GROUP])
    choices = [each["value"] for each in task["data"]["candidates"]]
    assert choices == [
        "5120 Group 5120", "3434 Group 3434", "none of these", "can't be coded", "not a job",
    ]  # fmt: skip
    assert (task["data"]["ad_id"], task["data"]["like_ids"]) == ("a1", ["a2"])
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.5
    assert prediction["result"][0]["value"] == {"choices": ["5120 Group 5120"]}


def choice(name: str, *chosen: str) -> dict[str, Any]:
    value = {"choices": list(chosen)}
    return {"from_name": name, "to_name": "text", "type": "choices", "value": value}


def tree(*paths: list[str]) -> dict[str, Any]:
    value = {"taxonomy": list(paths)}
    return {"from_name": "code", "to_name": "text", "type": "taxonomy", "value": value}


def annotation(*result: dict[str, Any], by: Any = 1, **other: Any) -> dict[str, Any]:
    return {"id": 7, "completed_by": by, "result": list(result), "was_cancelled": False, **other}


def exported(*annotations: dict[str, Any]) -> list[dict[str, Any]]:
    (task,) = tasks_of([GROUP])
    return [{"id": 1, "data": task["data"], "annotations": list(annotations), "drafts": []}]


COOK = annotation(choice("candidate", "5120 Group 5120"))
CHEF = annotation(choice("candidate", "3434 Group 3434"), by={"id": 2, "email": "b@x.org"})


@pytest.mark.parametrize(
    ("annotations", "code"),
    [
        ([COOK], "5120"),
        ([annotation(choice("candidate", "none of these"), tree(["5 S", "51 P", "512 C"]))], "512"),
        ([annotation(tree(["5 S", "51 P", "512 C", "5120 C"], ["3 T"]))], "5120|3"),
        # The tree is hidden again, and what was chosen in it before does not count.
        ([annotation(choice("candidate", "3434 Group 3434"), tree(["5 S"]))], "3434"),
        ([annotation(choice("candidate", "not a job"))], "not a job"),
        ([annotation(choice("candidate", "none of these"))], None),
        ([annotation()], None),
        ([], None),
        ([{**COOK, "was_cancelled": True}], None),
        ([{**COOK, "was_cancelled": True}, CHEF], "3434"),
        ([COOK, CHEF, COOK], "5120"),
        ([annotation(tree(["5"], ["3"])), CHEF, annotation(tree(["3"], ["5"]))], "5|3"),
        ([COOK, COOK, {**CHEF, "ground_truth": True}], "3434"),
    ],
)  # fmt: skip
def test_what_annotators_chose_is_one_code(
    annotations: list[dict[str, Any]], code: str | None
) -> None:
    (row,) = coded_rows(exported(*annotations))
    assert isinstance(row, Ad)
    assert (row.id, row.title, row.isco_code) == ("a1", "Cook", code)


def test_annotators_that_disagree_are_told_and_none_is_taken() -> None:
    (row,) = coded_rows(exported(COOK, CHEF))
    assert isinstance(row, BrokenRow)
    assert "annotators disagree (5120, 3434)" in row.reason


def test_a_decision_keeps_coder_comment_and_draw_and_is_learned_for_ads_alike() -> None:
    comment = {"from_name": "comment", "type": "textarea", "value": {"text": ["night shifts"]}}
    said = annotation(choice("candidate", "5120 Group 5120"), comment, choice("difficulty", "hard"),
                      by={"id": 2, "email": "b@x.org"})  # fmt: skip
    (row,) = coded_rows(exported(said))
    assert isinstance(row, Ad)
    found = decision_of(row, LabelReader(TITLES, {}, "isco_code"), "export.json")
    assert found
    assert (found.coder, found.note) == ("b@x.org", "night shifts; difficulty: hard")
    assert (found.ids, found.drawn, found.machine_code) == (("a1", "a2"), 1, "5120")
    assert [ad.id for ad in rows_to_learn([row])] == ["a1", "a2"]


def test_json_min_is_read_as_well(tmp_path: Path) -> None:
    (task,) = tasks_of([GROUP])
    base = {**task["data"], "id": 1, "annotation_id": 3, "annotator": 1}
    path = {"taxonomy": [["5 S", "51 P", "512 C", "5120 C"]]}
    rows = [
        {**base, "ad_id": "x1", "candidate": "3434 Group 3434", "comment": "hm"},
        {**base, "ad_id": "x2", "candidate": "none of these", "code": [path]},
        {**base, "ad_id": "x3", "candidate": "none of these", "code": [["5 S"], ["3 T"]]},
    ]
    file = tmp_path / "min.json"
    file.write_text(json.dumps(rows))
    read = list(read_coded(str(file), InputSettings()))
    assert [(row.id, row.isco_code) for row in read if isinstance(row, Ad)] == [
        ("x1", "3434"), ("x2", "5120"), ("x3", "5|3"),
    ]  # fmt: skip


def test_other_json_is_read_as_labelled_ads_and_half_an_export_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "coded.json"
    file.write_text(json.dumps([{"id": "1", "title": "Cook", "isco_code": "5120"}]))
    (row,) = read_coded(str(file), InputSettings())
    assert isinstance(row, Ad)
    assert row.isco_code == "5120"
    file.write_text(json.dumps(exported(COOK))[:-20])
    with pytest.raises(InputError, match="no whole JSON"):
        list(read_coded(str(file), InputSettings()))
