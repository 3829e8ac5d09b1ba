"""Tables over the taxonomy in use, and what they have for answered ads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from isco.core.embedding import model_identity
from isco.core.errors import ConfigError
from isco.core.flat_columns import ANSWER as FLAT_ANSWER
from isco.core.flat_columns import FIRST, cells_of_tables
from isco.core.records import PredictionPath
from isco.core.settings import CrosswalkFile, Settings
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.links import LinkTable
from isco.crosswalk.rows import ANSWER, WITHOUT_JOB, as_result
from isco.crosswalk.sources import Taxonomy
from isco.crosswalk.table_files import read_table
from isco.retriever.factory import SearchData, read_search_data
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
    def names(self) -> tuple[str, ...]:
        """What they are called."""
        return tuple(crosswalk.table.name for crosswalk, _ in self.tables)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a flat file."""
        return tuple(chain.from_iterable(columns_of(each.table) for each, _ in self.tables))

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
                yield answer, dict(zip(self.names, results, strict=True))

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


def open_crosswalks(
    settings: Settings, tables: Sequence[CrosswalkFile], data: SearchData | None = None
) -> tuple[Crosswalk, ...]:
    """The tables in those files over the taxonomy in use, which is read unless `data` has it.

    Raises InputError for a file that is none, ConfigError where two have the same name or one has
    that of a column of predictions, UnavailableError where nothing is ingested.
    """
    read = read_tables(tables)
    taxonomy = taxonomy_of(data) if data else taxonomy_in_use(settings)
    return tuple(
        Crosswalk.of(table, taxonomy, wanted.levels)
        for table, wanted in zip(read, tables, strict=True)
    )


def read_tables(tables: Sequence[CrosswalkFile]) -> tuple[LinkTable, ...]:
    """The tables in those files, which can stand beside each other. Raises as `open_crosswalks`."""
    read = tuple(map(read_table, tables))
    _require_own_columns(read)
    return read


def _require_own_columns(tables: Sequence[LinkTable]) -> None:
    """Raise ConfigError where a column of one table would be called as one of another, or of the
    answer."""
    taken = {*FIRST, *FLAT_ANSWER}
    for table in tables:
        columns = columns_of(table)
        if clash := taken.intersection(columns):
            raise ConfigError(
                f"{table.file}: a table that is called {table.name!r} would have a column "
                f"{min(clash)!r}, which is there already: give it another name, as in "
                f"{table.name}_2=FILE"
            )
        taken.update(columns)


def columns_of(table: LinkTable) -> tuple[str, ...]:
    """What the table adds to a flat file."""
    return tuple(cells_of_tables({table.name: as_result(None, table.is_scale, None)}))


def taxonomy_in_use(settings: Settings) -> Taxonomy:
    """In all its languages. UnavailableError where nothing is ingested."""
    return taxonomy_of(read_search_data(settings, model_identity(settings.embedding)))


def taxonomy_of(data: SearchData) -> Taxonomy:
    """That of what was read from Qdrant, in all its languages."""
    languages = data.metadata.languages
    return Taxonomy.of(
        concept for language in languages for concept in data.indexes[language].concepts
    )
