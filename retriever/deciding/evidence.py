"""What a decision rests on, and how clear that makes the case, at each level. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isco.core.calibration import LEADS, LEVELS
from isco.core.codes import UNIT_LEVEL
from isco.core.odds import logit
from isco.core.records import Candidate, Form

_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Evidence:
    """How clear a decision is.

    `codes` and `shares` hold, by level, the group with the largest share of the vote and that
    share; at level 4 those of the code decided on. `name` and `spelling` are the signals "labels"
    and "lexical" of the code's nearest leaf, None where the search does not compute them.
    `nearness` is the best candidate's score, `lead` how far it is ahead of the next code's;
    `own_name` whether the title is to the letter what a concept is called, `foreign` whether the ad
    is in a language that the taxonomy lacks, `labelled` whether the shares are those of vote,
    search and labelled ads together; `form` is what the ad consists of; `said` the share of the
    title's words that are said of the unit group, `unknown` whether no name like it is known,
    `unread` whether there is a text whose vector does not count; `language` is the one that the ad
    was searched in; `listed` whether the taxonomy has names of lists of titles. `leads` say, by
    signal of the search, how far the code is ahead of all others there: of titles alone, and of ads
    with a text in a language that the taxonomy has by "words".
    """

    codes: Mapping[int, str]
    shares: Mapping[int, float]
    name: float | None
    spelling: float | None
    nearness: float
    lead: float
    own_name: bool = False
    foreign: bool = False
    labelled: bool = False
    form: Form = Form.TITLE
    said: float = 1.0
    unknown: bool = False
    unread: bool = False
    language: str | None = None
    listed: bool = False
    leads: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of(
        code: str,
        shares: Mapping[str, float],
        candidates: Sequence[Candidate],
        name: float | None,
        spelling: float | None,
    ) -> "Evidence":
        """The evidence for `code` in the `shares` of all codes and the `candidates` behind them;
        the rest is as by default."""
        codes, summed = {UNIT_LEVEL: code}, {UNIT_LEVEL: shares[code]}
        for level in LEVELS[1:]:
            groups: dict[str, float] = {}
            for unit, share in shares.items():
                groups[unit[:level]] = groups.get(unit[:level], 0.0) + share
            codes[level] = max(sorted(groups), key=groups.__getitem__)
            summed[level] = groups[codes[level]]
        best = candidates[0]
        others = [c.score for c in candidates if c.isco_code != best.isco_code]
        behind = others[0] if others else candidates[-1].score
        lead = best.score - behind
        return Evidence(codes, summed, name, spelling, best.score, lead)

    def features(self, level: int) -> dict[str, float]:
        """The numbers that the models of `level` see, by name; those that are known."""
        known = {
            "share": _logit(self.shares[level]),
            "name": self.name,
            "spelling": self.spelling,
            "nearness": self.nearness,
            "lead": self.lead,
            "own name": float(self.own_name),
            "foreign": float(self.foreign),
            "said": self.said,
            "unknown": float(self.unknown),
            "listed": float(self.listed),
        } | {LEADS[signal]: lead for signal, lead in self.leads.items()}
        return {name: value for name, value in known.items() if value is not None}


def _logit(share: float) -> float:
    return logit(min(max(share, _LEAST), 1 - _LEAST))
