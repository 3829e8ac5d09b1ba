"""What is fitted on labelled ads, each seen as if it had not been learned.

The combination of what they say with vote and search, the confidence of that, and what it brings.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isco.core.codes import UNIT_LEVEL
from isco.core.embedding.base import Embedder
from isco.core.learned_fit import Combination, FormFit, Gain, LearnedFit
from isco.core.names import name_key
from isco.core.progress import Progress
from isco.core.records import Form, Profile
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.deciding.calibration_files import SHIPPED, load_calibration
from isco.retriever.deciding.calibration_fitting import ScoredEvidence, refit_learned
from isco.retriever.deciding.combining import (
    Signals,
    fit_combination,
    probabilities,
    selection,
)
from isco.retriever.deciding.decider import Decider
from isco.retriever.labelled.equal_ads import form_of
from isco.retriever.labelled.labelled_ads import FittedRidge, HeldOut, LabelledAds
from isco.retriever.labelled.ridge import RidgeAds
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers

# Ads of a form that are judged; more change four weights and two numbers a level no further.
MOST = 500
# The set has grown by so much when it is fitted again.
_GROWN = 0.1
_SEED = 0
_BATCH = 128

Rows = NDArray[np.int64]


def is_up_to_date(fit: LearnedFit | None, ads: Sequence[LabelledAd]) -> bool:
    """Whether what was fitted still stands: on the same ads, to which less than a tenth came."""
    if fit is None:
        return False
    members = [ad for ad in ads if ad.learned <= fit.until]
    new = len(ads) - len(members)
    return members_of(members) == fit.members and new < _GROWN * len(members)


def members_of(ads: Sequence[LabelledAd]) -> str:
    """A hash of which ads have which codes."""
    content = sorted((ad.point_id, ad.codes, ad.content) for ad in ads)
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def fit_on(
    ads: Sequence[LabelledAd],
    fitted: FittedRidge,
    searchers: Searchers,
    settings: Settings,
    embedder: Embedder,
    progress: Progress,
) -> LearnedFit:
    """The fit on labelled `ads`, whose regression is `fitted`."""
    labelled = LabelledAds.of(ads, searchers.main.mean_name, settings.learning, fitted[0])
    judged = {
        form: _Judged.of(labelled, fitted, rows, searchers.languages)
        for form, rows in _by_form(labelled, fitted[1]).items()
    }
    progress.start("judge each without itself", sum(len(some.rows) for some in judged.values()))
    return LearnedFit(
        ads=len(ads),
        until=max(ad.learned for ad in ads),
        members=members_of(ads),
        forms={
            form: _fit_on_form(some, labelled, fitted[1], searchers, settings, embedder, progress)
            for form, some in judged.items()
        },
    )


def _by_form(labelled: LabelledAds, members: RidgeAds) -> dict[Form, list[int]]:
    """The rows of the regression by what their ads consist of; equal ads are of one form."""
    found: dict[Form, list[int]] = {}
    for row, positions in enumerate(members.rows):
        found.setdefault(form_of(labelled.ads[positions[0]]), []).append(row)
    return found


def _fit_on_form(
    judged: "_Judged",
    labelled: LabelledAds,
    members: RidgeAds,
    searchers: Searchers,
    settings: Settings,
    embedder: Embedder,
    progress: Progress,
) -> FormFit:
    """The fit on the ads of one form, of which all ads say something."""
    decider = Decider(searchers, settings, embedder.name, labelled=labelled)
    known, new_code, before = judged.signals(decider, progress)
    searched = [members.codes[column] for column in before.vote.argmax(axis=1)]
    selected = selection([ad.isco_code for ad in judged.ads], searched)

    def fit(rows: Rows) -> Combination:
        of_rows = (known.rows(rows), new_code.rows(rows), judged.targets[rows])
        return fit_combination(*of_rows, len(members.rows), selected)

    every = np.arange(len(judged.rows))
    combination = fit(every)
    answers = _cross_fitted(known, fit, members.codes)
    gain = Gain(len(every), judged.accuracy(searched), judged.accuracy(answers))
    weighed = replace(labelled, combinations=dict.fromkeys(Form, combination))
    decider = Decider(searchers, settings, embedder.name, labelled=weighed)
    # A selection is found again more easily than what is to come.
    scored = [replace(one, weight=1 - selected) for one in judged.scored(decider)]
    shipped = load_calibration(SHIPPED)
    return FormFit(combination, refit_learned(scored, shipped.learned), gain)


@dataclass(frozen=True)
class _Judged:
    """Up to so many of the ads that were fitted: `rows` are theirs in the regression."""

    ads: tuple[LabelledAd, ...]
    rows: Rows
    targets: NDArray[np.float64]
    queries: tuple[Query, ...]
    itself: HeldOut
    its_code: HeldOut
    everything: HeldOut
    of_own_title: tuple[bool, ...]

    @staticmethod
    def of(
        labelled: LabelledAds, fitted: FittedRidge, of_form: Sequence[int], languages: Sequence[str]
    ) -> "_Judged":
        ridge, members, without_itself = fitted
        chosen = random.Random(_SEED).sample(of_form, min(MOST, len(of_form)))
        rows = np.array(sorted(chosen))
        ads = tuple(labelled.ads[members.rows[row][0]] for row in rows)
        targets, outputs = members.targets[rows], without_itself[rows]
        counts = ridge.counts - targets
        unequal = np.ones((len(rows), len(labelled.ads)), dtype=bool)
        of_others = unequal.copy()
        codes = np.array([ad.isco_code for ad in labelled.ads])
        for at, row in enumerate(rows):
            unequal[at, list(members.rows[row])] = False
            of_others[at] = unequal[at] & (codes != ads[at].isco_code)
        nothing = np.zeros_like(unequal)
        theirs = targets > 0
        titles = Counter((name_key(ad.title), form_of(ad)) for ad in labelled.ads)
        return _Judged(
            ads,
            rows,
            targets.astype(np.float64),
            tuple(_query(ad, languages) for ad in ads),
            HeldOut(unequal, outputs, counts),
            HeldOut(of_others, np.where(theirs, 0, outputs), np.where(theirs, 0, counts)),
            HeldOut(nothing, np.zeros_like(outputs), np.zeros_like(counts)),
            tuple(titles[name_key(ad.title), form_of(ad)] == 1 for ad in ads),
        )

    def signals(self, decider: Decider, progress: Progress) -> list[Signals]:
        """Without itself, without its code, without all labelled ads."""
        parts: list[list[Signals]] = []
        for start in range(0, len(self.rows), _BATCH):
            part = slice(start, start + _BATCH)
            held_out = (one.rows(part) for one in (self.itself, self.its_code, self.everything))
            parts.append(decider.signals(self.queries[part], *held_out))
            progress.advance(len(self.queries[part]))
        return [Signals.joined(each) for each in zip(*parts, strict=True)]

    def accuracy(self, codes: Sequence[str]) -> float:
        """Share of the ads of which one of the codes is right."""
        right = [
            any(code.startswith(known) for known in ad.codes)
            for ad, code in zip(self.ads, codes, strict=True)
        ]
        return sum(right) / len(right)

    def scored(self, decider: Decider) -> list[ScoredEvidence]:
        """What is decided of each without itself. Titles that several have, have a confidence of
        their own; of shorter codes and several ones it is not known what is right."""
        scored = []
        for start in range(0, len(self.rows), _BATCH):
            part = slice(start, start + _BATCH)
            decided = decider.decide(self.queries[part], held_out=self.itself.rows(part))
            clear = zip(self.ads[part], decided, self.of_own_title[part], strict=True)
            scored += [
                ScoredEvidence(found.evidence, ad.isco_code)
                for ad, found, own in clear
                if found.evidence and own and not ad.also and len(ad.isco_code) == UNIT_LEVEL
            ]
        return scored


def _cross_fitted(
    known: Signals, fit: Callable[[Rows], Combination], codes: Sequence[str]
) -> list[str]:
    """The likeliest code of each, by a combination fitted on the other half."""
    rows = np.arange(len(known.vote))
    best = np.zeros(len(rows), dtype=np.int64)
    for half in (0, 1):
        theirs, others = rows[half::2], rows[1 - half :: 2]
        if len(theirs):
            combination = fit(others) if len(others) else Combination()
            best[theirs] = probabilities(known.rows(theirs), combination).argmax(axis=1)
    return [codes[column] for column in best.tolist()]


def _query(ad: LabelledAd, languages: Sequence[str]) -> Query:
    """The ad as it would be searched for, by what is kept of its text."""
    known = ad.language in languages and ad.language
    guesses = (LanguageGuess(known, 1.0),) if known else ()
    return Query(Profile(ad.title, ad.description), ad.text, guesses)
