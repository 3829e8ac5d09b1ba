"""Titles of a national classification: their codes and occupations by its table, and what is
predicted of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.labelled import draw
from isco.core.config import load_settings
from isco.core.names import name_key
from isco.core.records import Ad, Concept, Kind, Prediction
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.links import Relation
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.query import Query


@dataclass(frozen=True)
class Case:
    """A title, what is known of it, what was predicted, and the leaves of the code predicted."""

    title: str
    codes: frozenset[str]
    occupations: frozenset[str]
    prediction: Prediction
    leaves: Sequence[tuple[Concept, float]]

    @property
    def probabilities(self) -> dict[str, float]:
        """Of the likely unit groups."""
        found: dict[str, float] = {}
        for each in self.prediction.candidates:
            found[each.isco_code] = found.get(each.isco_code, 0.0) + (each.probability or 0.0)
        return found


def read_cases(path: str, crosswalk: Crosswalk, classifier: Classifier, sample: int) -> list[Case]:
    """Up to `sample` titles of a file that are labels of the table, classified."""
    by_label: dict[str, list[int]] = {}
    for place, link in enumerate(crosswalk.table.links):
        by_label.setdefault(name_key(link.label), []).append(place)
    ads = [row for row in read_ads(path, load_settings().input) if isinstance(row, Ad)]
    ads = draw([ad for ad in ads if name_key(ad.title) in by_label], sample)
    cases = []
    for part in chunks(ads, 256):
        for ad, found in zip(part, classifier.classify_batch(part), strict=True):
            places = by_label[name_key(ad.title)]
            codes = {crosswalk.table.links[place].code for place in places}
            leaves = leaves_of(classifier, found)
            if leaves:
                cases.append(
                    Case(ad.title, frozenset(codes), occupations(crosswalk, places), found, leaves)
                )
    return cases


def leaves_of(classifier: Classifier, found: Prediction) -> Sequence[tuple[Concept, float]]:
    """The occupations of the predicted code, as they were searched; none without such."""
    if found.profile is None or found.best_code is None:
        return ()
    spoken = found.language if found.language in classifier.searchers.languages else None
    guesses = (LanguageGuess(spoken, 1.0),) if spoken else ()
    (match,) = classifier.searchers.match([Query(found.profile, languages=guesses)])
    return [pair for pair in match.leaves(found.best_code) if pair[0].kind != Kind.GROUP]


def occupations(crosswalk: Crosswalk, places: Sequence[int]) -> frozenset[str]:
    """Those of the strongest relation of these rows."""
    strength = list(Relation)
    of_relation: dict[int, set[str]] = {}
    for place in places:
        relation, source = crosswalk.table.links[place].relation, crosswalk.sources[place]
        if source.uri:
            rank = strength.index(relation) if relation else len(strength)
            of_relation.setdefault(rank, set()).add(source.uri)
    return frozenset(of_relation[min(of_relation)]) if of_relation else frozenset()
