"""Compressed bytes, unpacked as they come: gzip, bzip2, xz and Zstandard, known by how they begin.

What a file that breaks off holds before the break is given before the error is raised. What stands
after the last member and is none itself is left out, as gzip does.
"""

import bz2
import lzma
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from isco.core.errors import InputError, InputWarning, UnavailableError
from isco.retriever.reading.lookahead import Lookahead

# Unpacked at once; compressed bytes that are given to be unpacked at once.
_OUT = 1 << 18
_IN = 1 << 14
# Of Zstandard, which can't be told how much to unpack at once: 512 bytes are 16 MB at the most.
_IN_ZSTD = 1 << 9
# Memory that xz may ask for: the largest of its presets takes 65 MB.
_XZ_MEMORY = 1 << 28
_ZEROS = b"\0"

SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst"})


class _Member(Protocol):
    """What unpacks one member, as the standard library's `BZ2Decompressor` does."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib, with the methods of the others. All that is before damage comes, to the byte."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail and not self._error

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        if self._error:
            raise self._error
        data = self._inner.unconsumed_tail + data
        before = self._inner.copy()
        try:
            return self._inner.decompress(data, max_length)
        except zlib.error as error:
            self._inner, self._error = before, error
            return b"".join(_until_error(before, data))


def _until_error(inner: Any, data: bytes) -> Iterator[bytes]:
    try:
        for position in range(len(data)):
            yield inner.decompress(data[position : position + 1])
    except zlib.error:
        return


class _Zstd:
    """The package zstandard, with the methods of the others."""

    def __init__(self) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise UnavailableError(
                "Zstandard (.zst) needs the extra 'zstd': pip install 'isco[zstd]'"
            ) from error
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._kept = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._kept

    @property
    def needs_input(self) -> bool:
        return not self._kept

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        data = self._kept + data
        self._kept = data[_IN_ZSTD:]
        return self._inner.decompress(data[:_IN_ZSTD])


_FORMATS: dict[bytes, tuple[str, Callable[[], _Member]]] = {
    b"\x1f\x8b": ("gzip", _Gzip),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": ("xz", lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)),
    b"\x28\xb5\x2f\xfd": ("Zstandard", _Zstd),
}
_LONGEST = max(map(len, _FORMATS))


def without_suffix(name: str) -> Path:
    """A file's name without that of its compression."""
    path = Path(name)
    return path.with_suffix("") if path.suffix.lower() in SUFFIXES else path


def unpacked(stream: Lookahead, name: str) -> Lookahead:
    """What `stream` holds, unpacked if it is compressed; `name` is its source's, for messages.

    Reading raises InputError where the file breaks off or is damaged, UnavailableError without the
    package that its format needs.
    """
    while found := _format_of(stream.ahead(_LONGEST)):
        stream = Lookahead(_reader(_pieces(stream, name, *found)), stream.live)
    return stream


def _reader(pieces: Iterator[bytes]) -> Callable[[int], bytes]:
    """The pieces as a call gives them that asks for some bytes; they are no larger than `_OUT`."""
    return lambda _: next(pieces, b"")


def _format_of(head: bytes) -> tuple[str, Callable[[], _Member]] | None:
    return next((kind for magic, kind in _FORMATS.items() if head.startswith(magic)), None)


def _pieces(
    stream: Lookahead, name: str, kind: str, open_member: Callable[[], _Member]
) -> Iterator[bytes]:
    """All members, one after the other."""
    member, given = open_member(), stream.read(_IN)
    while True:
        try:
            found = member.decompress(given, _OUT)
        except Exception as error:
            raise InputError(f"can't read {name}: its {kind} data is damaged ({error})") from error
        if found:
            yield found
        given = b""
        if member.eof:
            given = _next_member(stream, member.unused_data, name, kind)
            if not given:
                return
            member = open_member()
        elif member.needs_input:
            given = stream.read(_IN)
            if not given:
                raise InputError(
                    f"can't read {name}: its {kind} data ended before its end was reached, so that "
                    "the rest is missing; what is there was read"
                )


def _next_member(stream: Lookahead, rest: bytes, name: str, kind: str) -> bytes:
    """The bytes with which another member begins; none where there is none."""
    while not (rest := rest.lstrip(_ZEROS)):
        rest = stream.read(_IN)
        if not rest:
            return b""
    rest += stream.read(_IN) if len(rest) < _LONGEST else b""
    found = _format_of(rest)
    if found and found[0] == kind:
        return rest
    message = f"{name}: what stands after its {kind} data is none, and was left out"
    warnings.warn(message, InputWarning, stacklevel=2)
    return b""
