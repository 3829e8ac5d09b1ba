"""Titles of the ISCO groups, as the taxonomy in use has them. Pure."""

from collections.abc import Iterable

from isco.core.records import Concept


def group_names(leaves: Iterable[Concept]) -> dict[str, str]:
    """Titles by code, at all four levels, of the groups in which there are leaves."""
    names: dict[str, str] = {}
    for leaf in leaves:
        names[leaf.isco_code] = leaf.isco_label
        for group in (leaf.isco_minor, leaf.isco_sub_major, leaf.isco_major):
            code, _, title = group.partition(" ")
            names[code] = title
    return names
