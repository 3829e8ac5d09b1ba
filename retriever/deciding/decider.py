"""From profiles to decisions: search, vote, a second opinion, how sure that is, what to say.

Every ad goes through the same steps, in this order; the pipeline's rest is what comes before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core.calibration import LEVELS, Calibration
from isco.core.records import Candidate, PredictionPath, Profile
from isco.core.settings import Settings
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.reranking import Question, Reranker
from isco.retriever.deciding.voting import Answer, Verdict, settle, take_vote, vote_shares
from isco.retriever.searching.labelled_neighbours import LabelledNeighbours
from isco.retriever.searching.searcher import Scored, Searcher

RANKING_DEPTH = 15


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with what lies behind it.

    `vote` is the code by the neighbours alone; `code_ranking` the search's ranking of distinct
    codes, where labelled ads had a say by the vote; `evidence` is None, and
    `answers` are none, where an LLM declined; else they are what could be said in 4 to 1 digits.
    """

    verdict: Verdict
    candidates: tuple[Candidate, ...]
    code_ranking: tuple[str, ...]
    vote: str | None
    evidence: Evidence | None
    answers: tuple[Answer, ...] = ()


class Decider:
    """Holds what deciding needs: of what was learned, `calibration` and the `labelled` ads.

    Without a calibration the share of the vote is the confidence as it is.
    """

    def __init__(
        self,
        searcher: Searcher,
        settings: Settings,
        embedding: str,
        calibration: Calibration | None = None,
        labelled: LabelledNeighbours | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.searcher = searcher
        self.calibration = calibration
        self.labelled = labelled
        self._search = settings.search
        self._settings = settings.decision
        self._reranking_temperature = settings.reranking.temperature
        self._embedding = embedding
        self._reranker = reranker

    def decide(self, profiles: Sequence[Profile], leave_one_out: bool = False) -> list[Decision]:
        """A decision for each profile, in order. Equal profiles are decided once.

        `leave_one_out` keeps labelled ads with the profile's own title out, as if they had not
        been learned: what is said then of a labelled ad is honest about it.
        """
        distinct = list(dict.fromkeys(profiles))
        if not distinct:
            return []
        decided = dict(zip(distinct, self._decide(distinct, leave_one_out), strict=True))
        return [decided[profile] for profile in profiles]

    def _decide(self, profiles: Sequence[Profile], leave_one_out: bool) -> list[Decision]:
        scored = self.searcher.score(profiles)
        candidates = self._candidates(profiles, scored, leave_one_out)
        votes = [take_vote(found, self._settings) for found in candidates]
        verdicts = self._reranked(profiles, candidates, votes)
        return [
            self._settled(row, scored, candidates[row], votes[row], verdict)
            for row, verdict in enumerate(verdicts)
        ]

    def _candidates(
        self, profiles: Sequence[Profile], scored: Scored, leave_one_out: bool
    ) -> list[tuple[Candidate, ...]]:
        leaves = [self.searcher.candidates(row, self._search.top) for row in scored.total]
        if self.labelled is None:
            return leaves
        titles = scored.titles
        if not titles.any():
            titles = self.searcher.embed([profile.title for profile in profiles])
        similarities = self.labelled.similarities(titles)
        return [
            self.labelled.join(
                leaves[row],
                similarities[row],
                self._settings.temperature,
                self._allowed(profile, titles[row], leave_one_out),
            )
            for row, profile in enumerate(profiles)
        ]

    def _allowed(
        self, profile: Profile, title: NDArray[np.float32], leave_one_out: bool
    ) -> NDArray[np.bool_] | None:
        """Ads may speak for one that has a title."""
        assert self.labelled is not None
        if not title.any():
            return np.zeros(len(self.labelled.ads), dtype=bool)
        return self.labelled.but_for(profile.title) if leave_one_out else None

    def _reranked(
        self,
        profiles: Sequence[Profile],
        candidates: Sequence[tuple[Candidate, ...]],
        votes: Sequence[Verdict],
    ) -> list[Verdict]:
        """Ask for a second opinion where the neighbours disagree."""
        verdicts = list(votes)
        if not self._reranker:
            return verdicts
        asked = [
            row
            for row, verdict in enumerate(votes)
            if verdict.path == PredictionPath.VOTE
            and len({c.isco_code for c in candidates[row]}) > 1
        ]
        questions = [
            Question(
                profiles[row],
                candidates[row],
                vote_shares(candidates[row], self._reranking_temperature),
                votes[row],
            )
            for row in asked
        ]
        for row, verdict in zip(asked, self._reranker.rerank(questions), strict=True):
            verdicts[row] = verdict
        return verdicts

    def _settled(
        self,
        row: int,
        scored: Scored,
        candidates: tuple[Candidate, ...],
        voted: Verdict,
        verdict: Verdict,
    ) -> Decision:
        ranking = self.searcher.code_ranking(scored.total[row], RANKING_DEPTH)
        if self.labelled:
            by_vote = sorted(voted.shares, key=lambda code: -voted.shares[code])
            ranking = tuple(dict.fromkeys((*by_vote, *ranking)))[:RANKING_DEPTH]
        if verdict.isco_code is None:
            return Decision(verdict, candidates, ranking, voted.isco_code, None)
        evidence = self._evidence(row, scored, candidates, verdict)
        answers = self._answers(verdict, evidence)
        settled = settle(verdict, answers, self._settings.target_accuracy)
        return Decision(settled, candidates, ranking, voted.isco_code, evidence, tuple(answers))

    def _evidence(
        self,
        row: int,
        scored: Scored,
        candidates: tuple[Candidate, ...],
        verdict: Verdict,
    ) -> Evidence:
        code = verdict.isco_code or ""
        leaves = self.searcher.index.rows_of(code)

        def best(signal: str) -> float | None:
            found = scored.signals.get(signal)
            # A labelled ad's code may have no leaf among those searched.
            return None if found is None or not len(leaves) else float(found[row, leaves].max())

        return Evidence.of(code, verdict.shares, candidates, best("labels"), best("lexical"))

    def _answers(self, verdict: Verdict, evidence: Evidence) -> list[Answer]:
        """The possible answers, the longest first. An LLM's opinion has its own probabilities."""
        sure = evidence.shares
        if self.calibration and verdict.path != PredictionPath.RERANK:
            sure = self.calibration.probabilities(evidence, self._embedding)
        titles = self.searcher.index.titles
        return [
            Answer(evidence.codes[level], titles[evidence.codes[level]], sure[level])
            for level in LEVELS
        ]
