"""Ads that were classified and judged, as the measures get them."""

from typing import Any

from evaluation.evaluation import Evaluation, ScreeningResult, measure
from evaluation.judged import JudgedAd
from isco.records import Path, Versions

VERSIONS = Versions("esco v1 en", "model@1", None, None, "9.9")


def judged(gold: str, code: str | None, confidence: float = 0.5, **other: Any) -> JudgedAd:
    """An ad with that known code and that answer; what is not given is plausible."""
    values: dict[str, Any] = {
        "id": f"{gold}-{code}-{confidence}",
        "title": f"Work of {gold}",
        "snippet": "We look for somebody.",
        "characters": 21,
        "language": "en",
        "level": len(code or ""),
        "path": Path.VOTE if code else Path.DECLINED,
        "candidates": (code,) if code else (),
        "ranking": (code,) if code else (),
        "vote": code,
        "offered": (),
    }
    return JudgedAd(gold=gold, code=code, confidence=confidence, **{**values, **other})


def measured(*ads: JudgedAd, versions: Versions = VERSIONS, **other: Any) -> Evaluation:
    """The evaluation of these ads."""
    values: dict[str, Any] = {
        "screening": ScreeningResult(0, 0, 0),
        "skipped": {},
        "usage": {},
        "versions": versions,
    }
    return measure(ads, **{**values, **other})
