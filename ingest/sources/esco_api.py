"""ESCO from the Commission's web service: the same concepts as the CSV download has, and skills.

The crawl goes down from the taxonomy's top concepts over ISCO's groups to the occupations, each
a resource of its own: some 3,700 requests a language, of which none is made twice. Of texts that
are missing in the main language, titles are taken in English.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from isco.core import ESCO_NOTICE
from isco.core.codes import UNIT_LEVEL, is_code, level
from isco.core.errors import InputError
from isco.core.settings import EscoApiSettings
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy
from isco.ingest.sources.esco_web import EscoWeb, Resource
from isco.ingest.sources.languages import join_languages

SCHEME = "http://data.europa.eu/esco/concept-scheme/occupations"
REFERENCE_LANGUAGE = "en"

Resources = Mapping[str, Resource]


class Counting(Protocol):
    """Told of a stage whose size is not known, then of what is done."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins."""
        ...

    def advance(self, done: int) -> None:
        """`done` more of the stage's items are finished."""
        ...


def read_esco_api(
    settings: EscoApiSettings,
    language: str = REFERENCE_LANGUAGE,
    *further: str,
    kept: Path,
    progress: Counting | None = None,
) -> SourceTaxonomy:
    """Read ESCO `settings.version` in `language`, and in `further` languages.

    Answers are kept in the file `kept`. Raises ConfigError when the service refuses version or
    language, UnavailableError when it can't be reached, InputError when what it answers is no
    taxonomy.
    """
    main = _read(settings, language, REFERENCE_LANGUAGE, kept, progress)
    others = [_read(settings, code, None, kept, progress) for code in further]
    return join_languages(main, others)


def _read(
    settings: EscoApiSettings,
    language: str,
    fallback: str | None,
    kept: Path,
    progress: Counting | None,
) -> SourceTaxonomy:
    """One crawl in one language; titles that are missing in it are taken in `fallback`, if any."""
    warnings: Counter[str] = Counter()
    if progress:
        progress.start("ask ESCO", None)
    advance = progress.advance if progress else _nothing
    with (
        EscoWeb(settings, language, kept) as web,
        ThreadPoolExecutor(settings.connections) as pool,
    ):
        top = web.resource("taxonomy", SCHEME)
        roots = _uris(top or {}, "hasTopConcept")
        if not roots:
            raise InputError(
                f"ESCO's web service at {settings.url} has no top concepts of {SCHEME} in version "
                f"{settings.version}: check esco_api.url and esco_api.version"
            )

        def crawl(kind: str, start: Iterable[str], relation: str) -> dict[str, Resource]:
            """Resources from `start` down over `relation`, a level at a time."""
            found: dict[str, Resource] = {}
            missing: set[str] = set()
            waiting = list(dict.fromkeys(start))
            while waiting:
                for uri, answer in zip(
                    waiting, pool.map(lambda uri: web.resource(kind, uri), waiting), strict=True
                ):
                    advance(1)
                    if answer is None:
                        missing.add(uri)
                    else:
                        found[uri] = answer
                below = (u for uri in waiting for u in _uris(found.get(uri, {}), relation))
                waiting = [u for u in dict.fromkeys(below) if u not in found and u not in missing]
            if missing:
                warnings[f"links to an unknown {kind}"] += len(missing)
            return found

        groups = crawl("concept", roots, "narrowerConcept")
        under_groups = (u for g in groups.values() for u in _uris(g, "narrowerOccupation"))
        occupations = crawl("occupation", under_groups, "narrowerOccupation")
    occupations = _released(occupations, warnings)
    broader = _broader(groups, occupations)
    codes = _codes(groups, occupations, broader)
    content = json.dumps([groups, occupations], sort_keys=True, ensure_ascii=False)
    return SourceTaxonomy(
        name="ESCO",
        version=settings.version,
        language=language,
        groups=tuple(
            _concept(u, r, codes, language, fallback, warnings) for u, r in groups.items()
        ),
        occupations=tuple(
            _concept(u, r, codes, language, fallback, warnings) for u, r in occupations.items()
        ),
        broader=broader,
        checksum=hashlib.sha256(content.encode()).hexdigest(),
        notice=ESCO_NOTICE,
        warnings=dict(warnings),
    )


