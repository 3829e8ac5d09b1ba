"""What long work tells of itself, for whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Told of each stage's size at its start, then of what is done."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, named in plain words ("embed names"); None when its size is not known."""
        ...

    def advance(self, done: int) -> None:
        """`done` more of the stage's items are finished."""
        ...


class Silent:
    """Progress of what nobody watches."""

    def start(self, stage: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""
