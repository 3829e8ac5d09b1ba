"""What a table has for an ad, as a row of results holds it. Pure."""

from collections.abc import Mapping
from typing import Any

from isco.core.records import PredictionPath
from isco.crosswalk.joining import Joined, Target

# Rows of these have no job to give a code to.
WITHOUT_JOB = frozenset({PredictionPath.NOT_A_JOB, PredictionPath.ERROR})
ANSWER = ("code", "label", "probability", "relation", "via", "source")


def as_result(joined: Joined | None, is_scale: bool, sure: float | None) -> dict[str, Any]:
    """The result as plain JSON types; `joined` is None where there is no job, or no code.

    `code` is the likeliest target. Where a probability `sure` is asked for it is the longest code
    that reaches it: the target, a shorter one, or none.
    """
    if is_scale:
        known = joined.known if joined else 0.0
        value = joined.value if joined else None
        return {
            "value": None if value is None else round(value, 2),
            "probability": round(known, 4),
            "candidates": _candidates(joined),
        }
    result: dict[str, Any] = dict.fromkeys(ANSWER)
    result["ambiguous"] = bool(joined and joined.is_ambiguous)
    if joined and joined.targets:
        result |= _answer(joined, sure)
    result["candidates"] = _candidates(joined)
    result["groups"] = [
        {"code": code, "probability": round(probability, 4)}
        for code, probability in _likeliest_groups(joined.groups if joined else {}).items()
    ]
    return result


def _answer(joined: Joined, sure: float | None) -> dict[str, Any]:
    best = joined.targets[0]
    if sure is None or best.probability >= sure:
        return _target(best)
    groups = _likeliest_groups(joined.groups)
    for code, probability in groups.items():
        if probability >= sure:
            return {"code": code, "probability": round(probability, 4), "via": str(best.via)}
    return {}


def _likeliest_groups(groups: Mapping[str, float]) -> dict[str, float]:
    """The likeliest of each length, the longest first."""
    found: dict[int, str] = {}
    for code in sorted(groups):
        before = found.get(len(code))
        if before is None or groups[code] > groups[before]:
            found[len(code)] = code
    return {found[length]: groups[found[length]] for length in sorted(found, reverse=True)}


def _candidates(joined: Joined | None) -> list[dict[str, Any]]:
    return [_target(each) for each in joined.targets] if joined else []


def _target(target: Target) -> dict[str, Any]:
    return {
        "code": target.code,
        "label": target.label or None,
        "probability": target.probability,
        "relation": target.relation and str(target.relation),
        "via": str(target.via),
        "source": target.source,
    }
