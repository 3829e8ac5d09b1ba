"""A source of ads opened: its bytes unpacked, some of them seen, as a file where that is wanted."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any, BinaryIO

from isco.core.errors import InputError
from isco.retriever.reading.compression import unpacked
from isco.retriever.reading.lookahead import PIECE, Lookahead

STANDARD_INPUT = "-"


class Opened:
    """The bytes of one source. `name` is for messages, `file_name` what its format is told by."""

    def __init__(
        self, stream: Lookahead, name: str, file_name: str, file: IO[bytes] | None, stack: ExitStack
    ) -> None:
        self.name = name
        self.file_name = file_name
        self.bytes = unpacked(stream, name)
        self.packed = self.bytes is not stream
        self._file = None if self.packed else file
        self._stack = stack

    def as_file(self) -> IO[bytes]:
        """The bytes from their beginning, as a file that can seek: Parquet, Excel and zip need one.

        What comes through a pipe, or was compressed, is put into a temporary file.
        """
        if self._file is None:
            copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            shutil.copyfileobj(self.bytes, copy, PIECE)
            self._file = copy
        self._file.seek(0)
        return self._file


@contextmanager
def opened(source: str, stdin: BinaryIO | None = None) -> Iterator[Opened]:
    """`source`, a path or "-", opened. What the caller gave stays open.

    Raises InputError when it can't be opened, or is a folder.
    """
    with ExitStack() as stack:
        if source == STANDARD_INPUT:
            given: Any = stdin or sys.stdin.buffer
            # As much as there is, rather than as much as is asked for.
            stream = Lookahead(getattr(given, "read1", given.read), live=not _is_regular(given))
            yield Opened(stream, "standard input", "", None, stack)
            return
        path = Path(source)
        if path.is_dir():
            raise InputError(f"{source} is a folder; name one file of ads")
        try:
            file = stack.enter_context(path.open("rb", buffering=0))
        except OSError as error:
            raise InputError(f"can't read {source}: {error.strerror or error}") from error
        regular = _is_regular(file)
        stream = Lookahead(file.read, live=not regular)
        yield Opened(stream, source, path.name, file if regular else None, stack)


def is_regular(source: str) -> bool:
    """Whether `source` is a file that can be read again and again."""
    try:
        return S_ISREG(Path(source).stat().st_mode)
    except OSError:
        return False


def _is_regular(stream: Any) -> bool:
    """Whether all that can be read is there already."""
    if isinstance(stream, io.BytesIO):
        return True
    try:
        return S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, AttributeError):
        return False
