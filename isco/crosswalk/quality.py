"""How good a table is for the taxonomy in use: what it covers, how many targets things have, what
is wrong with its rows. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.links import BrokenLink, Link, Relation
from isco.crosswalk.sources import How

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """Of `n` things, `covered` have a target: `one` has one, the others several, `most` at most."""

    n: int
    covered: int
    one: int
    mean: float
    most: int

    @staticmethod
    def of(numbers: Iterable[int], n: int) -> "Targets":
        """Of the numbers of targets of those that have any."""
        found = [number for number in numbers if number]
        mean = sum(found) / len(found) if found else 0.0
        return Targets(n, len(found), found.count(1), mean, max(found, default=0))

    @property
    def coverage(self) -> float:
        """Share that has a target."""
        return self.covered / self.n if self.n else 0.0

    @property
    def one_share(self) -> float:
        """Share of these that has one."""
        return self.one / self.covered if self.covered else 0.0

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "n": self.n,
            "covered": self.covered,
            "coverage": round(self.coverage, 4),
            "one_target": self.one,
            "one_target_share": round(self.one_share, 4),
            "targets_mean": round(self.mean, 2),
            "targets_most": self.most,
        }


@dataclass(frozen=True)
class Quality:
    """What a table is worth.

    `occupations` and `unit_groups` say how many targets each of the taxonomy's has: an occupation
    by rows of its own, a unit group by its own and those of all its occupations. `one_to_one` links
    are between things that have no other link, `one_to_many` from an occupation or group that has
    several, `many_to_one` to a target that has several, `many_to_many` both. `by_name` are rows
    whose occupation was told by its name, `missing` those whose occupation the taxonomy does not
    have; `doubled` say again what an earlier row said, `contradicting` with another relation or
    weight. `labels` are targets with several labels.
    """

    name: str
    file: str
    is_scale: bool
    rows: int
    broken: tuple[BrokenLink, ...]
    relations: Mapping[str, int]
    targets: int
    levels: tuple[int, ...]
    occupations: Targets
    unit_groups: Targets
    one_to_one: int
    one_to_many: int
    many_to_one: int
    many_to_many: int
    by_name: int
    missing: tuple[Link, ...]
    doubled: tuple[Link, ...]
    contradicting: tuple[Link, ...]
    labels: tuple[str, ...]

    @property
    def missing_sources(self) -> int:
        """How many occupations the rows of `missing` speak of."""
        return len({link.source for link in self.missing})

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        reasons = Counter(each.reason for each in self.broken)
        return {
            "table": self.name,
            "file": self.file,
            "kind": "scale" if self.is_scale else "codes",
            "rows": self.rows,
            "broken": len(self.broken),
            "broken_by_reason": dict(reasons.most_common()),
            "relations": dict(self.relations),
            "targets": self.targets,
            "levels": list(self.levels),
            "occupations": self.occupations.as_dict(),
            "unit_groups": self.unit_groups.as_dict(),
            "one_to_one": self.one_to_one,
            "one_to_many": self.one_to_many,
            "many_to_one": self.many_to_one,
            "many_to_many": self.many_to_many,
            "told_by_name": self.by_name,
            "missing_rows": len(self.missing),
            "missing_sources": sorted({link.source for link in self.missing}),
            "doubled_rows": [link.line for link in self.doubled],
            "contradicting_rows": [link.line for link in self.contradicting],
            "targets_with_several_labels": list(self.labels),
        }


def quality_of(crosswalk: Crosswalk) -> Quality:
    """The quality of a table over its taxonomy."""
    table, taxonomy = crosswalk.table, crosswalk.taxonomy
    pairs = list(zip(table.links, crosswalk.sources, strict=True))
    missing = tuple(link for link, source in pairs if source.how is How.MISSING)
    first: dict[tuple[str, str], Link] = {}
    doubled: list[Link] = []
    contradicting: list[Link] = []
    for link, source in pairs:
        place = (source.uri or source.isco_code or link.source, link.code)
        before = first.setdefault(place, link)
        if before is not link:
            same = (before.relation, before.weight) == (link.relation, link.weight)
            (doubled if same else contradicting).append(link)
    by_source = Counter(source for source, _ in first)
    by_target = Counter(target for _, target in first)
    kinds = Counter((by_source[source] > 1, by_target[target] > 1) for source, target in first)
    labels: dict[str, set[str]] = {}
    for link in table.links:
        if link.label:
            labels.setdefault(link.code, set()).add(link.label)
    return Quality(
        name=table.name,
        file=table.file,
        is_scale=table.is_scale,
        rows=len(table.links) + len(table.broken),
        broken=table.broken,
        relations=_relations(table.links),
        targets=len({link.code for link in table.links}),
        levels=crosswalk.levels,
        occupations=Targets.of(
            (len(links) for links in crosswalk.of_occupation.values()), len(taxonomy.units)
        ),
        unit_groups=_of_unit_groups(crosswalk),
        one_to_one=kinds[False, False],
        one_to_many=kinds[True, False],
        many_to_one=kinds[False, True],
        many_to_many=kinds[True, True],
        by_name=crosswalk.count(How.NAME),
        missing=missing,
        doubled=tuple(doubled),
        contradicting=tuple(contradicting),
        labels=tuple(sorted(code for code, found in labels.items() if len(found) > 1)),
    )


def _relations(links: Iterable[Link]) -> dict[str, int]:
    counts = Counter(link.relation for link in links)
    return {str(each) if each else "none said": counts[each] for each in (*Relation, None)}


def _of_unit_groups(crosswalk: Crosswalk) -> Targets:
    units = [code for code in crosswalk.taxonomy.groups if len(code) == UNIT_LEVEL]
    own, below = crosswalk.of_group, crosswalk.within
    targets = ({link.code for link in (*own.get(code, ()), *below.get(code, ()))} for code in units)
    return Targets.of(map(len, targets), len(units))
