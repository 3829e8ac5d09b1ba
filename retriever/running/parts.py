"""An input's rows in parts, and what is kept of a part that is done. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from isco.core.records import BrokenRow, Row
from isco.retriever.reading.inputs import chunks, file_chunks


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive rows of one input file, in the chunks in which they are computed."""

    name: str
    chunks: tuple[Sequence[Row], ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(len(chunk) for chunk in self.chunks)

    def digest(self) -> str:
        """A hash of all that the rows hold."""
        digest = sha256()
        for chunk in self.chunks:
            for row in chunk:
                content = (
                    (row.id, row.line, row.reason)
                    if isinstance(row, BrokenRow)
                    else (row.id, row.title, row.description, row.language, dict(row.extra))
                )
                digest.update(json.dumps(content, default=str).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class PartRecord:
    """What is kept of a finished part: its rows, their hash, and how many took each path, are in
    each language, and have something to say in a field without a column."""

    rows: int
    digest: str
    paths: Mapping[str, int]
    languages: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


def parts_of(file_number: int, rows: Iterable[Row], chunk: int, size: int) -> Iterator[Part]:
    """The rows of the input's file of that number in parts of `size` chunks of `chunk` rows."""
    for number, taken in enumerate(chunks(file_chunks(rows, chunk), size)):
        yield Part(f"part-{file_number:06}-{number:06}", tuple(taken))
