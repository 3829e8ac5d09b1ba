"""From ads to predictions: one pure `classify_batch` that every way of running goes through."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from isco.core.calibration import Calibration
from isco.core.records import (
    Ad,
    BrokenRow,
    Prediction,
    PredictionPath,
    Profile,
    Row,
    Versions,
)
from isco.core.settings import Settings
from isco.retriever.deciding.decider import Decider
from isco.retriever.deciding.decision import Decision
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.occupations import occupation_within
from isco.retriever.deciding.voting import Answer
from isco.retriever.labelled.equal_ads import CodedAd, content_key
from isco.retriever.labelled.labelled_ads import LabelledAds
from isco.retriever.llm_stages import LlmStages
from isco.retriever.preparing.language import Language, LanguageGuess
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.preprocessor import PreprocessedAd, Preprocessor
from isco.retriever.preparing.prompt_injection import read_text, read_title
from isco.retriever.preparing.translation import TRANSLATED_INTO
from isco.retriever.searching.led_elsewhere import is_in_doubt, led_elsewhere
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers

_LED_ELSEWHERE = "rules (the LLM's title leads elsewhere than the ad's)"


@dataclass(frozen=True, slots=True)
class Classified:
    """A prediction with what lies behind it, for evaluation.

    `code_ranking` is the ranking of distinct codes; `vote` the code without an LLM, and
    `vote_confidence` how sure that was; `offered` the codes that an LLM was asked to choose among,
    if one was; `evidence` how clear the case was; `answers` what could be said in 4, 3, 2 and 1
    digits, and how sure that is.
    """

    prediction: Prediction
    code_ranking: tuple[str, ...]
    vote: str | None = None
    offered: tuple[str, ...] = ()
    evidence: Evidence | None = None
    answers: tuple[Answer, ...] = ()
    vote_confidence: float | None = None


@dataclass(slots=True)
class _Job:
    """An ad on its way.

    `original` is the row as read; `ad`, which an LLM may see, is without orders to the machine, and
    in English once translated. `coded` is what people coded it as, if they did.
    """

    position: int
    original: Ad
    ad: Ad
    profile: Profile
    text: str
    language: Language
    named: bool
    coded: CodedAd | None = None
    notes: list[str] = field(default_factory=list)


def _no_job(job: _Job, preprocessed: PreprocessedAd) -> str | None:
    """Why the page is no job ad: people found so, or else the rules do."""
    if job.coded is None:
        return preprocessed.no_job
    if job.coded.is_job:
        return None
    return f"Found to be no job by people ({', '.join(job.coded.sources)})."


def _query(job: _Job) -> Query:
    """What is searched for: a title that names no job would lead away from what the text says."""
    profile = job.profile
    if not job.named and profile.description:
        profile = replace(profile, title=profile.description)
    language = job.language
    return Query(profile, job.text, language.guesses, foreign=language.is_foreign)


class Classifier:
    """All that classifying needs, loaded once. Holds no connection: the index is in memory."""

    def __init__(
        self,
        searchers: Searchers,
        settings: Settings,
        versions: Versions,
        notice: str | None = None,
        llm: LlmStages | None = None,
        calibration: Calibration | None = None,
        labelled: LabelledAds | None = None,
    ) -> None:
        self.searchers = searchers
        self.notice = notice
        self.llm = llm or LlmStages("none")
        self.versions = replace(versions, llm=self.llm.model, prompts=self.llm.prompts)
        model = (versions.embedding or "").partition("@")[0]
        self.decider = Decider(searchers, settings, model, calibration, labelled, self.llm.reranker)
        self._labelled = labelled
        said = searchers.main.index.share_said
        self.preprocessor = Preprocessor(settings, searchers.languages, said, searchers.everyday)
        # What is translated is searched in English, where the taxonomy is.
        english = TRANSLATED_INTO in searchers.languages
        self._english = (LanguageGuess(TRANSLATED_INTO, 1.0),) if english else ()

    def classify_batch(self, rows: Sequence[Row]) -> list[Prediction]:
        """One prediction a row, in the same order. A broken row becomes an `error` prediction."""
        return [item.prediction for item in self.classify_with_ranking(rows)]

    def embed_ahead(self, rows: Sequence[Row]) -> None:
        """Embed what `rows` are searched by, so that rows of several batches are embedded together.

        That changes no answer, only when the work is done. What an LLM changes first is left, and
        so are texts that need not be read.
        """
        if self.llm.translator or self.llm.extractor:
            return
        profiles = [
            _query(self._job(0, row, read)).profile
            for row in rows
            if isinstance(row, Ad) and not (read := self.preprocessor.preprocess(row)).no_job
        ]
        if profiles:
            self.searchers.main.vectors(profiles, read=self.decider.reads_all)

    def in_feed(self, settings: Settings) -> "Classifier":
        """This classifier for a feed whose mix of languages `settings` have."""
        other = copy(self)
        other.preprocessor = self.preprocessor.among(settings.language, self.searchers.languages)
        return other

    def classify_with_ranking(self, rows: Sequence[Row]) -> list[Classified]:
        """As `classify_batch`, with the ranking of the first 15 distinct codes."""
        results: dict[int, Classified] = {}
        jobs: list[_Job] = []
        for position, row in enumerate(rows):
            if isinstance(row, BrokenRow):
                results[position] = Classified(self._error(row), ())
                continue
            preprocessed = self.preprocessor.preprocess(row)
            job = self._job(position, row, preprocessed)
            if no_job := _no_job(job, preprocessed):
                results[position] = Classified(self._not_a_job(job, no_job), ())
            else:
                jobs.append(job)
        self._translate(jobs)
        for job, reason in self._extract(jobs):
            results[job.position] = Classified(self._not_a_job(job, reason), ())
        jobs = [job for job in jobs if job.position not in results]
        results.update(self._decided(jobs))
        return [results[position] for position in range(len(rows))]

    def _job(self, position: int, original: Ad, preprocessed: PreprocessedAd) -> _Job:
        ad = original
        if self.llm.translator or self.llm.extractor:
            ad = replace(
                original,
                title=read_title(original.title),
                description=read_text(original.description),
            )
        job = _Job(
            position,
            original,
            ad,
            preprocessed.profile,
            preprocessed.text,
            preprocessed.language,
            preprocessed.named,
        )
        if self._labelled:
            title, content = job.profile.title, content_key(job.profile.title, job.text)
            ad_id = None if original.numbered else original.id
            job.coded = self._labelled.equal.coded(ad_id, title, content)
            if not job.coded and (codes := self._labelled.equal.contradictions(content)):
                job.notes.append(f"Equal ads were coded {', '.join(codes)}.")
        return job

    def _translate(self, jobs: Sequence[_Job]) -> None:
        """Put ads into English where a translator is wanted, and their profiles with them."""
        if not self.llm.translator:
            return
        jobs = [job for job in jobs if not job.coded]
        done = self.llm.translator.translate(
            [job.ad for job in jobs], [job.language.code for job in jobs]
        )
        for row, translated in done.items():
            job = jobs[row]
            # An order that no rule knew in its language may be known in English.
            job.ad = replace(
                translated.ad,
                title=read_title(translated.ad.title),
                description=read_text(translated.ad.description),
            )
            found = self.preprocessor.rules.extract(job.ad.title, job.ad.description)
            job.profile = replace(found.profile, translated=translated.complete)
            job.text = found.text
            job.language = replace(job.language, guesses=self._english)
            if translated.problem:
                job.notes.append(translated.problem)

    def _extract(self, jobs: Sequence[_Job]) -> list[tuple[_Job, str]]:
        """Let an LLM say what the jobs are; return those that are none, with the reason.

        Its word alone does not make a page of what reads like an ad by its parts.
        """
        if not self.llm.extractor:
            return []
        jobs = [job for job in jobs if not job.coded]
        none = []
        extractions = self.llm.extractor.extract([job.ad for job in jobs])
        self._take_over(jobs, [extraction.profile for extraction in extractions])
        for job, extraction in zip(jobs, extractions, strict=True):
            if extraction.is_job is False and not self.preprocessor.screen.reads_like_an_ad(
                plain_text(job.original.description)
            ):
                none.append((job, "The LLM reads the page as no job ad."))
        return none

    def _take_over(self, jobs: Sequence[_Job], profiles: Sequence[Profile]) -> None:
        """Make what an LLM says of the jobs their profiles, but where that leads elsewhere."""
        read = [
            (job, replace(profile, translated=job.profile.translated))
            for job, profile in zip(jobs, profiles, strict=True)
        ]
        doubtful = [
            (job, profile)
            for job, profile in read
            if is_in_doubt(profile, job.profile, job.ad.description)
        ]
        misled = led_elsewhere(
            self.searchers,
            [_query(replace(job, profile=profile, named=True)) for job, profile in doubtful],
            [_query(job) for job, _ in doubtful],
        )
        elsewhere = {job.position for (job, _), led in zip(doubtful, misled, strict=True) if led}
        for job, profile in read:
            if job.position in elsewhere:
                profile = replace(job.profile, extracted_by=_LED_ELSEWHERE)
            job.profile = profile

    def _decided(self, jobs: Sequence[_Job]) -> dict[int, Classified]:
        decided = self.decider.decide([_query(job) for job in jobs], [job.coded for job in jobs])
        return {
            job.position: Classified(
                self._prediction(job, found),
                found.code_ranking,
                found.vote,
                found.verdict.offered,
                found.evidence,
                found.answers,
                found.vote_confidence,
            )
            for job, found in zip(jobs, decided, strict=True)
        }

    def _prediction(self, job: _Job, decision: Decision) -> Prediction:
        verdict, best = decision.verdict, decision.best
        # Where several languages were searched, the search has found out which one it is.
        language = decision.language if len(job.language.guesses) > 1 else job.language.code
        return Prediction(
            id=job.original.id,
            isco_code=verdict.isco_code,
            isco_label=verdict.isco_label,
            level=len(verdict.isco_code or ""),
            confidence=round(verdict.confidence, 4),
            path=verdict.path,
            best_code=best.isco_code if best else None,
            best_label=best.isco_label if best else None,
            best_confidence=round(best.confidence, 4) if best else 0.0,
            reason=" ".join((verdict.reason, *job.notes)),
            language=language,
            candidates=decision.candidates,
            profile=job.profile,
            versions=self.versions,
            extra=job.original.extra,
            title=job.original.title,
            occupation=occupation_within(verdict.isco_code, decision.occupations),
            occupations=decision.occupations,
        )

    def _not_a_job(self, job: _Job, reason: str) -> Prediction:
        ad = job.original
        found = self._without_code(ad.id, PredictionPath.NOT_A_JOB, reason)
        return replace(found, language=job.language.code, extra=ad.extra, title=ad.title)

    def _error(self, row: BrokenRow) -> Prediction:
        found = self._without_code(row.id, PredictionPath.ERROR, row.reason)
        return replace(found, extra={"line": row.line})

    def _without_code(self, ad_id: str, path: PredictionPath, reason: str) -> Prediction:
        return Prediction(
            id=ad_id,
            isco_code=None,
            isco_label=None,
            level=0,
            confidence=0.0,
            path=path,
            best_code=None,
            best_label=None,
            best_confidence=0.0,
            reason=reason,
            language=None,
            candidates=(),
            profile=None,
            versions=self.versions,
        )
