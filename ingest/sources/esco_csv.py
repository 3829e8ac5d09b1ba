"""ESCO's official CSV download, any version from 1.1 on: a folder, or the zip as downloaded.

Three files are needed: occupations, ISCO groups and the broader relations of the occupations
pillar. Skills are taken from two more where these are there. A further language needs the first two
alone, the structure being that of the main one. Names of files carry a
language suffix in newer downloads (`occupations_en.csv`) and lack it in some older ones
(`broaderRelationsOccPillar.csv`); columns come and go between versions, so only those that carry
meaning here are required.
"""

import csv
import hashlib
import io
import re
import sys
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from isco.core import ESCO_NOTICE
from isco.core.errors import InputError
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy
from isco.ingest.sources.languages import fold

OCCUPATIONS, GROUPS, BROADER = "occupations", "ISCOGroups", "broaderRelationsOccPillar"
SKILLS, NEEDS = "skills", "occupationSkillRelations"

_REQUIRED = {
    OCCUPATIONS: ("conceptUri", "iscoGroup", "preferredLabel"),
    GROUPS: ("conceptUri", "code", "preferredLabel"),
    BROADER: ("conceptUri", "broaderUri"),
}
_OPTIONAL = {
    SKILLS: ("conceptUri", "preferredLabel"),
    NEEDS: ("occupationUri", "relationType", "skillUri"),
}
_COLUMNS = _REQUIRED | _OPTIONAL
_VERSION = re.compile(r"v(\d+\.\d+(?:\.\d+)?)(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Table:
    """One CSV file of the download: its name for messages, and its bytes."""

    name: str
    content: bytes

    def rows(self, kind: str) -> Iterator[Mapping[str, str]]:
        """Yield the rows; InputError on undecodable text, missing columns or a torn row."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{self.name} is not UTF-8 text: {error}") from error
        csv.field_size_limit(sys.maxsize)
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [name for name in _COLUMNS[kind] if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(
                f"{self.name} lacks the column {', '.join(missing)}; "
                f"it has {', '.join(reader.fieldnames or ['none'])}"
            )
        try:
            for row in reader:
                if None in row or any(row[name] is None for name in _COLUMNS[kind]):
                    raise InputError(
                        f"{self.name} line {reader.line_num}: the row has another number of "
                        "columns than the header; is the download complete?"
                    )
                yield row
        except csv.Error as error:
            raise InputError(f"{self.name} line {reader.line_num}: {error}") from error


def read_esco_csv(path: Path, language: str, *further: str) -> SourceTaxonomy:
    """Read an ESCO download in `language` from a folder or zip, with names in `further` languages.

    Raises InputError when a file is missing, unreadable or lacks a required column.
    """
    files = _list_files(path)
    tables = {kind: _find(files, kind, language, path) for kind in _REQUIRED}
    if _has_skills(files, language):
        tables |= {kind: _find(files, kind, language, path) for kind in _OPTIONAL}
    others = [
        {kind: _find(files, kind, code, path, suffixed=True) for kind in (OCCUPATIONS, GROUPS)}
        for code in further
    ]
    return fold(
        _taxonomy(path, language, tables),
        [_taxonomy(path, code, some) for code, some in zip(further, others, strict=True)],
    )


def _taxonomy(path: Path, language: str, tables: Mapping[str, _Table]) -> SourceTaxonomy:
    """What the tables of one language say, as far as they are there."""
    warnings: Counter[str] = Counter()
    groups = _concepts(tables[GROUPS].rows(GROUPS), "code", "ISCO group", warnings)
    occupations = _concepts(
        tables[OCCUPATIONS].rows(OCCUPATIONS), "iscoGroup", "occupation", warnings
    )
    if SKILLS in tables:
        occupations = _with_skills(occupations, tables, warnings)
    broader = dict.fromkeys(
        (row["conceptUri"].strip(), row["broaderUri"].strip())
        for row in (tables[BROADER].rows(BROADER) if BROADER in tables else ())
    )
    digest = hashlib.sha256(b"".join(tables[kind].content for kind in sorted(tables)))
    return SourceTaxonomy(
        name="ESCO",
        version=_version(path, tables[OCCUPATIONS].name),
        language=language,
        groups=groups,
        occupations=occupations,
        broader=tuple(broader),
        checksum=digest.hexdigest(),
        notice=ESCO_NOTICE,
        warnings=dict(warnings),
    )


def _list_files(path: Path) -> dict[str, _Table | Path]:
    """CSV files below `path` by posix path; those of a zip are read, those of a folder named."""
    if path.is_dir():
        return {
            file.relative_to(path).as_posix(): file
            for file in sorted(path.rglob("*"))
            if file.suffix.lower() == ".csv" and file.is_file()
        }
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(".csv")]
            wanted = [n for n in names if "__MACOSX" not in n and _kind(n)]
            return {name: _Table(f"{path.name}:{name}", archive.read(name)) for name in wanted}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise InputError(f"{path} is neither a folder nor a readable zip: {error}") from error


def _kind(name: str) -> str | None:
    stem = PurePosixPath(name).stem.lower().split("_")[0]
    return next((kind for kind in _COLUMNS if stem == kind.lower()), None)


def _has_skills(files: Iterable[str], language: str) -> bool:
    stems = {PurePosixPath(name).stem.lower() for name in files}
    titles = {f"{SKILLS}_{language}".lower(), SKILLS.lower()}
    return bool(stems & titles) and any(_kind(name) == NEEDS for name in files)


def _find(
    files: Mapping[str, _Table | Path],
    kind: str,
    language: str,
    source: Path,
    suffixed: bool = False,
) -> _Table:
    """The one file of `kind` in `language`; the relations are the same in every language.

    A file that names no language is taken, too, unless it has to be `suffixed`.
    """
    stems = [f"{kind}_{language}".lower(), *([] if suffixed else [kind.lower()])]
    candidates: list[str] = []
    for stem in stems:
        candidates = [n for n in files if PurePosixPath(n).stem.lower() == stem]
        if candidates:
            break
    if not candidates and kind in (BROADER, NEEDS):
        candidates = [n for n in files if _kind(n) == kind][:1]
    if not candidates:
        others = sorted(n for n in files if _kind(n) == kind)
        hint = f"; it has {', '.join(others)}" if others else ""
        raise InputError(f"{source} holds no {kind}_{language}.csv{hint}")
    if len(candidates) > 1:
        raise InputError(
            f"{source} holds several downloads ({', '.join(sorted(candidates))}); name one of them"
        )
    found = files[candidates[0]]
    if isinstance(found, _Table):
        return found
    try:
        return _Table(str(found), found.read_bytes())
    except OSError as error:
        raise InputError(f"can't read {found}: {error}") from error


def _concepts(
    rows: Iterator[Mapping[str, str]], code_column: str, kind: str, warnings: Counter[str]
) -> tuple[SourceConcept, ...]:
    """One concept a URI; the first row of a repeated URI stands, the others are counted."""
    concepts: dict[str, SourceConcept] = {}
    for row in rows:
        uri = row["conceptUri"].strip()
        if (row.get("status") or "released").strip() == "obsolete":
            warnings[f"obsolete {kind} rows left out"] += 1
            continue
        concept = SourceConcept(
            uri=uri,
            isco_code=row[code_column].strip(),
            label=row["preferredLabel"],
            alt_labels=tuple(
                label
                for column in ("altLabels", "hiddenLabels")
                for label in (row.get(column) or "").split("\n")
            ),
            description=row.get("description") or row.get("definition") or "",
        )
        known = concepts.setdefault(uri, concept)
        if known is not concept:
            same = (known.isco_code, known.label) == (concept.isco_code, concept.label)
            warnings[f"duplicate {kind} rows" if same else f"contradicting {kind} rows"] += 1
    return tuple(concepts.values())


def _with_skills(
    occupations: tuple[SourceConcept, ...], tables: Mapping[str, _Table], warnings: Counter[str]
) -> tuple[SourceConcept, ...]:
    """The occupations with the titles of the skills that they need."""
    titles = {row["conceptUri"]: row["preferredLabel"] for row in tables[SKILLS].rows(SKILLS)}
    needed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in tables[NEEDS].rows(NEEDS):
        if title := titles.get(row["skillUri"].strip()):
            needed[row["occupationUri"].strip(), row["relationType"].strip()].add(title)
        else:
            warnings["relations to an unknown skill"] += 1
    return tuple(
        replace(
            concept,
            essential_skills=tuple(sorted(needed[concept.uri, "essential"])),
            optional_skills=tuple(sorted(needed[concept.uri, "optional"])),
        )
        for concept in occupations
    )


def _version(path: Path, file_name: str) -> str:
    """The version that the path or the zip's inner folder names ("v1.2.1"), else "unknown"."""
    inner = file_name.rsplit(":", 1)[-1]
    for part in (inner, *reversed(path.resolve().parts)):
        if found := _VERSION.search(part):
            return f"v{found.group(1)}"
    return "unknown"
