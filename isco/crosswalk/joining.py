"""From the likely occupations of an ad to the likely targets of a table. Pure.

An occupation passes its probability on to its targets. One that the table does not have, and what
is left of a unit group besides its likely occupations, goes to the targets of the group itself, or
else to those of all its occupations. A target that several ways lead to has the sum.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from isco.core.codes import ancestors
from isco.core.records import Occupation
from isco.crosswalk.links import Link, LinkTable, Relation, number_of
from isco.crosswalk.prefixes import levels_of, shorter
from isco.crosswalk.sources import How, Source, Taxonomy
from isco.crosswalk.weighing import link_shares

MOST = 5
# Half of what all targets have: the first of them is no more likely than the others together.
_CLEAR = 0.5
_LEAST = 0.005
Shares = Callable[[Sequence[Link], Mapping[str, float]], list[float]]


class Via(StrEnum):
    """What a target was reached by."""

    OCCUPATION = "occupation"
    GROUP = "unit group"


@dataclass(frozen=True, slots=True)
class Target:
    """A code of the table, and the probability that it is the ad's. `relation`, `via` and `source`
    (the URI of the occupation, or the group) are those of the likeliest way to it."""

    code: str
    label: str
    probability: float
    relation: Relation | None
    via: Via
    source: str


@dataclass(frozen=True)
class Joined:
    """What a table has for an ad: `targets`, the likeliest first, and what they sum to by shorter
    codes, `groups`. `value` is the mean of a scale, over the `known` part of the probability."""

    targets: tuple[Target, ...]
    groups: Mapping[str, float]
    known: float
    value: float | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether no target is likelier than all the others together."""
        return bool(self.targets) and self.targets[0].probability < _CLEAR * self.known


@dataclass(frozen=True)
class Crosswalk:
    """A table over a taxonomy: links by occupation and by group. `levels` are the lengths at which
    its codes may be cut, `sources` what each link speaks of, in the order of the table."""

    table: LinkTable
    taxonomy: Taxonomy
    sources: tuple[Source, ...]
    of_occupation: Mapping[str, tuple[Link, ...]]
    of_group: Mapping[str, tuple[Link, ...]]
    levels: tuple[int, ...]
    within: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)

    @staticmethod
    def of(
        table: LinkTable, taxonomy: Taxonomy, levels: Sequence[int] | None = None
    ) -> "Crosswalk":
        """Of several links between the same two the first counts."""
        sources = tuple(map(taxonomy.source, table.links))
        occupations: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        groups: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        within: defaultdict[str, list[Link]] = defaultdict(list)
        codes: defaultdict[str, list[str]] = defaultdict(list)
        for link, source in zip(table.links, sources, strict=True):
            if source.uri:
                occupations[source.uri].setdefault(link.code, link)
                unit = taxonomy.units[source.uri]
                within[unit].append(link)
                codes[link.code].append(unit)
            elif source.isco_code:
                groups[source.isco_code].setdefault(link.code, link)
                codes[link.code].append(source.isco_code)
        if table.is_scale:
            found: tuple[int, ...] = ()
        else:
            found = levels_of(codes) if levels is None else tuple(sorted(levels, reverse=True))
        return Crosswalk(
            table,
            taxonomy,
            sources,
            {uri: tuple(links.values()) for uri, links in occupations.items()},
            {code: tuple(links.values()) for code, links in groups.items()},
            found,
            {code: tuple(links) for code, links in within.items()},
        )

    def count(self, how: How) -> int:
        """How many links speak of what was told so."""
        return sum(source.how is how for source in self.sources)

    def join(
        self,
        occupations: Iterable[Occupation],
        codes: Mapping[str, float],
        likeness: Mapping[str, float],
        shares: Shares = link_shares,
    ) -> Joined:
        """The targets of an ad that is likely in those occupations, and in those unit groups.

        `likeness` is that of the ad's title to the labels of targets, by code.
        """
        ways: list[tuple[float, Via, str, Sequence[Link]]] = []
        left = dict(codes)
        for each in occupations:
            links = self.of_occupation.get(each.uri)
            if links:
                ways.append((each.probability, Via.OCCUPATION, each.uri, links))
                left[each.isco_code] = left.get(each.isco_code, 0.0) - each.probability
        for code, probability in left.items():
            if probability >= _LEAST and (found := self.links_of(code)):
                ways.append((probability, Via.GROUP, code, found))
        return self._summed(ways, likeness, shares)

    def likely_codes(self, occupations: Iterable[Occupation], codes: Iterable[str]) -> set[str]:
        """All targets that there are for these."""
        links = [link for each in occupations for link in self.of_occupation.get(each.uri, ())]
        links += [link for code in codes for link in self.links_of(code)]
        return {link.code for link in links}

    def links_of(self, code: str) -> tuple[Link, ...]:
        """Those of the unit group, of all its occupations, or of the nearest group above it."""
        if found := self.of_group.get(code) or self.within.get(code):
            return found
        return next(
            (self.of_group[group] for group in ancestors(code) if group in self.of_group), ()
        )

    def _summed(
        self,
        ways: Iterable[tuple[float, Via, str, Sequence[Link]]],
        likeness: Mapping[str, float],
        shares: Shares,
    ) -> Joined:
        sums: defaultdict[str, float] = defaultdict(float)
        best: dict[str, tuple[float, Link, Via, str]] = {}
        for probability, via, source, links in ways:
            for link, share in zip(links, shares(links, likeness), strict=True):
                part = probability * share
                sums[link.code] += part
                if link.code not in best or part > best[link.code][0]:
                    best[link.code] = (part, link, via, source)
        ranked = sorted(sums, key=lambda code: (-sums[code], code))
        targets = []
        for code in ranked[:MOST]:
            _, link, via, source = best[code]
            label = self.table.labels.get(code, link.label)
            targets.append(Target(code, label, round(sums[code], 4), link.relation, via, source))
        groups: defaultdict[str, float] = defaultdict(float)
        for code, probability in sums.items():
            for group in shorter(code, self.levels):
                groups[group] += probability
        known = sum(sums.values(), 0.0)
        return Joined(
            tuple(each for each in targets if each.probability >= _LEAST or each is targets[0]),
            dict(groups),
            known,
            self._mean(sums, known),
        )

    def _mean(self, sums: Mapping[str, float], known: float) -> float | None:
        if not self.table.is_scale or not known:
            return None
        return sum((number_of(code) or 0.0) * part for code, part in sums.items()) / known
