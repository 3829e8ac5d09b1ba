"""What is odd about a file of ads or the way to Qdrant, and goes on all the same: a note, once."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from isco.core.errors import ConnectionWarning, InputWarning

_NOTED = (InputWarning, ConnectionWarning)


@contextmanager
def noting_warnings() -> Iterator[None]:
    """Until its end such warnings are notes; others go where they went."""
    told: set[str] = set()
    with warnings.catch_warnings():
        for kind in _NOTED:
            warnings.simplefilter("always", kind)
        others = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, _NOTED):
                others(message, category, filename, lineno, file, line)
            elif str(message) not in told:
                # Imported when it is needed: it brings the progress bar with it.
                from isco.cli.terminal import note

                told.add(str(message))
                note(f"isco: {message}")

        warnings.showwarning = show
        yield
