"""Names of further languages, folded into the concepts of a main one. Pure.

The main language decides what there is: concepts, codes, relations, titles and descriptions. The
others add what they call the same concepts, found by their URIs, so that an ad in one of these
languages meets names of its own.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from isco.core.records import LANGUAGE_SEPARATOR
from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy


def fold(main: SourceTaxonomy, further: Sequence[SourceTaxonomy]) -> SourceTaxonomy:
    """`main` with the names of the `further` ones, each the same taxonomy in another language.

    Counted in the warnings, with the language: concepts without a name in it, concepts that only
    it has and that are left out, concepts that it has under another code, and what was met in its
    own files.
    """
    if not further:
        return main
    warnings = Counter(main.warnings)
    groups, occupations = main.groups, main.occupations
    for other in further:
        said = f"in {other.language!r}"
        warnings.update({f"{warning} {said}": n for warning, n in other.warnings.items()})
        groups = _named(groups, other.groups, "ISCO groups", said, warnings)
        occupations = _named(occupations, other.occupations, "occupations", said, warnings)
    every = (main, *further)
    checksums = "\n".join(source.checksum for source in every)
    return replace(
        main,
        language=LANGUAGE_SEPARATOR.join(source.language for source in every),
        groups=groups,
        occupations=occupations,
        checksum=hashlib.sha256(checksums.encode()).hexdigest(),
        warnings=dict(warnings),
    )


def _named(
    concepts: Iterable[SourceConcept],
    others: Iterable[SourceConcept],
    kind: str,
    said: str,
    warnings: Counter[str],
) -> tuple[SourceConcept, ...]:
    """`concepts` with the names that the `others` of the same URIs have."""
    found = {other.uri: other for other in others}
    named: list[SourceConcept] = []
    for concept in concepts:
        other = found.pop(concept.uri, None)
        names = tuple(filter(clean_label, (other.label, *other.alt_labels))) if other else ()
        if not names:
            warnings[f"{kind} without a name {said}"] += 1
        if other and other.isco_code != concept.isco_code:
            warnings[f"{kind} under another code {said}"] += 1
        named.append(replace(concept, further_names=concept.further_names + names))
    if found:
        warnings[f"{kind} {said} alone, left out"] += len(found)
    return tuple(named)
