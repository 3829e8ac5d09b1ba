"""Label Studio: the labelling configuration, tasks with predictions, and its exports. Pure.

Coders see the candidates first and the taxonomy's tree after "none of these", as Insee has it for
occupations. The formats are those of https://labelstud.io/guide/task_format and
https://labelstud.io/guide/export.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from isco.core.records import Ad, BrokenRow, Row
from isco.review.answers import CandidateCode
from isco.review.decisions import CODER, Verdict
from isco.review.queue import Group
from isco.review.sheet import (
    ADS,
    CANDIDATES,
    DRAWN,
    LIKE_IDS,
    MACHINE_CODE,
    MACHINE_CONFIDENCE,
    NOTE,
)

NONE_OF_THESE = "none of these"
# Names of its tags. The task's own id is Label Studio's, so that the ad's has another name.
_AD_ID, _TEXT, _CANDIDATE, _CODE = "ad_id", "text", "candidate", "code"
_DIFFICULTY, _COMMENT = "difficulty", "comment"
_OTHERS = (NONE_OF_THESE, str(Verdict.NOT_CODABLE), str(Verdict.NOT_A_JOB))
_LONGEST_HINT = 400


def labelling_configuration(titles: Mapping[str, str], definitions: Mapping[str, str]) -> str:
    """The configuration as XML; `titles` of all groups, and `definitions` of some, by code."""
    view = Element("View")
    SubElement(view, "Header", {"value": "$title", "size": "3"})
    SubElement(view, "Text", {"name": _TEXT, "value": "$text"})
    SubElement(
        view,
        "Choices",
        {
            "name": _CANDIDATE, "toName": _TEXT, "value": "$candidates", "choice": "single",
            "required": "true", "requiredMessage": "Choose a code, or say why there is none",
        },
    )  # fmt: skip
    after_none = SubElement(
        view,
        "View",
        {
            "visibleWhen": "choice-selected", "whenTagName": _CANDIDATE,
            "whenChoiceValue": NONE_OF_THESE,
        },
    )  # fmt: skip
    tree = SubElement(
        after_none,
        "Taxonomy",
        {
            "name": _CODE, "toName": _TEXT, "leafsOnly": "false", "showFullPath": "false",
            "placeholder": "Any group; several where several are right",
        },
    )  # fmt: skip
    _grow(tree, "", titles, definitions)
    difficulty = SubElement(
        view,
        "Choices",
        {"name": _DIFFICULTY, "toName": _TEXT, "choice": "single", "showInline": "true"},
    )
    for level in ("easy", "hard"):
        SubElement(difficulty, "Choice", {"value": level})
    SubElement(
        view,
        "TextArea",
        {
            "name": _COMMENT, "toName": _TEXT, "rows": "2", "maxSubmissions": "1",
            "placeholder": "Comment",
        },
    )  # fmt: skip
    indent(view)
    return tostring(view, encoding="unicode")


def _grow(
    above: Element, code: str, titles: Mapping[str, str], definitions: Mapping[str, str]
) -> None:
    for below in sorted(each for each in titles if len(each) == len(code) + 1):
        if below.startswith(code):
            what = {"value": f"{below} {titles[below]}"}
            if definition := definitions.get(below):
                what["hint"] = definition[:_LONGEST_HINT]
            _grow(SubElement(above, "Choice", what), below, titles, definitions)


def tasks_of(groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    """A task for each group, with the machine's answer as a prediction."""
    for group in groups:
        shown = group.shown
        candidates = shown.codes[:CANDIDATES]
        task: dict[str, Any] = {
            "data": {
                _AD_ID: shown.id,
                "title": shown.title,
                _TEXT: shown.text or shown.title,
                "candidates": [
                    *({"value": choice_of(code), "hint": _hint(code)} for code in candidates),
                    *({"value": other} for other in _OTHERS),
                ],
                ADS: len(group.ads),
                LIKE_IDS: [ad.id for ad in group.ads[1:]],
                MACHINE_CODE: shown.isco_code,
                MACHINE_CONFIDENCE: shown.confidence,
                DRAWN: group.drawn,
            }
        }
        if candidates:
            result = {
                "from_name": _CANDIDATE,
                "to_name": _TEXT,
                "type": "choices",
                "value": {"choices": [choice_of(candidates[0])]},
            }
            version = f"isco {shown.versions.get('software', '')}".strip()
            task["predictions"] = [
                {"model_version": version, "score": shown.sure, "result": [result]}
            ]
        yield task


def choice_of(code: CandidateCode) -> str:
    """A candidate's choice: code and title."""
    return f"{code.isco_code} {code.isco_label}".strip()


