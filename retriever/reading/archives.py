"""Zip files: an Excel workbook, or files of ads packed together, which count as one."""

import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from isco.core.errors import InputError
from isco.core.records import BrokenRow, Row
from isco.retriever.reading.file_kinds import is_named_as_ads
from isco.retriever.reading.lookahead import Lookahead
from isco.retriever.reading.opening import Opened

# A file that is smaller is unpacked whatever it is packed to; a larger one only if it is not packed
# to less than one part in so many, which no ads are.
_SURE = 256 << 20
_RATIO = 200
_WORKBOOK = "xl/"
# What reading a file in one raises where it is damaged, or packed in a way that is not known.
_DAMAGE = (
    BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, lzma.LZMAError,
)  # fmt: skip
# What a zip file is that has such a file in it.
_OTHERS = {
    "word/document.xml": "a Word document: save the table in it as CSV or Excel",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "content.xml": "an OpenDocument file: save it as CSV or .xlsx",
}


def opened_zip(file: IO[bytes], name: str) -> ZipFile:
    """The zip file, none of whose files would unpack to what nobody expects.

    Raises InputError for one that can't be read, is encrypted, or is no archive of ads.
    """
    try:
        archive = ZipFile(file)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"can't read {name}: it begins as zip files do, .xlsx among them, but is none ({error})"
        ) from error
    for info in archive.infolist():
        if info.filename in _OTHERS:
            raise InputError(f"{name} is {_OTHERS[info.filename]}")
        if info.flag_bits & 1:
            raise InputError(f"{name} is encrypted: unpack it, and give the file in it")
        if info.file_size > _SURE and info.file_size > _RATIO * max(info.compress_size, 1):
            raise InputError(
                f"{name}: {info.filename} would unpack to {info.file_size >> 20} MB, over "
                f"{_RATIO} times its size: unpack it yourself if that is meant to be"
            )
    return archive


def is_workbook(archive: ZipFile) -> bool:
    """Whether it is an Excel workbook."""
    return any(name.startswith(_WORKBOOK) for name in archive.namelist())


def read_members(
    archive: ZipFile, name: str, read: Callable[[Opened], Iterator[Row]]
) -> Iterator[Row]:
    """The ads of all files in an archive, sorted by name, each as `read` reads them.

    Rows are numbered throughout. Of several files, reasons and made-up ids have the names.
    """
    members = _members(archive, name)
    rows = 0
    for info in members:
        said = f"{name}, in it {info.filename}"
        try:
            with archive.open(info) as file, ExitStack() as stack:
                pieces = Lookahead(file.read)
                for row in read(Opened(pieces, said, info.filename, None, stack)):
                    rows += 1
                    yield _numbered(row, rows, info.filename if len(members) > 1 else "")
        except _DAMAGE as error:
            raise InputError(f"can't read {said}: {error}") from error


def _members(archive: ZipFile, name: str) -> list[ZipInfo]:
    """The files of ads. Raises InputError where there are none, or others."""
    files = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info)]
    if not files:
        raise InputError(f"{name} has no files in it")
    if len(files) == 1:
        return files
    for info in files:
        if not is_named_as_ads(info.filename):
            raise InputError(
                f"{name}: {info.filename} in it is no file of ads by its name: unpack it, and give "
                "the files of ads"
            )
    return sorted(files, key=lambda info: info.filename)


def _hidden(info: ZipInfo) -> bool:
    return any(part[:1] in ("", ".", "_") for part in info.filename.split("/"))


def _numbered(row: Row, number: int, file: str) -> Row:
    ad_id = row.id
    if file and row.numbered:
        ad_id = f"{file}:{row.row}"
    if file and isinstance(row, BrokenRow):
        return replace(row, id=ad_id, row=number, reason=f"{file}: {row.reason}")
    return replace(row, id=ad_id, row=number)
