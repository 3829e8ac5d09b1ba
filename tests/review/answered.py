"""Rows of predictions, made up for tests."""

from typing import Any

from isco.review.answers import AnsweredAd, answer_of


def row(ad_id: str, title: str, codes: dict[str, float], **changes: Any) -> dict[str, Any]:
    """A prediction of that ad with probabilities by code; the first is the answer."""
    code = next(iter(codes), None)
    candidates = [
        {"isco_code": each, "isco_label": f"Group {each}", "label": f"name of {each}", "rank": rank,
         "probability": probability}
        for rank, (each, probability) in enumerate(codes.items(), start=1)
    ]  # fmt: skip
    return {
        "id": ad_id, "isco_code": code, "isco_label": code and f"Group {code}",
        "level": len(code or ""), "confidence": codes.get(code or "", 0.0), "path": "vote",
        "reason": "Closest.", "language": "en", "candidates": candidates,
        "profile": {"title": title, "description": f"Text of {ad_id}."}, "versions": {},
        "extra": {},
    } | changes  # fmt: skip


def answer(
    ad_id: str, title: str, codes: dict[str, float], position: int = 0, **changes: Any
) -> AnsweredAd:
    """As `row`, read."""
    return answer_of(row(ad_id, title, codes, **changes), position)