def is_export(value: Any) -> bool:
    """Whether a JSON value is an export of tasks that were made here."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(task, Mapping) for task in value)
        and _AD_ID in _data(value[0])
        and ("annotations" in value[0] or "annotation_id" in value[0])
    )


def coded_rows(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """The ads of an export, JSON or JSON-MIN, as rows of a sheet.

    Of several annotations of a task the one marked as ground truth counts, else what most say;
    what was skipped or is empty does not. Where they are equally many, the row is broken.
    """
    together: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for place, task in enumerate(tasks, start=1):
        # JSON-MIN has a row for each annotation.
        key = str(_data(task).get(_AD_ID, f"\0{place}"))
        together.setdefault(key, []).append((place, task))
    for members in together.values():
        place, first = members[0]
        data = _data(first)
        said = [each for _, task in members for each in _annotations(task) if each["isco_code"]]
        truths = [each for each in said if each["truth"]]
        # Several codes are the same decision in any order.
        counted = Counter(_same(each) for each in truths or said).most_common()
        ad_id = str(data.get(_AD_ID) or "")
        if not ad_id:
            yield BrokenRow(str(place), place, place, f"task {place} has no {_AD_ID}", True)
            continue
        if len(counted) > 1 and counted[0][1] == counted[1][1]:
            codes = ", ".join(code for code, _ in counted)
            reason = f"annotators disagree ({codes}): mark one of theirs as ground truth"
            yield BrokenRow(ad_id, place, place, reason)
            continue
        counting = [each for each in truths or said if _same(each) == counted[0][0]]
        yield Ad(
            id=ad_id,
            title=str(data.get("title") or ""),
            description=str(data.get(_TEXT) or ""),
            row=place,
            line=place,
            isco_code=counting[0]["isco_code"] if counting else None,
            extra={
                **{name: data.get(name) for name in (LIKE_IDS, MACHINE_CODE, MACHINE_CONFIDENCE,
                                                     DRAWN)},
                CODER: ", ".join(dict.fromkeys(filter(None, (e["coder"] for e in counting)))),
                NOTE: "; ".join(dict.fromkeys(filter(None, (e["note"] for e in counting)))),
            },
        )  # fmt: skip


def _data(task: Mapping[str, Any]) -> Mapping[str, Any]:
    found = task.get("data", task)
    return found if isinstance(found, Mapping) else {}


def _annotations(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What each annotator said of a task: code or verdict, coder, note, whether it is the truth."""
    if "annotations" not in task:
        values = {name: _listed(task.get(name)) for name in
                  (_CANDIDATE, _CODE, _DIFFICULTY, _COMMENT)}  # fmt: skip
        yield _said(values, task.get("annotator"), truth=False)
        return
    for annotation in task["annotations"] or []:
        if annotation.get("was_cancelled"):
            continue
        values = {}
        for part in annotation.get("result") or []:
            found = part.get("value") or {}
            values.setdefault(part.get("from_name"), []).extend(
                found.get("choices") or found.get("taxonomy") or found.get("text") or []
            )
        yield _said(values, annotation.get("completed_by"), bool(annotation.get("ground_truth")))


def _said(values: Mapping[str, list[Any]], by: Any, truth: bool) -> dict[str, Any]:
    chosen = [str(each) for each in values.get(_CANDIDATE, [])]
    paths = [path for path in values.get(_CODE, []) if path]
    # A choice is "5120 Cooks", a path the groups from the top down to it.
    codes = [_code(path[-1] if isinstance(path, list) else path) for path in paths]
    if chosen and chosen[0] != NONE_OF_THESE:
        codes = [chosen[0] if chosen[0] in _OTHERS else _code(chosen[0])]
    difficulty = [f"difficulty: {each}" for each in values.get(_DIFFICULTY, [])]
    return {
        "isco_code": "|".join(codes) or None,
        "coder": str(by.get("email") or by.get("id") or "")
        if isinstance(by, Mapping)
        else "" if by is None else str(by),
        "note": "; ".join([*map(str, values.get(_COMMENT, [])), *difficulty]),
        "truth": truth,
    }  # fmt: skip


def _same(said: Mapping[str, Any]) -> str:
    return "|".join(sorted(said["isco_code"].split("|")))


def _code(choice: Any) -> str:
    return str(choice).partition(" ")[0]


def _listed(value: Any) -> list[Any]:
    """A value of JSON-MIN: one by itself, several in a list, others in objects by their kind."""
    found: list[Any] = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            lists = (some for some in each.values() if isinstance(some, list))
            found.extend(next(lists, []))
        elif each:
            found.append(each)
    return found


def _hint(code: CandidateCode) -> str:
    names = ", ".join(code.names[:3])
    return f"{code.probability:.0%}; nearest: {names}" if names else f"{code.probability:.0%}"
