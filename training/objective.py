"""What training makes small: how often a text is nearer to another occupation's than to its own."""

from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_NEVER = -1e4


class Contrast:
    """Each text against what it means among what the others mean, and the other way round.

    Texts of the same unit group are no negatives of each other; those of the same minor group count
    `kin` (0 to 1). What was meant in the last steps stays as further negatives, `memory` of it.
    """

    def __init__(self, temperature: float, kin: float, memory: int) -> None:
        self._temperature = temperature
        self._kin = float(torch.log(torch.tensor(kin)))
        self._kept: deque[tuple[Tensor, str]] = deque(maxlen=memory)

    def kept(self) -> list[tuple[Tensor, str]]:
        """What stays of the last steps, for a checkpoint."""
        return list(self._kept)

    def restore(self, kept: Sequence[tuple[Tensor, str]]) -> None:
        """Go on with what a checkpoint has."""
        self._kept.extend(kept)

    def loss(self, said: Tensor, meant: Tensor, codes: Sequence[str], remember: bool) -> Tensor:
        """Of unit vectors, shape (pairs, hidden) both; a scalar."""
        own = torch.arange(len(codes))
        across = said @ meant.T / self._temperature + self._offsets(codes, codes, own)
        among = said @ said.T / self._temperature + self._offsets(codes, codes)
        scores = [across, among]
        if self._kept:
            kept = torch.stack([vector for vector, _ in self._kept])
            offsets = self._offsets(codes, [code for _, code in self._kept])
            scores.append(said @ kept.T / self._temperature + offsets)
        if remember:
            self._kept.extend(zip(meant.detach(), codes, strict=True))
        there = cross_entropy(torch.cat(scores, dim=1), own)
        back = cross_entropy(across.T, own)
        return (there + back) / 2

    def _offsets(
        self, codes: Sequence[str], others: Sequence[str], own: Tensor | None = None
    ) -> Tensor:
        """What is added to the scores, shape (codes, others); `own` are the columns of a match."""
        ours, theirs = (torch.tensor([int(code) for code in some]) for some in (codes, others))
        offsets = torch.zeros((len(codes), len(others)))
        offsets[ours[:, None] // 10 == theirs // 10] = self._kin
        offsets[ours[:, None] == theirs] = _NEVER
        if own is not None:
            offsets[torch.arange(len(codes)), own] = 0.0
        return offsets
