"""What training makes small: how often a text is nearer to another occupation's than to its own."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_NEVER = -1e4


class Contrast:
    """Each text against what it means among what the others mean, and the other way round.

    Texts of the same unit group are no negatives of each other; those of the same minor group count
    `kin` (0 to 1).
    """

    def __init__(self, temperature: float, kin: float) -> None:
        self._temperature = temperature
        self._kin = float(torch.log(torch.tensor(kin)))

    def loss(self, said: Tensor, meant: Tensor, codes: Sequence[str]) -> Tensor:
        """Of unit vectors, shape (pairs, hidden) both; a scalar."""
        own = torch.arange(len(codes), device=said.device)
        offsets = self._offsets(codes).to(said.device)
        among = said @ said.T / self._temperature + offsets
        across = said @ meant.T / self._temperature + offsets.clone().fill_diagonal_(0.0)
        there = cross_entropy(torch.cat([across, among], dim=1), own)
        back = cross_entropy(across.T, own)
        return (there + back) / 2

    def _offsets(self, codes: Sequence[str]) -> Tensor:
        """What is added to the scores of texts that are no match, shape (codes, codes)."""
        numbers = torch.tensor(list(map(int, codes)))
        offsets = torch.zeros((len(codes), len(codes)))
        offsets[numbers[:, None] // 10 == numbers // 10] = self._kin
        offsets[numbers[:, None] == numbers] = _NEVER
        return offsets
