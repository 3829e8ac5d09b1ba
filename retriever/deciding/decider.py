"""From queries to decisions: search, vote, a second opinion, how sure that is, what to say.

Every ad goes through the same steps, in this order; the pipeline's rest is what comes before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isco.core.calibration import LEVELS, Calibration
from isco.core.records import Candidate, PredictionPath, Profile
from isco.core.settings import Settings
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.reranking import Question, Reranker
from isco.retriever.deciding.voting import (
    Answer,
    Verdict,
    by_own_name,
    settle,
    take_vote,
    vote_shares,
)
from isco.retriever.searching.labelled_neighbours import LabelledNeighbours, is_labelled_ad
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Match, Searchers

RANKING_DEPTH = 15


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with what lies behind it.

    `vote` is the code by the neighbours alone; `code_ranking` the search's ranking of distinct
    codes, where labelled ads had a say by the vote; `evidence` is None, and
    `answers` are none, where an LLM declined; else they are what could be said in 4 to 1 digits.
    `language` is the one that the ad was searched in.
    """

    verdict: Verdict
    candidates: tuple[Candidate, ...]
    code_ranking: tuple[str, ...]
    vote: str | None
    evidence: Evidence | None
    answers: tuple[Answer, ...] = ()
    language: str | None = None


class Decider:
    """Holds what deciding needs: of what was learned, `calibration` and the `labelled` ads.

    Without a calibration the share of the vote is the confidence as it is.
    """

    def __init__(
        self,
        searchers: Searchers,
        settings: Settings,
        embedding: str,
        calibration: Calibration | None = None,
        labelled: LabelledNeighbours | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.searchers = searchers
        self.calibration = calibration
        self.labelled = labelled
        self._search = settings.search
        self._settings = settings.decision
        self._reranking_temperature = settings.reranking.temperature
        self._embedding = embedding
        self._reranker = reranker

    def decide(self, queries: Sequence[Query], leave_one_out: bool = False) -> list[Decision]:
        """A decision for each query, in order. Equal ones are decided once.

        `leave_one_out` keeps labelled ads with the query's own title out, as if they had not
        been learned: what is said then of a labelled ad is honest about it.
        """
        distinct = list(dict.fromkeys(queries))
        if not distinct:
            return []
        decided = dict(zip(distinct, self._decide(distinct, leave_one_out), strict=True))
        return [decided[query] for query in queries]

    def _decide(self, queries: Sequence[Query], leave_one_out: bool) -> list[Decision]:
        profiles = [query.profile for query in queries]
        matches = self.searchers.match(queries)
        candidates = self._candidates(profiles, matches, leave_one_out)
        votes = [self._vote(*each) for each in zip(queries, matches, candidates, strict=True)]
        verdicts = self._reranked(profiles, candidates, votes)
        return [
            self._settled(queries[row], matches[row], candidates[row], votes[row], verdict)
            for row, verdict in enumerate(verdicts)
        ]

    def _vote(self, query: Query, match: Match, candidates: tuple[Candidate, ...]) -> Verdict:
        """By the neighbours; or by a concept's own name, unless labelled ads have a say.

        Where there is a text it has to be the first of the names: others, such as "general
        manager", are those of many jobs, which the text tells apart.
        """
        by_vote = take_vote(candidates, self._settings)
        if not self._settings.own_names or any(map(is_labelled_ad, candidates)):
            return by_vote
        title = query.profile.title
        codes = match.index.codes_named(title, first_names=bool(query.text))
        return by_own_name(by_vote, title, codes, candidates)

    def _candidates(
        self, profiles: Sequence[Profile], matches: Sequence[Match], leave_one_out: bool
    ) -> list[tuple[Candidate, ...]]:
        leaves = [match.candidates(self._search.top) for match in matches]
        if self.labelled is None:
            return leaves
        titles = np.stack([match.title for match in matches])
        if not titles.any():
            titles = self.searchers.main.embed([profile.title for profile in profiles])
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
        query: Query,
        match: Match,
        candidates: tuple[Candidate, ...],
        voted: Verdict,
        verdict: Verdict,
    ) -> Decision:
        ranking = match.code_ranking(RANKING_DEPTH)
        if self.labelled:
            by_vote = sorted(voted.shares, key=lambda code: -voted.shares[code])
            ranking = tuple(dict.fromkeys((*by_vote, *ranking)))[:RANKING_DEPTH]
        decision = Decision(
            verdict, candidates, ranking, voted.isco_code, None, language=match.language
        )
        if verdict.isco_code is None:
            return decision
        code = verdict.isco_code
        evidence = Evidence.of(
            code,
            verdict.shares,
            candidates,
            match.best("labels", code),
            match.best("lexical", code),
            verdict.own_name,
            query.foreign,
        )
        answers = self._answers(verdict, evidence, match.index.titles)
        settled = settle(verdict, answers, self._settings.target_accuracy)
        return replace(decision, verdict=settled, evidence=evidence, answers=tuple(answers))

    def _answers(
        self, verdict: Verdict, evidence: Evidence, titles: Mapping[str, str]
    ) -> list[Answer]:
        """The possible answers, the longest first. An LLM's opinion has its own probabilities."""
        sure = evidence.shares
        if self.calibration and verdict.path != PredictionPath.RERANK:
            sure = self.calibration.probabilities(evidence, self._embedding)
        return [
            Answer(evidence.codes[level], titles[evidence.codes[level]], sure[level])
            for level in LEVELS
        ]
