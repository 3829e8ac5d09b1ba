"""What is learned from: the names of occupations in all languages, what they do, and labelled ads.

Several versions of a taxonomy add up: a concept is the same wherever its URI is the same.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

from isco.core.names import name_key
from isco.core.records import Concept
from isco.ingest.documents import group_tasks, searchable_leaves
from isco.ingest.sources import read_source
from isco.ingest.taxonomy import build_taxonomy


@dataclass(frozen=True, slots=True)
class Occupation:
    """A concept of the taxonomy, an occupation or a unit group, as far as it is learned from.

    `names` are by language, the preferred one first. `description` and `skills` are in the main
    language and may be empty.
    """

    uri: str
    isco_code: str
    names: Mapping[str, Sequence[str]]
    description: str = ""
    skills: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A title, or a title and a text, that somebody coded."""

    text: str
    isco_code: str


@dataclass(frozen=True, slots=True)
class Material:
    """All that is learned from. `main` is the language that every occupation has a name in."""

    main: str
    occupations: Sequence[Occupation]
    labelled: Sequence[LabelledText] = ()

    @property
    def codes(self) -> set[str]:
        """The unit groups that have an occupation."""
        return {one.isco_code for one in self.occupations}

    @property
    def checksum(self) -> str:
        """A SHA-256 of all of it."""
        content = [
            list(map(asdict, self.occupations)),
            list(map(asdict, self.labelled)),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def languages(self) -> list[str]:
        """All languages, the main one first."""
        found = set(chain.from_iterable(one.names for one in self.occupations)) - {self.main}
        return [self.main, *sorted(found)]


def read_material(sources: Sequence[str], without: Collection[str] = ()) -> Material:
    """The names in `sources`, each as `isco ingest --source` takes it, but for those `without`.

    Of a concept's descriptions the first is taken. Names are compared without regard to case.
    Raises what reading a source raises.
    """
    unwanted = {name_key(name) for name in without}
    concepts: dict[str, _Gathered] = {}
    main = ""
    for path in sources:
        source = read_source(path)
        main = main or source.language
        taxonomy = build_taxonomy(source)
        tasks = group_tasks(taxonomy)
        for leaf in searchable_leaves(taxonomy):
            concepts.setdefault(leaf.uri, _Gathered(leaf)).add(leaf, tasks, main)
    found = (gathered.occupation(unwanted) for gathered in concepts.values())
    occupations = [one for one in found if one.names.get(main)]
    return Material(main, occupations)


class _Gathered:
    def __init__(self, leaf: Concept) -> None:
        self._leaf = leaf
        self._names: dict[str, dict[str, None]] = {}
        self._description = ""
        self._skills: Sequence[str] = ()

    def add(self, leaf: Concept, tasks: Mapping[str, str], main: str) -> None:
        # A name that one language lacks is that of the main one.
        if leaf.language == main or leaf.label != leaf.main_label:
            names = self._names.setdefault(leaf.language, {})
            names.update(dict.fromkeys(chain.from_iterable(map(_alternatives, leaf.labels))))
        if leaf.language == main:
            described = leaf.description
            if leaf.uri.endswith(f"C{leaf.isco_code}"):
                described = f"{described} {tasks.get(leaf.isco_code, '')}".strip()
            self._description = self._description or described
            self._skills = self._skills or leaf.essential_skills

    def occupation(self, unwanted: Collection[str]) -> Occupation:
        names = {
            language: tuple(name for name in given if name_key(name) not in unwanted)
            for language, given in self._names.items()
        }
        return Occupation(
            self._leaf.uri,
            self._leaf.isco_code,
            {language: given for language, given in names.items() if given},
            self._description,
            self._skills,
        )


def _alternatives(name: str) -> Iterable[str]:
    """ "enseignant/enseignante" is two names."""
    parts = [part.strip() for part in name.split("/")]
    if len(parts) == 2 and all(len(part) > 3 for part in parts) and len(name) < 80:
        return parts
    return [name]
