"""Tables over the taxonomy in use, and what they have for answered ads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from isco.core.embedding import model_identity
from isco.core.errors import ConfigError
from isco.core.flat_columns import cells_of_tables
from isco.core.records import PredictionPath
from isco.core.settings import CrosswalkFile, Settings
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.rows import ANSWER, WITHOUT_JOB, as_result
from isco.crosswalk.sources import Taxonomy
from isco.crosswalk.table_files import read_table
from isco.retriever.factory import read_search_data
from isco.review.answers import AnsweredAd

_TOGETHER = 500
_WHOLE = 4


@dataclass(frozen=True)
class Crosswalks:
    """One or more tables, by what they are called."""

    tables: tuple[tuple[Crosswalk, Likeness], ...]

    @staticmethod
    def of(crosswalks: Iterable[Crosswalk]) -> "Crosswalks":
        """With what titles are compared with."""
        return Crosswalks(tuple((each, Likeness(each.table.labels)) for each in crosswalks))

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a flat file."""
        nothing = {c.table.name: as_result(None, c.table.is_scale, None) for c, _ in self.tables}
        return tuple(cells_of_tables(nothing))

    def results(
        self, answers: Iterable[AnsweredAd], target: float | None
    ) -> Iterator[tuple[AnsweredAd, dict[str, dict[str, Any]]]]:
        """What the tables have for each of the answers, by their names, in order.

        `target` is the accuracy that is asked of every code, None for the likeliest.
        """
        rest = iter(answers)
        while some := list(islice(rest, _TOGETHER)):
            by_table = [self._of_table(*table, some, target) for table in self.tables]
            for answer, results in zip(some, zip(*by_table, strict=True), strict=True):
                names = (crosswalk.table.name for crosswalk, _ in self.tables)
                yield answer, dict(zip(names, results, strict=True))

    def _of_table(
        self,
        crosswalk: Crosswalk,
        likeness: Likeness,
        answers: Sequence[AnsweredAd],
        target: float | None,
    ) -> list[dict[str, Any]]:
        found = []
        titles = likeness.of([answer.title for answer in answers])
        for answer, title in zip(answers, titles, strict=True):
            joined = None
            if answer.path not in WITHOUT_JOB and (codes := code_probabilities(answer)):
                likely = crosswalk.likely_codes(answer.occupations, codes)
                joined = crosswalk.join(answer.occupations, codes, likeness.to(title, likely))
            result = as_result(joined, crosswalk.table.is_scale, _asked(answer, target))
            if answer.isco_code is None and not crosswalk.table.is_scale:
                # Nothing is more sure than the code that was not given.
                result |= dict.fromkeys(ANSWER)
            found.append(result)
        return found


def code_probabilities(answer: AnsweredAd) -> dict[str, float]:
    """The likely unit groups; where none is known, the shorter group that people gave."""
    found = {each.isco_code: each.probability for each in answer.codes if each.isco_code}
    if not found and answer.isco_code:
        found = {answer.isco_code: answer.confidence}
    return found


def _asked(answer: AnsweredAd, target: float | None) -> float | None:
    """Where the answer had to be shorter, a national code must be as sure as that."""
    if target is None and answer.path != PredictionPath.CODED and 0 < answer.level < _WHOLE:
        return answer.confidence
    return target


def open_crosswalks(settings: Settings, tables: Sequence[CrosswalkFile]) -> tuple[Crosswalk, ...]:
    """The tables in those files over the taxonomy in use.

    Raises InputError for a file that is none, ConfigError where two have the same name,
    UnavailableError where nothing is ingested.
    """
    read = [(read_table(each), each) for each in tables]
    names = [table.name for table, _ in read]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two tables are called {name!r}: name them, as in {name}_2=FILE")
    taxonomy = taxonomy_in_use(settings)
    return tuple(Crosswalk.of(table, taxonomy, wanted.levels) for table, wanted in read)


def taxonomy_in_use(settings: Settings) -> Taxonomy:
    """In all its languages. UnavailableError where nothing is ingested."""
    data = read_search_data(settings, model_identity(settings.embedding))
    languages = data.metadata.languages
    return Taxonomy.of(
        concept for language in languages for concept in data.indexes[language].concepts
    )
