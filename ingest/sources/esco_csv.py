"""ESCO's official CSV downloads, any version from 1.1 on: folders, or zips as downloaded.

Three files are needed: occupations, ISCO groups and the broader relations of the occupations
pillar. Skills are taken from two more where these are there. A further language needs the first two
alone, the structure being that of the main one; it may be in a download of its own. Names of files
carry a language suffix in newer downloads (`occupations_en.csv`) and lack it in some older ones
(`broaderRelationsOccPillar.csv`); columns come and go between versions, so only those that carry
meaning here are required.
"""

import hashlib
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from isco.core import ESCO_NOTICE
from isco.core.errors import InputError, InputWarning
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy
from isco.ingest.sources.esco_files import kind_of, list_files
from isco.ingest.sources.esco_tables import (
    BROADER,
    GROUPS,
    NEEDS,
    OCCUPATIONS,
    OPTIONAL,
    REQUIRED,
    SKILLS,
    Table,
    code_in,
)
from isco.ingest.sources.languages import join_languages

_ENGLISH = "en"
_UNKNOWN = "unknown"
_NO_VERSION = (
    "no name tells the version of ESCO, and every prediction will say that it is unknown "
    "(--taxonomy-version v1.2.1, say, names it)"
)
_VERSION = re.compile(r"v(\d+\.\d+(?:\.\d+)?)(?!\d)", re.IGNORECASE)


def read_esco_csv(
    paths: Sequence[Path],
    *languages: str,
    without: Collection[str] = (),
    version: str | None = None,
) -> SourceTaxonomy:
    """Read ESCO downloads, folders or zips, in `languages`, the main one first.

    Without any, in all that are there: English first, the others as the paths name them. A further
    language among those that can do `without` a download has no texts where there is none.
    `version` is what it is called, whatever files and folders say. Raises InputError when a file is
    missing, unreadable or lacks a required column, or when the downloads are of several versions.
    """
    files: dict[str, Table | Path] = {}
    for path in paths:
        files |= {f"{path}/{name}": file for name, file in list_files(path).items()}
    shown = ", ".join(map(str, paths))
    there = _languages_in(files)
    language, *further = languages or there
    lacking = [code for code in further if code in without and code not in there]
    tables = {kind: _find(files, kind, language, shown) for kind in REQUIRED}
    if _has_skills(files, language):
        tables |= {kind: _find(files, kind, language, shown) for kind in OPTIONAL}
    main = _taxonomy(language, tables)
    others = [
        _taxonomy(
            code,
            {k: _find(files, k, code, shown, suffixed=True) for k in (OCCUPATIONS, GROUPS)},
        )
        for code in further
        if code not in lacking
    ]
    if version:
        main, *others = (replace(each, version=version) for each in (main, *others))
    _require_one_version([main, *others], shown)
    joined = join_languages(main, others)
    if joined.version == _UNKNOWN:
        warnings.warn(f"{shown}: {_NO_VERSION}", InputWarning, stacklevel=2)
    return replace(joined, further={code: joined.further.get(code, {}) for code in further})


def _languages_in(files: Iterable[str]) -> list[str]:
    """The languages that have occupations and groups, English first.

    Files that name no language count as English.
    """
    stems = [PurePosixPath(name).stem for name in files]
    found = {kind: [_suffix(stem) for stem in stems if kind_of(stem) == kind] for kind in REQUIRED}
    both = [code or _ENGLISH for code in found[OCCUPATIONS] if code in found[GROUPS]]
    return sorted(dict.fromkeys(both), key=lambda code: code != _ENGLISH) or [_ENGLISH]


def _suffix(stem: str) -> str:
    """ "pl" of "occupations_pl"; "" where a file names no language."""
    return stem.partition("_")[2].lower()


def _require_one_version(sources: Sequence[SourceTaxonomy], shown: str) -> None:
    versions = {source.version: source.language for source in reversed(sources)}
    if len(versions) > 1:
        of = ", ".join(f"{version} ({code})" for version, code in sorted(versions.items()))
        raise InputError(f"{shown} hold several versions of ESCO, {of}: give downloads of one")


