"""What a file is: by its name, and by how it begins. Pure."""

import re

from isco.core.errors import InputError
from isco.retriever.reading.compression import without_suffix

JSON, CSV, PARQUET, EXCEL, ZIP = "json", "csv", "parquet", "excel", "zip"

_SUFFIXES = {
    ".jsonl": JSON, ".ndjson": JSON, ".json": JSON, ".jsonld": JSON, ".csv": CSV, ".tsv": CSV,
    ".tab": CSV, ".parquet": PARQUET, ".xlsx": EXCEL, ".xlsm": EXCEL, ".zip": ZIP,
}  # fmt: skip
# One with files, and one without any.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PARQUET = b"PAR1"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Blanks, marks and comments, of which the last may go on for ever.
_BEFORE_MARKUP = re.compile(rb"\A(?:\s|\xef\xbb\xbf|<!--.*?(?:-->|\Z))+", re.DOTALL)
_TAR_AT, _TAR = 257, b"ustar"
# Bytes that tell it.
HEAD = _TAR_AT + len(_TAR)

# How files begin that are none of ads, and what to do with them.
_OTHERS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office file, as .xls is: save it as .xlsx or CSV",
    b"%PDF-": "a PDF: give the ads as JSONL, CSV, Excel or Parquet",
    b"{\\rtf": "a text with formats (RTF): save it as CSV",
    b"SQLite format 3\0": "an SQLite database: export the table of the ads as CSV",
    b"ARROW1\0": "an Arrow (Feather) file: write it as Parquet",
    b"Obj\x01": "an Avro file: write it as Parquet or JSONL",
    b"RDX2\n": "a workspace of R: write the table as CSV or Parquet",
    b"RDX3\n": "a workspace of R: write the table as CSV or Parquet",
    b"X\n\0\0": "an object of R (RDS): write the table as CSV or Parquet",
    b"$FL2": "an SPSS file: save it as CSV",
    b"<stata_dta": "a Stata file: save it as CSV",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it, and give the file in it",
    b"Rar!\x1a": "a RAR archive: unpack it, and give the file in it",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x89HDF": "an HDF5 file: write the table as Parquet or CSV",
    b"\x80\x04\x95": "a pickle of Python, which is not opened: write it as JSONL, CSV or Parquet",
    b"\x80\x05\x95": "a pickle of Python, which is not opened: write it as JSONL, CSV or Parquet",
    b"Salted__": "an encrypted file: decrypt it first",
}


def kind_by_name(name: str) -> str | None:
    """The format that a file's name says, whatever it is compressed with; None for others."""
    return _SUFFIXES.get(without_suffix(name).suffix.lower())


def is_named_as_ads(name: str) -> bool:
    """Whether a file's name says that it is of a format that is read."""
    return kind_by_name(name) is not None


def kind_of(head: bytes, name: str, said: str) -> str:
    """The format of a file named `name`, `said` in messages, that begins with `head`.

    By its first bytes, where they tell; else by its name; else it is CSV. Raises InputError for
    what is no file of ads, saying what it is.
    """
    by_name = kind_by_name(name)
    if head.startswith(_ZIP):
        return ZIP
    if head.startswith(_PARQUET) or by_name == PARQUET:
        return PARQUET
    if by_name in (EXCEL, ZIP) and head:
        raise InputError(
            f"{said} is no .{'xlsx' if by_name == EXCEL else 'zip'} file, by its start"
        )
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            raise InputError(f"{said} is {what}")
    if head[_TAR_AT:].startswith(_TAR):
        raise InputError(f"{said} is a tar archive: unpack it, and give the files in it")
    return by_name or CSV


def is_json(head: bytes) -> bool:
    """Whether a text begins as JSON does."""
    return head.replace(_BYTE_ORDER_MARK, b"").lstrip()[:1] in (b"{", b"[")


def refuse_markup(head: bytes, said: str) -> None:
    """Raise InputError for a text that is HTML or XML, saying so."""
    start = _BEFORE_MARKUP.sub(b"", head, count=1)[:256].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise InputError(
            f"{said} is a web page (HTML), of a login or an error perhaps: give the ads themselves"
        )
    if start.startswith((b"<?xml", b"<rss", b"<feed", b"<source", b"<jobs", b"<!doctype")):
        raise InputError(f"{said} is XML: turn its ads into JSONL or CSV first")
