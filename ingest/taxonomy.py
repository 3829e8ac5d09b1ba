"""The taxonomy as a graph: integrity checks, leaves, ISCO-08 ancestors.

Nodes are the URIs of ISCO groups and occupations, edges run from the broader to the narrower
concept. An occupation's ISCO code is the one its source gives it (ESCO's `iscoGroup` column);
the chain of broader relations is held against it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from isco.core.codes import UNIT_LEVEL, is_code, level, parent
from isco.core.errors import TaxonomyError
from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import SourceConcept, SourceTaxonomy

UNIT_GROUP_COUNT = 436
GROUP_COUNT = 619

_SHOWN = 5


@dataclass(frozen=True)
class Taxonomy:
    """A checked taxonomy. `groups` is keyed by ISCO code, `occupations` by URI.

    `warnings` counts what was met and mended, on top of what the source reported.
    """

    source: SourceTaxonomy
    graph: nx.DiGraph
    groups: Mapping[str, SourceConcept]
    occupations: Mapping[str, SourceConcept]
    warnings: Mapping[str, int]

    def group_title(self, code: str) -> str:
        """ "2 Professionals" for "2". KeyError for a code the taxonomy lacks."""
        return f"{code} {' '.join(self.groups[code].label.split())}"

    def unit_groups(self) -> list[SourceConcept]:
        """The 436 unit groups in the order of their codes."""
        return [g for code, g in sorted(self.groups.items()) if level(code) == UNIT_LEVEL]

    def is_leaf(self, uri: str) -> bool:
        """Whether a concept has no narrower one."""
        return bool(self.graph.out_degree(uri) == 0)

    def leaves(self) -> list[SourceConcept]:
        """Concepts without narrower ones: occupations, and unit groups that have none."""
        concepts = [*self.unit_groups(), *self.occupations.values()]
        return [concept for concept in concepts if self.is_leaf(concept.uri)]

    def inner_occupations(self) -> list[SourceConcept]:
        """Occupations that have narrower ones."""
        return [c for c in self.occupations.values() if not self.is_leaf(c.uri)]


def build_taxonomy(source: SourceTaxonomy) -> Taxonomy:
    """Check `source` and make its graph.

    What can be mended without guessing (repeated rows, relations to unknown concepts, an
    occupation without a broader one, or without a name and so left out) is counted in `warnings`.
    Raises TaxonomyError for what can't: malformed or missing groups, an occupation under an
    unknown unit group, a cycle.
    """
    warnings = Counter(source.warnings)
    groups = _check_groups(source.groups)
    occupations = {
        c.uri: c for c in source.occupations if any(map(clean_label, (c.label, *c.alt_labels)))
    }
    if nameless := len(source.occupations) - len(occupations):
        warnings["occupations without a name left out"] += nameless
    _check_occupation_codes(occupations.values(), groups)
    graph = nx.DiGraph()
    graph.add_nodes_from(group.uri for group in groups.values())
    graph.add_nodes_from(occupations)
    for narrower, broader in source.broader:
        if narrower in graph and broader in graph:
            graph.add_edge(broader, narrower)
        else:
            warnings["relations to an unknown concept"] += 1
    _check_cycles(graph)
    _attach_orphans(graph, groups, occupations, warnings)
    _compare_chains(graph, groups, occupations, warnings)
    return Taxonomy(source, graph, groups, occupations, dict(warnings))


def _check_groups(concepts: Iterable[SourceConcept]) -> dict[str, SourceConcept]:
    groups: dict[str, SourceConcept] = {}
    for concept in concepts:
        code = concept.isco_code
        if not is_code(code):
            raise TaxonomyError(f"{concept.uri}: {code!r} is not an ISCO-08 code")
        if code in groups:
            raise TaxonomyError(f"two ISCO groups have the code {code}")
        if not clean_label(concept.label):
            raise TaxonomyError(f"the ISCO group {code} has no title")
        groups[code] = concept
    orphans = [c for c in groups if (above := parent(c)) and above not in groups]
    if orphans:
        raise TaxonomyError(f"ISCO groups without their parent group: {_some(orphans)}")
    units = sum(level(code) == UNIT_LEVEL for code in groups)
    if units != UNIT_GROUP_COUNT:
        raise TaxonomyError(
            f"the source has {units} ISCO-08 unit groups, but there are {UNIT_GROUP_COUNT}; "
            "is the download complete?"
        )
    return groups


def _check_occupation_codes(
    occupations: Iterable[SourceConcept], groups: Mapping[str, SourceConcept]
) -> None:
    unknown = [
        f"{concept.label!r} ({concept.isco_code or 'no code'})"
        for concept in occupations
        if level(concept.isco_code) != UNIT_LEVEL or concept.isco_code not in groups
    ]
    if unknown:
        raise TaxonomyError(f"occupations under no known unit group: {_some(unknown)}")


def _check_cycles(graph: nx.DiGraph) -> None:
    try:
        cycle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return
    chain = " → ".join([cycle[0][0], *(edge[1] for edge in cycle)])
    raise TaxonomyError(f"the broader relations run in a circle: {chain}")


def _attach_orphans(
    graph: nx.DiGraph,
    groups: Mapping[str, SourceConcept],
    occupations: Mapping[str, SourceConcept],
    warnings: Counter[str],
) -> None:
    """Put what no relation places where its code says that it belongs."""
    for code, group in groups.items():
        above = parent(code)
        if above and graph.in_degree(group.uri) == 0:
            graph.add_edge(groups[above].uri, group.uri)
            warnings["groups placed by their code alone"] += 1
    for uri, concept in occupations.items():
        if graph.in_degree(uri) == 0:
            graph.add_edge(groups[concept.isco_code].uri, uri)
            warnings["occupations placed by their code alone"] += 1


def _compare_chains(
    graph: nx.DiGraph,
    groups: Mapping[str, SourceConcept],
    occupations: Mapping[str, SourceConcept],
    warnings: Counter[str],
) -> None:
    """Count the occupations whose broader relations lead to another unit group than their code."""
    for group in groups.values():
        if level(group.isco_code) != UNIT_LEVEL:
            continue
        for uri in nx.descendants(graph, group.uri):
            known = occupations.get(uri)
            if known is None or known.isco_code != group.isco_code:
                warnings["occupations whose relations contradict their code"] += 1


def _some(items: list[str]) -> str:
    shown = ", ".join(items[:_SHOWN])
    return shown if len(items) <= _SHOWN else f"{shown} and {len(items) - _SHOWN} more"
