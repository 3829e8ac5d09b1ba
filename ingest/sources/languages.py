"""One taxonomy in several languages. Pure.

The main language decides what there is: concepts, codes and relations. The others say what the
same concepts, found by their URIs, are called there, and how they are described, so that an ad
meets the taxonomy in its own language.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import LocalText, SourceConcept, SourceTaxonomy


def join_languages(main: SourceTaxonomy, further: Sequence[SourceTaxonomy]) -> SourceTaxonomy:
    """`main` with the texts of the `further` ones, each the same taxonomy in another language.

    Counted in the warnings, with the language: concepts without a name in it, concepts that only
    it has and that are left out, concepts that it has under another code, and what was met in its
    own files.
    """
    if not further:
        return main
    warnings = Counter(main.warnings)
    texts: dict[str, dict[str, LocalText]] = {}
    for other in further:
        said = f"in {other.language!r}"
        warnings.update({f"{warning} {said}": n for warning, n in other.warnings.items()})
        texts[other.language] = {
            **_texts(main.groups, other.groups, "ISCO groups", said, warnings),
            **_texts(main.occupations, other.occupations, "occupations", said, warnings),
        }
    checksums = "\n".join(source.checksum for source in (main, *further))
    return replace(
        main,
        further=texts,
        checksum=hashlib.sha256(checksums.encode()).hexdigest(),
        warnings=dict(warnings),
    )


def _texts(
    concepts: Iterable[SourceConcept],
    others: Iterable[SourceConcept],
    kind: str,
    said: str,
    warnings: Counter[str],
) -> dict[str, LocalText]:
    """What the `others` of the same URIs as `concepts` are called, by URI."""
    found = {other.uri: other for other in others}
    texts: dict[str, LocalText] = {}
    for concept in concepts:
        other = found.pop(concept.uri, None)
        if other and any(map(clean_label, (other.label, *other.alt_labels))):
            texts[concept.uri] = LocalText(other.label, other.alt_labels, other.description)
        else:
            warnings[f"{kind} without a name {said}"] += 1
        if other and other.isco_code != concept.isco_code:
            warnings[f"{kind} under another code {said}"] += 1
    if found:
        warnings[f"{kind} {said} alone, left out"] += len(found)
    return texts
