"""What is shown of an ad: its text with marked words, its candidates and why they are some."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from isco.core.codes import ancestors
from isco.core.printable import printable
from isco.retriever.preparing.plain_text import plain_text
from isco.review.answers import AnsweredAd, answer_of
from isco.serve.desk.desk import Desk
from isco.serve.desk.marking import NameWords, Piece
from isco.serve.desk.queued import QueuedAd
from isco.serve.engine import Engine
from isco.serve.groups import Group, GroupTree
from isco.serve.loaded import Loaded
from isco.serve.problems import ProblemError

CANDIDATES = 6
_WHY = 3
_LEARNED_AD = "urn:isco:labelled-ad:"


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A code that the ad may be in: the nearest `names` of the taxonomy and titles of `labelled`
    ads that speak for it, and the groups `above`, the nearest first."""

    code: str
    label: str
    probability: float
    definition: str
    names: tuple[str, ...]
    labelled: tuple[str, ...]
    above: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class AdView:
    """All that a coder sees of an ad. `own` are further columns of the ad, as the file has them;
    `answer` is the machine's as of now."""

    ad: QueuedAd
    title: Sequence[Piece]
    text: Sequence[Piece]
    own: Mapping[str, str]
    answer: AnsweredAd
    candidates: Sequence[CandidateView]
    alike: int
    versions: Mapping[str, Any]

    def shown(self, hidden: bool) -> dict[str, Any]:
        """For the audit trail: what was before the coder."""
        return {
            "machine_hidden": hidden,
            "machine": {"isco_code": self.answer.isco_code, "confidence": self.answer.confidence},
            "candidates": [
                {"isco_code": each.code, "probability": round(each.probability, 4)}
                for each in self.candidates
            ],
            "versions": dict(self.versions),
        }


def view_of(
    engine: Engine,
    desk: Desk,
    ad: QueuedAd,
    coder: str,
    words_in: Callable[[str | None], NameWords],
) -> AdView:
    """An ad as it is shown. Once something was learned here the machine is asked again, so that
    this has its say. `words_in` has the words of names in a language."""
    loaded = engine.loaded
    row: Mapping[str, Any] = ad.row
    if desk.has_learned():
        # Where that has no room or no time, the answer before stays.
        with suppress(TimeoutError, ProblemError):
            (found,) = engine.classify([ad.as_ad()]).result(engine.settings.serve.timeout)
            row = found.as_dict()
    answer = answer_of(row)
    candidates = candidates_of(answer, row, loaded)
    words = words_in(answer.language)
    codes = [each.code for each in candidates[:_WHY]]
    names = [name for each in candidates[:_WHY] for name in each.names]
    return AdView(
        ad=ad,
        title=words.mark(printable(ad.title), codes, names),
        text=words.mark(printable(plain_text(ad.text) or ad.text), codes, names),
        own=_own_columns(ad.row, engine.settings.input.isco_code),
        answer=answer,
        candidates=candidates,
        alike=len(desk.alike(ad.key, coder)),
        versions=row.get("versions") or {},
    )


@dataclass(frozen=True, slots=True)
class LastDone:
    """What a coder did last: `said`, empty for a skip, of the ad of that title and `others`."""

    said: str
    label: str
    title: str
    others: int


def last_done(desk: Desk, coder: str, tree: GroupTree) -> LastDone | None:
    """What they can take back, if anything."""
    entries = desk.last(coder)
    ad = desk.ad(entries[0].ad) if entries else None
    if ad is None:
        return None
    said = entries[0].said
    group = tree.get(said)
    return LastDone(said, group.label if group else "", ad.title, len(entries) - 1)


def candidates_of(
    answer: AnsweredAd, row: Mapping[str, Any], loaded: Loaded
) -> list[CandidateView]:
    """The likeliest codes, the machine's own first."""
    tree = loaded.tree()
    found = []
    for each in answer.codes[:CANDIDATES]:
        group = tree.get(each.isco_code)
        names, labelled = _why(row, each.isco_code)
        found.append(
            CandidateView(
                code=each.isco_code,
                label=group.label if group else each.isco_label,
                probability=each.probability,
                definition=group.definition if group else "",
                names=names,
                labelled=labelled,
                above=tuple(g for code in ancestors(each.isco_code) if (g := tree.get(code))),
            )
        )
    return found


def _why(row: Mapping[str, Any], code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names and the labelled ads that speak for a code."""
    names: dict[str, None] = {}
    labelled: dict[str, None] = {}
    candidates = row.get("candidates")
    for each in candidates if isinstance(candidates, list | tuple) else ():
        if each.get("isco_code") == code:
            place = labelled if str(each.get("uri", "")).startswith(_LEARNED_AD) else names
            local, label = each.get("local_label"), str(each.get("label", ""))
            place[printable(f"{local} ({label})" if local else label)] = None
    return tuple(names)[:_WHY], tuple(labelled)[:_WHY]


def _own_columns(row: Mapping[str, Any], code_column: str) -> dict[str, str]:
    """The user's own columns; a code that the ad came with would tell the coder what to say."""
    extra = row.get("extra")
    if not isinstance(extra, Mapping):
        return {}
    return {
        str(name): printable(str(value))
        for name, value in extra.items()
        if name != code_column and isinstance(value, str | int | float) and str(value).strip()
    }
