"""From queries to decisions: search, vote, labelled ads, a second opinion, how sure that is, what
to say.

Every ad goes through the same steps, in this order; the pipeline's rest is what comes before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isco.core.calibration import LEVELS, Calibration
from isco.core.codes import UNIT_LEVEL, truncate
from isco.core.records import Candidate, Occupation, PredictionPath
from isco.core.settings import Settings
from isco.retriever.deciding.candidate_probabilities import code_probabilities, with_probabilities
from isco.retriever.deciding.case_evidence import evidence_of
from isco.retriever.deciding.cases import Case, Cases
from isco.retriever.deciding.combining import Signals
from isco.retriever.deciding.decision import Decision
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.occupations import likely_occupations
from isco.retriever.deciding.reranking import Reranker
from isco.retriever.deciding.second_opinions import SecondOpinions
from isco.retriever.deciding.voting import (
    Answer,
    Verdict,
    best_within,
    by_coder,
    settle,
)
from isco.retriever.labelled.equal_ads import CodedAd
from isco.retriever.labelled.labelled_ads import HeldOut, LabelledAds
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers

RANKING_DEPTH = 15


class Decider:
    """Holds what deciding needs: of what was learned, `calibration` and the `labelled` ads.

    Without a calibration the share of the vote is the confidence as it is. `reads_all` says that
    the texts of all ads are embedded, whatever their titles say.
    """

    def __init__(
        self,
        searchers: Searchers,
        settings: Settings,
        embedding: str,
        calibration: Calibration | None = None,
        labelled: LabelledAds | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.searchers = searchers
        self.calibration = calibration
        self.labelled = labelled
        self._cases = Cases(searchers, settings, labelled)
        self._settings = settings.decision
        self._embedding = embedding
        self._second_opinions = SecondOpinions(reranker, settings) if reranker else None
        main = searchers.main
        self._reading = settings.search.read_text if main.reads_texts else "never"
        if self._reading == "unsure" and not main.ranks_unread:
            self._reading = "always"
        self.reads_all = self._reading == "always"
        self._sure_enough = max(
            settings.search.read_text_below, settings.decision.target_accuracy or 0.0
        )

    def decide(
        self,
        queries: Sequence[Query],
        coded: Sequence[CodedAd | None] = (),
        held_out: HeldOut | None = None,
    ) -> list[Decision]:
        """A decision for each query, in order. Equal ones are decided once.

        `coded` says of each what people coded it as; that stands, whatever the rest says.
        `held_out` are labelled ads, a query each, as if they had not been learned: what is said
        then is honest about them.
        """
        asked = list(zip(queries, coded or [None] * len(queries), strict=True))
        distinct = asked if held_out else list(dict.fromkeys(asked))
        if not distinct:
            return []
        found = self._decide([q for q, _ in distinct], [by for _, by in distinct], held_out)
        if held_out:
            return found
        decided = dict(zip(distinct, found, strict=True))
        return [decided[each] for each in asked]

    def signals(self, queries: Sequence[Query], *held_out: HeldOut) -> list[Signals]:
        """What labelled ads are combined of, for each way in which the queries are held out."""
        matches = self.searchers.match(queries)
        return [
            self._cases.signals(self._cases.of(queries, matches, each), each.heard)
            for each in held_out
        ]

    def _decide(
        self,
        queries: Sequence[Query],
        coded: Sequence[CodedAd | None],
        held_out: HeldOut | None,
    ) -> list[Decision]:
        """By title and words, and by their texts those that this leaves unsure."""
        matches = self.searchers.match(queries, read=self.reads_all)
        cases = self._cases.of(queries, matches, held_out)
        heard = held_out.heard if held_out else self._cases.heard(cases)
        cases = self._cases.combined(cases, heard)
        found = [self._said(case, by) for case, by in zip(cases, coded, strict=True)]
        if rows := self._to_be_read(cases, coded, found):
            some = [queries[row] for row in rows]
            matches = self.searchers.read(some, [matches[row] for row in rows])
            read = self._cases.of(some, matches, held_out.rows(rows) if held_out else None)
            read = self._cases.combined(read, heard.rows(rows) if heard else None)
            for row, case in zip(rows, read, strict=True):
                cases[row], found[row] = case, self._said(case, None)
        if self._second_opinions:
            found = self._reconsidered(cases, coded, found)
        return found

    def _said(self, case: Case, coded: CodedAd | None) -> Decision:
        return self._as_coded(case, coded) if coded else self._stated(case, case.verdict)

    def _to_be_read(
        self, cases: Sequence[Case], coded: Sequence[CodedAd | None], found: Sequence[Decision]
    ) -> list[int]:
        """The rows of ads whose text, not read so far, might change the answer.

        Where the text stands in for the title its vector is there already.
        """
        if self._reading != "unsure":
            return []
        return [
            row
            for row, (case, by) in enumerate(zip(cases, coded, strict=True))
            if by is None
            and case.is_unread
            and (
                (found[row].vote_confidence or 0.0) < self._sure_enough
                or case.query.profile.title == case.query.profile.description
            )
        ]

    def _reconsidered(
        self, cases: Sequence[Case], coded: Sequence[CodedAd | None], found: Sequence[Decision]
    ) -> list[Decision]:
        """With second opinions on ads that people had not coded."""
        assert self._second_opinions
        sure = [decision.vote_confidence for decision in found]
        decided = list(found)
        opinions = self._second_opinions.of(cases, [by is None for by in coded], sure)
        for row, verdict in opinions.items():
            stated = self._stated(cases[row], verdict)
            decided[row] = replace(
                stated,
                vote_confidence=found[row].vote_confidence,
                # Of an ad that an LLM declines, what would have been said without it.
                best=stated.best or found[row].best,
                occupations=stated.occupations or found[row].occupations,
            )
        return decided

    def _stated(self, case: Case, verdict: Verdict) -> Decision:
        """What is said by `verdict`: as far as the target accuracy allows."""
        decision = Decision(
            verdict,
            case.candidates,
            self._ranking(case),
            case.verdict.isco_code,
            None,
            language=case.match.language,
        )
        if verdict.isco_code is None:
            return decision
        code = verdict.isco_code
        evidence = evidence_of(case, verdict)
        verdict = self._with_lists(verdict, case)
        answers = self._answers(verdict, evidence, case)
        settled = settle(verdict, answers, self._settings.target_accuracy)
        return replace(
            decision,
            verdict=settled,
            candidates=self._with_probabilities(case, code, answers[0].confidence),
            evidence=evidence,
            answers=tuple(answers),
            vote_confidence=answers[0].confidence,
            best=answers[0],
            occupations=self._occupations(case, code, answers[0].confidence),
        )

    def _with_lists(self, verdict: Verdict, case: Case) -> Verdict:
        """With the lists of titles that have the ad's under the code that was decided on."""
        title, code = case.query.profile.title, verdict.isco_code or ""
        lists = case.match.index.lists_naming(title, code)
        if not lists:
            return verdict
        return replace(verdict, reason=f"{verdict.reason} Named so in: {', '.join(lists)}.")

    def _with_probabilities(self, case: Case, code: str, sure: float) -> tuple[Candidate, ...]:
        return with_probabilities(
            case.candidates,
            code,
            sure,
            case.verdict.shares,
            self._settings.temperature,
            case.labelled,
        )

    def _occupations(self, case: Case, code: str, sure: float) -> tuple[Occupation, ...]:
        shares = case.verdict.shares
        found = code_probabilities(case.candidates, code, sure, shares, case.labelled)
        return likely_occupations(found, case.match.leaves)

    def _ranking(self, case: Case) -> tuple[str, ...]:
        ranking = case.match.code_ranking(RANKING_DEPTH)
        if not self.labelled or not self.labelled.speak_for(case.query.form):
            return ranking
        shares = case.verdict.shares
        by_share = sorted(shares, key=lambda code: -shares[code])
        return tuple(dict.fromkeys((*by_share, *ranking)))[:RANKING_DEPTH]

    def _answers(self, verdict: Verdict, evidence: Evidence, case: Case) -> list[Answer]:
        """The possible answers, the longest first. An LLM's opinion has its own probabilities, and
        titles that people have coded the frequency of their codes."""
        sure: Mapping[int, float] = evidence.shares
        if self.calibration and verdict.path != PredictionPath.RERANK:
            sure = self.calibration.probabilities(evidence, self._embedding)
            if self.labelled and not case.held_out:
                title, form = case.query.profile.title, case.query.form
                sure = {**sure, **self.labelled.equal.sure_of_title(title, form, evidence.codes)}
        titles = self.searchers.main.index.titles
        return [
            Answer(evidence.codes[level], titles[evidence.codes[level]], sure[level])
            for level in LEVELS
        ]

    def _as_coded(self, case: Case, coded: CodedAd) -> Decision:
        titles = self.searchers.main.index.titles
        verdict = by_coder(coded, case.verdict.shares, titles)
        code = verdict.isco_code or ""
        groups = [truncate(code, level) for level in LEVELS if level <= len(code)]
        answers = tuple(Answer(group, titles[group], coded.confidence) for group in groups)
        first = (code,) if len(code) == UNIT_LEVEL else ()
        ranking = tuple(dict.fromkeys((*first, *self._ranking(case))))[:RANKING_DEPTH]
        candidates = self._with_probabilities(case, code, coded.confidence)
        best = best_within(answers[0], case.verdict.shares, titles)
        return Decision(
            verdict,
            candidates,
            ranking,
            code,
            None,
            answers,
            case.match.language,
            best=best,
            occupations=self._occupations(case, best.isco_code, best.confidence) if best else (),
        )
