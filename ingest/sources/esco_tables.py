"""One CSV file of an ESCO download, as it came, or as a spreadsheet has saved it again."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isco.core.errors import InputError

OCCUPATIONS, GROUPS, BROADER = "occupations", "ISCOGroups", "broaderRelationsOccPillar"
SKILLS, NEEDS = "skills", "occupationSkillRelations"

REQUIRED = {
    OCCUPATIONS: ("conceptUri", "iscoGroup", "preferredLabel"),
    GROUPS: ("conceptUri", "code", "preferredLabel"),
    BROADER: ("conceptUri", "broaderUri"),
}
OPTIONAL = {
    SKILLS: ("conceptUri", "preferredLabel"),
    NEEDS: ("occupationUri", "relationType", "skillUri"),
}
COLUMNS = REQUIRED | OPTIONAL

_SAVED_AGAIN = "a spreadsheet has saved it again, or another program: take the download as it came"
_DELIMITERS = (";", "\t")
_GROUP_URI = re.compile(r".*/C(\d{1,4})", re.ASCII)
# A code as a number: 110, 110.0, 110,0.
_NUMBER = re.compile(r"(\d{1,4})(?:[.,]0+)?", re.ASCII)
# Occupations are in unit groups, and those of the armed forces alone begin with 0.
_ARMED_FORCES = re.compile(r"[123]10", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """A file: its name for messages, and its bytes."""

    name: str
    content: bytes

    def rows(self, kind: str, warnings: Counter[str] | None = None) -> Iterator[Mapping[str, str]]:
        """Yield the rows, and count in `warnings` what was mended.

        Raises InputError on undecodable text, missing columns or a torn row.
        """
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{self.name} is not UTF-8 text ({error}): {_SAVED_AGAIN}") from error
        csv.field_size_limit(sys.maxsize)
        delimiter = _delimiter(text)
        if delimiter != "," and warnings is not None:
            warnings[f"files with {delimiter!r} between their cells; {_SAVED_AGAIN}"] += 1
        stream = io.StringIO(text, newline="")
        reader = csv.DictReader(stream, delimiter=delimiter, strict=True)
        missing = [name for name in COLUMNS[kind] if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(
                f"{self.name} lacks the column {', '.join(missing)}; "
                f"it has {', '.join(reader.fieldnames or ['none'])}"
            )
        try:
            for row in reader:
                if None in row or any(row[name] is None for name in COLUMNS[kind]):
                    raise InputError(
                        f"{self.name} line {reader.line_num}: the row has another number of "
                        "columns than the header; is the download complete?"
                    )
                yield row
        except csv.Error as error:
            raise InputError(f"{self.name} line {reader.line_num}: {error}") from error


def code_in(row: Mapping[str, str], column: str, warnings: Counter[str]) -> str:
    """The code in `column`, with the zeros that a spreadsheet has taken from it.

    That of a group stands in its URI, too (".../C0110"); that of an occupation's has four digits.
    """
    written = row[column].strip()
    number = _NUMBER.fullmatch(written)
    if number is None:
        return written
    code = number[1]
    of_group = _GROUP_URI.fullmatch(row["conceptUri"].strip())
    if of_group and of_group[1].lstrip("0") == code.lstrip("0"):
        code = of_group[1]
    elif not of_group and _ARMED_FORCES.fullmatch(code):
        code = f"0{code}"
    if code != written:
        warnings[f"codes that were numbers, mended; {_SAVED_AGAIN}"] += 1
    return code


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return next((d for d in _DELIMITERS if d in header and "," not in header), ",")
