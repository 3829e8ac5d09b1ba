"""Rows of two runs, held equal: to the byte where the processor lets them be.

Where it has no products of 8-bit numbers, OpenVINO computes in 32 bits: a text's vector depends
then in its last bit on what it is computed beside, and sometimes a score in its fourth digit.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Prediction

_LAST_DIGITS = 5e-4
_PROBE = [f"{word} {number}" for word in ("nurse", "roofer", "baker") for number in range(10, 20)]


@cache
def vectors_are_exact() -> bool:
    """Whether a text has the same vector here, to the bit, alone and among others."""
    embedder = open_embedder(load_settings(environment={}).embedding)
    together = embedder.embed_queries(_PROBE)
    return all(
        (embedder.embed_queries([text])[0] == vector).all()
        for text, vector in zip(_PROBE, together, strict=True)
    )


def assert_same_output(found: bytes, expected: bytes) -> None:
    """JSON lines alike: all but the last digits of numbers is the same, and in order."""
    if found != expected:
        assert not vectors_are_exact()
        assert _rows(found) == [_within(row) for row in _rows(expected)]


def assert_same_predictions(found: Sequence[Prediction], expected: Sequence[Prediction]) -> None:
    """Predictions alike, as `assert_same_output` has it."""
    if list(found) != list(expected):
        assert not vectors_are_exact()
        assert [row.as_dict() for row in found] == [_within(row.as_dict()) for row in expected]


def _rows(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.splitlines()]


def _within(value: Any) -> Any:
    """`value` with room for the last digits of the numbers in it."""
    if isinstance(value, dict):
        return {key: _within(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_within(item) for item in value]
    return pytest.approx(value, abs=_LAST_DIGITS) if isinstance(value, float) else value
