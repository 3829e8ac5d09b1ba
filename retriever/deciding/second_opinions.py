"""Which ads an LLM is asked about, what it is shown of the vote, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from isco.core.records import PredictionPath
from isco.core.settings import Settings
from isco.retriever.deciding.cases import Case
from isco.retriever.deciding.reranking import Question, Reranker
from isco.retriever.deciding.voting import Verdict, vote_shares

# Without a target accuracy, an answer less sure than this is unsure.
_UNSURE = 0.7


@dataclass(frozen=True)
class SecondOpinions:
    """Those of a `reranker`, asked as the `settings` say."""

    reranker: Reranker
    settings: Settings

    def of(
        self, cases: Sequence[Case], open_to_it: Sequence[bool], sure: Sequence[float | None]
    ) -> dict[int, Verdict]:
        """By the rows of `cases`, of those that are `open_to_it` and not clear; `sure` is how
        confident the answer is without it."""
        rows = [
            row
            for row, case in enumerate(cases)
            if open_to_it[row] and self._is_wanted(case, sure[row])
        ]
        questions = [
            Question(
                cases[row].query.profile,
                cases[row].candidates,
                self._blunt_shares(cases[row]),
                cases[row].verdict,
            )
            for row in rows
        ]
        return dict(zip(rows, self.reranker.rerank(questions), strict=True))

    def _is_wanted(self, case: Case, sure: float | None) -> bool:
        """Where the neighbours disagree, or where the answer without it is unsure."""
        if len({candidate.isco_code for candidate in case.candidates}) == 1:
            return False
        if self.settings.reranking.when == "unsure":
            target = self.settings.decision.target_accuracy
            below = self.settings.reranking.below or (_UNSURE if target is None else target)
            return (sure or 0.0) < below
        return case.verdict.path == PredictionPath.VOTE

    def _blunt_shares(self, case: Case) -> dict[str, float]:
        """The codes' shares as the reranker weighs them, of codes that have a candidate."""
        temperature = self.settings.reranking.temperature
        by_vote = vote_shares(case.candidates, temperature)
        if not case.labelled:
            return by_vote
        power = self.settings.decision.temperature / temperature
        shares = {code: case.verdict.shares.get(code, 0.0) ** power for code in by_vote}
        total = sum(shares.values()) or 1.0
        return {code: share / total for code, share in shares.items()}
