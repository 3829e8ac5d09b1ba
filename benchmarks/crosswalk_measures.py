"""How right occupations and national codes are, by several ways from the one to the other."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.confidence import calibration_error
from benchmarks.crosswalk_cases import Case
from isco.crosswalk.joining import Crosswalk, Joined
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.links import Relation
from isco.crosswalk.weighing import link_shares

UNIFORM: Mapping[Relation | None, float] = dict.fromkeys((*Relation, None), 1.0)
WAYS = {
    "occupation, all targets alike": partial(link_shares, relations=UNIFORM, sharpness=0.0),
    "occupation, by relation": partial(link_shares, sharpness=0.0),
    "and by likeness to the others' labels": link_shares,
}
LOOKED_UP = "looked up: own label in the table"
PLAIN = "unit group, a target of it at random"


def measured_occupations(cases: Sequence[Case]) -> dict[str, float]:
    """How right the occupations are, and their probabilities."""
    found = [case.prediction.occupation for case in cases]
    right = np.array(
        [bool(o) and o.uri in case.occupations for case, o in zip(cases, found, strict=True) if o]
    )
    sure = np.array([each.probability for each in found if each])
    of_code = [
        leaf
        for case, leaf in zip(cases, found, strict=True)
        if leaf
        and any(each.uri in case.occupations for each, _ in case.leaves)
        and leaf.uri in case.occupations
    ]
    with_right_code = sum(
        any(leaf.uri in case.occupations for leaf, _ in case.leaves) for case in cases
    )
    return {
        "n": len(cases),
        "code": with_right_code / len(cases),
        "right": float(right.sum() / len(cases)),
        "of right codes": len(of_code) / max(with_right_code, 1),
        "says": float(sure.mean()),
        "error": calibration_error(sure, right.astype(float)),
    }


def joined(
    case: Case, crosswalk: Crosswalk, likeness: Likeness, shares: Any, withheld: bool
) -> Joined:
    """What the table has for a title, its own label withheld or not."""
    codes, occupations = case.probabilities, case.prediction.occupations
    likely = crosswalk.likely_codes(occupations, codes)
    (vector,) = likeness.of([case.title])
    alike = likeness.to(vector, likely - case.codes if withheld else likely)
    return crosswalk.join(occupations, codes, alike, shares)


def measured_targets(
    cases: Sequence[Case], crosswalk: Crosswalk, shares: Any, withheld: bool = True
) -> dict[str, float]:
    """How right the national codes are."""
    likeness = Likeness(crosswalk.table.labels)
    found = [joined(case, crosswalk, likeness, shares, withheld) for case in cases]
    first = np.array(
        [
            bool(j.targets) and j.targets[0].code in c.codes
            for c, j in zip(cases, found, strict=True)
        ],
        dtype=float,
    )
    sure = np.array([each.targets[0].probability if each.targets else 0.0 for each in found])
    five = [
        any(each.code in c.codes for each in j.targets) for c, j in zip(cases, found, strict=True)
    ]
    return {
        "right": float(first.mean()),
        "five": float(np.mean(five)),
        "shorter": shorter_right(cases, found, crosswalk),
        "says": float(sure.mean()),
        "error": calibration_error(sure, first),
        "one": float(np.mean([not each.is_ambiguous for each in found])),
    }


def measured_plain(cases: Sequence[Case], crosswalk: Crosswalk) -> dict[str, float]:
    """What the join at the unit group gives who takes one of its targets at random."""
    right, five, says, found = [], [], [], []
    for case in cases:
        code = case.prediction.isco_code or ""
        targets = {link.code for link in crosswalk.links_of(code)}
        share = 1 / len(targets) if targets else 0.0
        right.append(share * len(targets & case.codes))
        five.append(min(1.0, 5 * share) if targets & case.codes else 0.0)
        says.append(case.prediction.confidence * share)
        found.append(crosswalk.join((), {code: 1.0}, {}, WAYS["occupation, all targets alike"]))
    return {
        "right": float(np.mean(right)),
        "five": float(np.mean(five)),
        "shorter": shorter_right(cases, found, crosswalk),
        "says": float(np.mean(says)),
        "error": abs(float(np.mean(says)) - float(np.mean(right))),
        "one": float(np.mean([len(each.targets) == 1 for each in found])),
    }


def shorter_right(cases: Sequence[Case], found: Sequence[Joined], crosswalk: Crosswalk) -> float:
    """How often the likeliest group of the longest level is right; NaN where there is no level."""
    if not crosswalk.levels:
        return float("nan")
    length = crosswalk.levels[0]
    right = []
    for case, each in zip(cases, found, strict=True):
        groups = {code: share for code, share in each.groups.items() if len(code) == length}
        best = max(sorted(groups), key=groups.__getitem__, default=None)
        right.append(best in {code[:length] for code in case.codes})
    return float(np.mean(right))
