"""Scored ads, as the measures get them."""

from typing import Any

from isco.core.records import PredictionPath, Versions
from isco.evaluation.evaluation import Evaluation, ScreeningResult
from isco.evaluation.measure import measure
from isco.evaluation.scored_ads import ScoredAd
from isco.retriever.deciding.voting import Answer

VERSIONS = Versions("esco v1 en", "model@1", None, None, "9.9")


def scored_ad(gold: str, code: str | None, confidence: float = 0.5, **other: Any) -> ScoredAd:
    """An ad with that known code and that answer; what is not given is plausible."""
    values: dict[str, Any] = {
        "id": f"{gold}-{code}-{confidence}",
        "title": f"Work of {gold}",
        "snippet": "We look for somebody.",
        "characters": 21,
        "language": "en",
        "level": len(code or ""),
        "path": PredictionPath.VOTE if code else PredictionPath.DECLINED,
        "candidates": (code,) if code else (),
        "ranking": (code,) if code else (),
        "vote": code,
        "offered": (),
    }
    return ScoredAd(gold=gold, code=code, confidence=confidence, **{**values, **other})


def answers(*known: tuple[str, float]) -> tuple[Answer, ...]:
    """Answers by code and confidence, the longest first."""
    return tuple(Answer(code, f"Group {code}", confidence) for code, confidence in known)


def measured(*ads: ScoredAd, versions: Versions = VERSIONS, **other: Any) -> Evaluation:
    """The evaluation of these ads."""
    values: dict[str, Any] = {
        "screening": ScreeningResult(0, 0, 0),
        "skipped": {},
        "usage": {},
        "versions": versions,
    }
    return measure(ads, **{**values, **other})
