"""One of several parts of an input, for as many processes. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from isco.core.errors import ConfigError

Row = TypeVar("Row")

_FORM = re.compile(r"([1-9]\d*)/([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number`, counted from 1, of `of` parts.

    It has every `of`th chunk of rows: ads are then computed together with the same others as in
    one run over all of them, and their predictions are the same to the bit.
    """

    number: int
    of: int

    @staticmethod
    def parse(text: str) -> "Shard":
        """The shard that "2/16" names. Raises ConfigError."""
        found = _FORM.fullmatch(text.strip())
        if found is None or int(found[1]) > int(found[2]):
            raise ConfigError(
                f"--shard {text!r} needs the form I/N with I from 1 to N, such as 1/4 to 4/4"
            )
        return Shard(int(found[1]), int(found[2]))

    def rows(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Row]:
        """Those of all rows that are in this part; `chunks` are the ones computed together."""
        for position, chunk in enumerate(chunks):
            if position % self.of == self.number - 1:
                yield from chunk

    def size(self, total: int, chunk: int) -> int:
        """How many of one file's `total` rows are in this part, in chunks of `chunk` rows."""
        rounds, rest = divmod(total, chunk * self.of)
        return rounds * chunk + min(max(rest - (self.number - 1) * chunk, 0), chunk)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
