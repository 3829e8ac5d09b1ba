"""A run, or two, read and reported."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isco.core.errors import InputError, UnavailableError
from isco.core.settings import Settings
from isco.report.drift import Drift, drift
from isco.report.tally import Tally
from isco.report.title_drift import SAMPLE, TitleDrift, title_drift
from isco.review.answers import AnsweredAd
from isco.review.codes import label_reader
from isco.review.random_share import DrawnAccuracy, drawn_accuracy
from isco.review.reading import read_answers
from isco.review.sheets import RefusedRow, read_sheets

if TYPE_CHECKING:
    from isco.core.progress import Progress
    from isco.retriever.labelled.labels import LabelReader

_SEED = 0


@dataclass(frozen=True)
class RunReport:
    """What is reported of a run: its counts; against an earlier one what has changed, in codes and
    in titles; what people found of accepted ads that were drawn. `names` are titles of groups by
    code, `refused` rows of sheets that could not be used."""

    now: Tally
    before: Tally | None
    drift: Drift | None
    titles: TitleDrift | None
    drawn: DrawnAccuracy | None
    refused: tuple[RefusedRow, ...]
    names: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            **self.now.as_dict(),
            "drawn_at_random": self.drawn and self.drawn.as_dict(),
            "against": self.before and self.before.as_dict(),
            "drift": self.drift and self.drift.as_dict(),
            "title_drift": self.titles and self.titles.as_dict(),
        }


def report_run(
    settings: Settings,
    codes: str,
    against: str | None,
    coded: Sequence[str],
    with_titles: bool,
    progress: "Progress",
    labels: "LabelReader | None" = None,
) -> RunReport:
    """Report the predictions in `codes`, against those of an earlier run if there is one; `coded`
    are sheets in which accepted ads that were drawn are coded.

    Titles are compared by the configured model. `labels` are read by the taxonomy in use, or by
    that reader. Raises InputError for what are no predictions,
    UnavailableError where sheets are given and nothing is ingested, or the model is not there.
    """
    now, now_titles = _read(codes, progress)
    before = drifted = titles = drawn = None
    refused: tuple[RefusedRow, ...] = ()
    if against is not None:
        before, before_titles = _read(against, progress)
        drifted = drift(now, before)
        if with_titles:
            titles = _title_drift(settings, now_titles, before_titles, progress)
    if coded:
        read = read_sheets(settings, coded, labels or label_reader(settings))
        last = {each.id: each for each in read.decisions}
        drawn, refused = drawn_accuracy(last.values()), read.refused
    return RunReport(
        now, before, drifted, titles, drawn, refused, _names(settings, now, before, labels)
    )


def _read(codes: str, progress: "Progress") -> tuple[Tally, list[str]]:
    """The counts of a run, and some of its titles, drawn by a fixed seed."""
    tally, draws = Tally(), random.Random(_SEED)
    titles: list[str] = []
    seen = 0
    progress.start("read codes", None)
    for answer in _told(read_answers(codes), progress):
        tally.add(answer)
        if not answer.title:
            continue
        seen += 1
        # Each title so far is as likely to be among them (Vitter's reservoir).
        if len(titles) < SAMPLE:
            titles.append(answer.title)
        elif (place := draws.randrange(seen)) < SAMPLE:
            titles[place] = answer.title
    if not tally.ads:
        raise InputError(f"{codes} has no predictions")
    return tally, titles


def _told(answers: Iterable[AnsweredAd], progress: "Progress") -> Iterator[AnsweredAd]:
    for answer in answers:
        yield answer
        progress.advance(1)


def _title_drift(
    settings: Settings, now: Sequence[str], before: Sequence[str], progress: "Progress"
) -> TitleDrift | None:
    from isco.core.embedding import open_embedder
    from isco.core.embedding.vector_cache import EmbeddingCache

    embedder = open_embedder(settings.embedding)
    with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
        progress.start("embed titles", len({*now, *before}))
        found = cache.embed_queries([*now, *before], progress.advance).vectors
    return title_drift(now, found[: len(now)], before, found[len(now) :])


def _names(
    settings: Settings, now: Tally, before: Tally | None, labels: "LabelReader | None"
) -> dict[str, str]:
    """Titles of groups; where nothing is ingested, those that stand in the predictions."""
    names = {**(before.labels if before else {}), **now.labels}
    try:
        return {**names, **(labels or label_reader(settings)).titles}
    except UnavailableError:
        return names
