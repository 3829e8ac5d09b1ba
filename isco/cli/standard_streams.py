"""Standard input, output and error that whoever started the program has closed.

The next files to be opened would get their numbers, and be written to by whatever prints.
"""

import os
import sys

# The wrong way round, as coreutils do it: to read or write them fails. What would stand on standard
# error is lost.
_MODES = (os.O_WRONLY, os.O_RDONLY, os.O_RDWR)


def fill_closed_streams() -> None:
    """Put the null device in the place of each that is closed."""
    for number, mode in enumerate(_MODES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)
    # Python has none of those that were closed when it started.
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