def _taxonomy(language: str, tables: Mapping[str, Table]) -> SourceTaxonomy:
    """What the tables of one language say, as far as they are there."""
    mended: Counter[str] = Counter()
    groups = _concepts(tables[GROUPS].rows(GROUPS, mended), "code", "ISCO group", mended)
    occupations = _concepts(
        tables[OCCUPATIONS].rows(OCCUPATIONS, mended), "iscoGroup", "occupation", mended
    )
    if SKILLS in tables:
        occupations = _with_skills(occupations, tables, mended)
    broader = dict.fromkeys(
        (row["conceptUri"].strip(), row["broaderUri"].strip())
        for row in (tables[BROADER].rows(BROADER) if BROADER in tables else ())
    )
    digest = hashlib.sha256(b"".join(tables[kind].content for kind in sorted(tables)))
    return SourceTaxonomy(
        name="ESCO",
        version=_version(tables[OCCUPATIONS].name),
        language=language,
        groups=groups,
        occupations=occupations,
        broader=tuple(broader),
        checksum=digest.hexdigest(),
        notice=ESCO_NOTICE,
        warnings=dict(mended),
    )


def _has_skills(files: Iterable[str], language: str) -> bool:
    stems = {PurePosixPath(name).stem.lower() for name in files}
    titles = {f"{SKILLS}_{language}".lower(), SKILLS.lower()}
    return bool(stems & titles) and any(kind_of(name) == NEEDS for name in files)


def _find(
    files: Mapping[str, Table | Path],
    kind: str,
    language: str,
    source: str,
    suffixed: bool = False,
) -> Table:
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
        candidates = [n for n in files if kind_of(n) == kind][:1]
    if not candidates:
        others = sorted(n for n in files if kind_of(n) == kind)
        hint = f"; it has {', '.join(others)}" if others else ""
        raise InputError(f"{source} holds no {kind}_{language}.csv{hint}")
    if len(candidates) > 1 and kind not in (BROADER, NEEDS):
        raise InputError(
            f"{source} holds several downloads ({', '.join(sorted(candidates))}); name one of them"
        )
    found = files[candidates[0]]
    if isinstance(found, Table):
        return found
    try:
        return Table(str(found), found.read_bytes())
    except OSError as error:
        raise InputError(f"can't read {found}: {error}") from error


def _concepts(
    rows: Iterator[Mapping[str, str]], code_column: str, kind: str, mended: Counter[str]
) -> tuple[SourceConcept, ...]:
    """One concept a URI; the first row of a repeated URI stands, the others are counted."""
    concepts: dict[str, SourceConcept] = {}
    for row in rows:
        uri = row["conceptUri"].strip()
        if (row.get("status") or "released").strip() == "obsolete":
            mended[f"obsolete {kind} rows left out"] += 1
            continue
        concept = SourceConcept(
            uri=uri,
            isco_code=code_in(row, code_column, mended),
            label=row["preferredLabel"],
            alt_labels=tuple(
                label
                for column in ("altLabels", "hiddenLabels")
                for label in (row.get(column) or "").split("\n")
            ),
            description=row.get("description") or row.get("definition") or "",
            notation="" if code_column == "code" else (row.get("code") or "").strip(),
        )
        known = concepts.setdefault(uri, concept)
        if known is not concept:
            same = (known.isco_code, known.label) == (concept.isco_code, concept.label)
            mended[f"duplicate {kind} rows" if same else f"contradicting {kind} rows"] += 1
    return tuple(concepts.values())


def _with_skills(
    occupations: tuple[SourceConcept, ...], tables: Mapping[str, Table], mended: Counter[str]
) -> tuple[SourceConcept, ...]:
    """The occupations with the titles of the skills that they need."""
    titles = {row["conceptUri"]: row["preferredLabel"] for row in tables[SKILLS].rows(SKILLS)}
    needed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in tables[NEEDS].rows(NEEDS):
        if title := titles.get(row["skillUri"].strip()):
            needed[row["occupationUri"].strip(), row["relationType"].strip()].add(title)
        else:
            mended["relations to an unknown skill"] += 1
    return tuple(
        replace(
            concept,
            essential_skills=tuple(sorted(needed[concept.uri, "essential"])),
            optional_skills=tuple(sorted(needed[concept.uri, "optional"])),
        )
        for concept in occupations
    )


def _version(file_name: str) -> str:
    """The version that the zip's inner folder or the path names ("v1.2.1"), else "unknown"."""
    path, _, inner = file_name.rpartition(":")
    for part in (inner, *reversed(Path(path or inner).resolve().parts)):
        if found := _VERSION.search(part):
            return f"v{found.group(1)}"
    return _UNKNOWN