def _released(resources: Resources, warnings: Counter[str]) -> dict[str, Resource]:
    kept = {u: r for u, r in resources.items() if r.get("status") != "obsolete"}
    if len(kept) < len(resources):
        warnings["obsolete occupation rows left out"] += len(resources) - len(kept)
    return kept


def _broader(groups: Resources, occupations: Resources) -> tuple[tuple[str, str], ...]:
    """(narrower, broader) pairs, told from either end."""
    pairs: dict[tuple[str, str], None] = {}
    for uri, resource in groups.items():
        pairs |= dict.fromkeys((u, uri) for u in _uris(resource, "narrowerConcept") if u in groups)
    for uri, resource in {**groups, **occupations}.items():
        below = (u for u in _uris(resource, "narrowerOccupation") if u in occupations)
        pairs |= dict.fromkeys((u, uri) for u in below)
    return tuple(pairs)


def _codes(
    groups: Resources, occupations: Resources, broader: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """ISCO codes by URI: a group's own, an occupation's unit group.

    An occupation below another one that names no group of its own is in the group of that one.
    """
    codes = {uri: _group_code(uri, resource) for uri, resource in groups.items()}
    above = {narrower: wider for narrower, wider in broader if wider in occupations}
    for uri in occupations:
        at: str | None = uri
        passed: set[str] = set()
        while at is not None and at not in passed:
            passed.add(at)
            found = [
                code
                for link in _links(occupations[at], "broaderIscoGroup")
                if level(code := _group_code(str(link.get("uri")), link)) == UNIT_LEVEL
            ]
            if found:
                codes[uri] = found[0]
                break
            at = above.get(at)
    return codes


def _group_code(uri: str, resource: Mapping[str, Any]) -> str:
    """ "2512" of a group that says "2512" or "C2512", or whose URI ends so."""
    for told in (str(resource.get("code") or ""), uri.rsplit("/", 1)[-1]):
        if is_code(code := told.removeprefix("C")):
            return code
    return ""


def _concept(
    uri: str,
    resource: Resource,
    codes: Mapping[str, str],
    language: str,
    fallback: str | None,
    warnings: Counter[str],
) -> SourceConcept:
    titles = resource.get("preferredLabel") or {}
    label = _text(titles, language)
    if not label and fallback:
        label = _text(titles, fallback) or str(resource.get("title") or "")
        warnings[f"titles missing in {language!r}, taken in English"] += 1
    return SourceConcept(
        uri=uri,
        isco_code=codes.get(uri, ""),
        label=label,
        alt_labels=tuple(
            other
            for key in ("alternativeLabel", "alternativeTerms", "hiddenLabel")
            for other in _texts(resource.get(key) or {}, language)
        ),
        description=_text(resource.get("description") or {}, language)
        or _text(resource.get("definition") or {}, language),
        notation="" if _group_code(uri, resource) else str(resource.get("code") or ""),
        essential_skills=_titles(resource, "hasEssentialSkill"),
        optional_skills=_titles(resource, "hasOptionalSkill"),
    )


def _text(texts: Mapping[str, Any], language: str) -> str:
    """One text in `language`: given as it is, or as {"literal": …}."""
    found = texts.get(language)
    return str((found.get("literal") if isinstance(found, Mapping) else found) or "")


def _texts(texts: Mapping[str, Any], language: str) -> list[str]:
    """Several texts in `language`: given as they are, or as {"label": …}."""
    found = texts.get(language) or []
    listed = [found] if isinstance(found, str) else found
    return [str(one.get("label") if isinstance(one, Mapping) else one) for one in listed]


def _links(resource: Resource, relation: str) -> list[Mapping[str, Any]]:
    found = (resource.get("_links") or {}).get(relation) or []
    return [found] if isinstance(found, Mapping) else list(found)


def _uris(resource: Resource, relation: str) -> list[str]:
    return [str(link["uri"]) for link in _links(resource, relation) if link.get("uri")]


def _titles(resource: Resource, relation: str) -> tuple[str, ...]:
    titles = {str(link["title"]) for link in _links(resource, relation) if link.get("title")}
    return tuple(sorted(titles))


def _nothing(done: int) -> None:
    """Tell nobody."""
