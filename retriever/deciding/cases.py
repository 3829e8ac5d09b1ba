"""Ads with what the search, the vote and labelled ads say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isco.core.records import Candidate, Form
from isco.core.settings import Settings
from isco.retriever.deciding.combining import Signals, probabilities
from isco.retriever.deciding.voting import (
    Verdict,
    by_combination,
    by_own_name,
    take_vote,
    without_a_name,
)
from isco.retriever.labelled.kernel import AdTexts
from isco.retriever.labelled.labelled_ads import Heard, HeldOut, LabelledAds
from isco.retriever.labelled.neighbours import is_labelled_ad
from isco.retriever.searching.match import Match
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers

# The nearest name's similarity from which a title is like it, though they share no word.
_NEAR = 0.65


@dataclass(frozen=True)
class Case:
    """An ad, its nearest leaves and labelled ads, and the verdict of all of them.

    `title` is the vector of its title. `labelled` says whether the shares of the verdict are those
    of the vote, the search and labelled ads together; `held_out` that it is one of these, seen as
    if it had not been learned. `unknown` says that no name like its title is known.
    """

    query: Query
    match: Match
    candidates: tuple[Candidate, ...]
    verdict: Verdict
    title: NDArray[np.float32]
    labelled: bool = False
    held_out: bool = False
    unknown: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether there is a text that no signal has seen as a whole."""
        return bool(self.query.profile.description) and not self.match.has_read


class Cases:
    """Makes them. `labelled` are the labelled ads that have a say, if there are any."""

    def __init__(
        self, searchers: Searchers, settings: Settings, labelled: LabelledAds | None
    ) -> None:
        self._searchers = searchers
        self._labelled = labelled
        self._search = settings.search
        self._settings = settings.decision

    def of(
        self, queries: Sequence[Query], matches: Sequence[Match], held_out: HeldOut | None = None
    ) -> list[Case]:
        """The queries with the vote of the nearest leaves and labelled ads."""
        titles = np.stack([match.title for match in matches])
        if self._labelled and not titles.any():
            titles = self._searchers.main.embed([query.profile.title for query in queries])
        candidates = self._candidates(queries, matches, titles, held_out)
        cases = []
        for row, (query, match) in enumerate(zip(queries, matches, strict=True)):
            verdict = self._vote(query, match, candidates[row])
            unknown = _is_unknown(query, match)
            if unknown:
                verdict = without_a_name(verdict, query.profile.title)
            held = held_out is not None
            case = Case(query, match, candidates[row], verdict, titles[row], False, held, unknown)
            cases.append(case)
        return cases

    def heard(self, cases: Sequence[Case]) -> Heard | None:
        """What the regression over labelled ads says of them, where there is one."""
        if self._labelled is None or self._labelled.ridge is None:
            return None
        ridge = self._labelled.ridge
        outputs = ridge.outputs(_texts_of(cases))
        return Heard(outputs, np.broadcast_to(ridge.counts, outputs.shape))

    def combined(self, cases: Sequence[Case], heard: Heard | None) -> list[Case]:
        """With all that labelled ads say; as they are where these vote and say no more."""
        labelled = self._labelled
        if labelled is None or labelled.ridge is None or heard is None:
            return list(cases)
        signals = self.signals(cases, heard)
        forms = np.array([case.query.form for case in cases])
        found = np.zeros_like(signals.vote)
        for form in Form:
            rows = np.flatnonzero(forms == form)
            found[rows] = probabilities(signals.rows(rows), labelled.combination_for(form))
        speak = [labelled.speak_for(case.query.form) for case in cases]
        titles = self._searchers.main.index.titles
        return [
            replace(
                case,
                verdict=by_combination(
                    case.verdict, dict(zip(labelled.ridge.codes, row, strict=True)), titles
                ),
                labelled=True,
            )
            if have_a_say
            else case
            for case, row, have_a_say in zip(cases, found.tolist(), speak, strict=True)
        ]

    def signals(self, cases: Sequence[Case], heard: Heard) -> Signals:
        """What labelled ads are combined of. They must have been fitted."""
        assert self._labelled and self._labelled.ridge
        ridge = self._labelled.ridge
        place = {code: column for column, code in enumerate(ridge.codes)}
        vote = np.zeros((len(cases), len(place)))
        for row, case in enumerate(cases):
            for code, share in case.verdict.shares.items():
                if code in place:
                    vote[row, place[code]] = share
        return Signals(
            vote,
            np.stack([case.match.best_by_code(ridge.codes) for case in cases]).astype(np.float64),
            heard.outputs.astype(np.float64),
            heard.counts.astype(np.float64),
        )

    def _vote(self, query: Query, match: Match, candidates: tuple[Candidate, ...]) -> Verdict:
        """By the neighbours; or by a concept's own name, unless labelled ads have a say.

        Where there is a text it has to be the first of the names: others, such as "general
        manager", are those of many jobs, which the text tells apart.
        """
        by_vote = take_vote(candidates, self._settings)
        if not self._settings.own_names or any(map(is_labelled_ad, candidates)):
            return by_vote
        title = query.profile.title
        codes = match.codes_named(title, first_names=bool(query.text))
        return by_own_name(by_vote, title, codes, candidates)

    def _candidates(
        self,
        queries: Sequence[Query],
        matches: Sequence[Match],
        titles: NDArray[np.float32],
        held_out: HeldOut | None,
    ) -> list[tuple[Candidate, ...]]:
        leaves = [match.candidates(self._search.top) for match in matches]
        labelled = self._labelled
        if labelled is None or labelled.neighbours is None:
            return leaves
        neighbours = labelled.neighbours
        similarities = neighbours.similarities(titles)
        return [
            neighbours.join(
                leaves[row],
                similarities[row],
                self._settings.temperature,
                held_out.allowed[row] if held_out else None,
            )
            # Ads may speak for one that has a title.
            if titles[row].any() and labelled.speak_for(queries[row].form)
            else leaves[row]
            for row in range(len(matches))
        ]


def _is_unknown(query: Query, match: Match) -> bool:
    """Whether an ad is a bare title whose words nothing is said with, and no name is near."""
    foreign = query.foreign or match.is_foreign
    if query.form != Form.TITLE or foreign or "labels" not in match.signals:
        return False
    return bool(
        match.signals["labels"].max() < _NEAR and not match.index.share_said(query.profile.title)
    )


def _texts_of(cases: Sequence[Case]) -> AdTexts:
    return AdTexts(
        [case.query.profile.title for case in cases],
        [case.query.text for case in cases],
        np.stack([case.title for case in cases]),
    )
