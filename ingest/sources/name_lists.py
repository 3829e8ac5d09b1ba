"""Names of lists that offices keep, held against the taxonomy that they come to. Pure.

What a list calls by the code of a unit group that the taxonomy calls so already is known; what the
taxonomy has under another code, an inverted title turned round too, is a contradiction, and goes by
`prefer`. The taxonomy remembers whose names they are.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from isco.core.errors import InputError
from isco.core.names import name_key
from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import Contradiction, NameList, SourceTaxonomy
from isco.ingest.sources.inverted import turned_round
from isco.ingest.sources.name_codes import unit_of
from isco.ingest.sources.names import ExtraName, MoreNames, content_of, joined, unit_uris

# So many codes, and such a share of all, that are none of ISCO-08 are of another classification.
_FOREIGN, _FOREIGN_SHARE = 10, 0.2

Preferred = Literal["taxonomy", "names"]


def with_names(
    taxonomy: SourceTaxonomy,
    names: Sequence[ExtraName],
    origin: str,
    prefer: Preferred = "taxonomy",
) -> SourceTaxonomy:
    """`taxonomy` with the names of the list `origin`, after its own.

    A language that the taxonomy is not in is left out; that, and names of concepts that are not
    there, is counted in the warnings. Raises InputError where the codes are not ISCO-08's.
    """
    found = _Held(taxonomy, prefer)
    for name in names:
        found.add(name)
    found.require_isco_08(origin)
    warnings = Counter(taxonomy.warnings)
    for what, count in found.left_out.items():
        warnings[f"{what} ({origin})"] += count
    content = content_of(names) + ("" if prefer == "taxonomy" else prefer)
    return replace(
        joined(taxonomy, found.more, origin, content),
        warnings=dict(warnings),
        lists=(*taxonomy.lists, found.report(origin)),
    )


@dataclass
class _Held:
    """The names of a list, one by one held against a taxonomy."""

    taxonomy: SourceTaxonomy
    prefer: Preferred
    left_out: Counter[str] = field(default_factory=Counter)
    contradictions: list[Contradiction] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    titles: int = 0
    known: int = 0
    repaired: int = 0

    def __post_init__(self) -> None:
        languages = self.taxonomy.languages
        self._units = unit_uris(self.taxonomy)
        self._code_of = {uri: code for code, uri in self._units.items()}
        self._code_of |= {each.uri: each.isco_code for each in self.taxonomy.occupations}
        self._called = {language: self._codes_by_name(language) for language in languages}
        self.more = {language: MoreNames.none() for language in languages}

    def add(self, name: ExtraName) -> None:
        """Take a name in, or say why not."""
        language = name.language or self.taxonomy.language
        unit = unit_of(name.code, self._units, name.subdivided) if name.code else None
        uri = name.uri or self._units.get(unit or "", "")
        title = clean_label(name.name)
        if language not in self.more:
            self.left_out[f"names in {language!r}, which is not ingested"] += 1
        elif uri not in self._code_of:
            self.left_out["names for a concept that is not there"] += 1
            self.unknown.setdefault(name.code or name.uri)
        elif title:
            self.titles += 1
            self.repaired += unit is not None and unit not in name.code
            self.codes.add(self._code_of[uri])
            self._hold(title, uri, language, of_group=not name.uri)

    def _hold(self, title: str, uri: str, language: str, of_group: bool) -> None:
        """A title of the concept or the unit group `uri` against what the taxonomy calls so."""
        more, code = self.more[language], self._code_of[uri]
        names = self._called[language]
        key, turned = name_key(title), name_key(turned_round(title) or title)
        called = names.get(key, set())
        said = called or names.get(turned, set())
        if said and code not in said:
            self.contradictions.append(Contradiction(title, code, tuple(sorted(said))))
            if self.prefer == "taxonomy":
                return
            for each in (key, turned):
                more.taken.setdefault(each, set()).add(code)
        more.listed.setdefault(uri, []).append(title)
        if of_group and code in called:
            self.known += 1
        else:
            more.added.setdefault(uri, []).append(title)

    def require_isco_08(self, origin: str) -> None:
        """Raise InputError where the codes of the list are another classification's."""
        codes = len(self.unknown) + len(self.codes)
        if len(self.unknown) >= _FOREIGN and len(self.unknown) > _FOREIGN_SHARE * codes:
            shown = ", ".join(list(self.unknown)[:5])
            raise InputError(
                f"the codes of {origin} are not ISCO-08's: {len(self.unknown)} of {codes} name no "
                f"unit group ({shown}, …); if another column holds those of ISCO-08, name it in "
                "taxonomy.names"
            )

    def report(self, origin: str) -> NameList:
        """What became of them."""
        added = sum(len(titles) for more in self.more.values() for titles in more.added.values())
        return NameList(
            origin,
            self.titles,
            added,
            self.known,
            self.repaired,
            tuple(self.contradictions),
            self.prefer,
            tuple(self.unknown),
        )

    def _codes_by_name(self, language: str) -> dict[str, Collection[str]]:
        """The unit groups whose concepts have each name."""
        found: dict[str, set[str]] = {}
        texts = self.taxonomy.further.get(language)
        for concept in (*self.taxonomy.groups, *self.taxonomy.occupations):
            named = concept if texts is None else texts.get(concept.uri)
            if named is not None and concept.uri in self._code_of:
                for name in (named.label, *named.alt_labels):
                    found.setdefault(name_key(clean_label(name)), set()).add(concept.isco_code)
        return dict(found)
