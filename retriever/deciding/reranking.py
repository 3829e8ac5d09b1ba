"""A second opinion where the neighbours disagree: an LLM among the codes they offer.

The model sees the ad and the candidates' codes, each with the leaves that speak for it, and its
probability for each is read. By default it is weighed, not obeyed: its log-probabilities are added
to those of the vote. The answer is always one of the candidates' codes, or that none fits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from isco.core.odds import softmax
from isco.core.records import Candidate, Concept, PredictionPath, Profile
from isco.core.settings import RerankingSettings
from isco.retriever.deciding.voting import Verdict
from isco.retriever.llm.base import OPTIONS, Failure
from isco.retriever.llm.model import Choice, LanguageModel
from isco.retriever.llm.prompts import load_prompt

NONE_FITS = "none of these groups fits the job"
_MANAGING = frozenset({"manager", "executive"})
_MANAGERS = "1"
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Question:
    """An ad on which the neighbours disagree. `shares` are the codes' shares of the vote."""

    profile: Profile
    candidates: tuple[Candidate, ...]
    shares: dict[str, float]
    verdict: Verdict


class Reranker:
    """Asks a language model which of the candidates' codes fits. `leaves` are the taxonomy's."""

    def __init__(
        self, model: LanguageModel, leaves: Sequence[Concept], settings: RerankingSettings
    ) -> None:
        self._model = model
        self._settings = settings
        self._prompt = load_prompt("reranking", settings.prompt)
        self._leaves = {leaf.uri: leaf for leaf in leaves}
        self.prompt_version = self._prompt.label

    def rerank(self, questions: Sequence[Question]) -> list[Verdict]:
        """A verdict for each question: by `rerank`, `declined`, or `fallback` to the vote."""
        offered = [self.offered(question) for question in questions]
        choices = self.choose(questions, offered)
        return [
            _fall_back(question, codes, choice)
            if isinstance(choice, Failure)
            else self._weigh(question, codes, choice)
            for question, codes, choice in zip(questions, offered, choices, strict=True)
        ]

    def offered(self, question: Question) -> tuple[str, ...]:
        """The codes that the model is shown: those with the largest shares of the vote.

        An ad for somebody who directs others is offered the best managers' group among its
        candidates in any case.
        """
        ranked = sorted(question.shares, key=lambda code: -question.shares[code])
        shown = ranked[: self._settings.codes]
        if question.profile.seniority in _MANAGING:
            managing = [code for code in ranked if code.startswith(_MANAGERS)]
            if managing and not set(managing) & set(shown):
                shown[-1] = managing[0]
        return tuple(shown)

    def choose(
        self, questions: Sequence[Question], offered: Sequence[Sequence[str]]
    ) -> list[Choice | Failure]:
        """The model's probabilities: of every offered code, then, if asked for, that none fits."""
        prompts = [
            self._prompt.render(
                title=question.profile.title,
                text=_text(question.profile, self._settings.text_characters),
                options=OPTIONS,
            )
            for question in questions
        ]
        none = [NONE_FITS] if self._settings.decline_above is not None else []
        options = [
            [*(self._describe(question, code) for code in codes), *none]
            for question, codes in zip(questions, offered, strict=True)
        ]
        return self._model.choose(prompts, options, self._settings.orders)

    def _describe(self, question: Question, code: str) -> str:
        """A group as an option: its title, its nearest leaves' names, the nearest's description."""
        nearest = [c for c in question.candidates if c.isco_code == code]
        title = nearest[0].isco_label
        names = dict.fromkeys(c.label for c in nearest if c.label != title)
        listed = "; ".join([*names][: self._settings.titles])
        text = f"{title} ({listed})" if listed else title
        # Labelled ads among the candidates have no description.
        described = [self._leaves[c.uri].description for c in nearest if c.uri in self._leaves]
        description = _cut("".join(described[:1]), self._settings.description_characters)
        return f"{text}. {description}" if description else text

    def _weigh(self, question: Question, codes: tuple[str, ...], choice: Choice) -> Verdict:
        """The vote and the model's opinion in one; `reranking.weight` null obeys the model."""
        limit = self._settings.decline_above
        if limit is not None and (none := choice.probabilities[-1]) >= limit:
            reason = f"The LLM finds that none of the {len(codes)} groups fits ({none:.0%})."
            return Verdict(None, None, PredictionPath.DECLINED, 0.0, reason, codes)
        shares = weighed(
            [question.shares[code] for code in codes],
            choice.probabilities[: len(codes)],
            self._settings.weight,
        )
        best = max(range(len(codes)), key=shares.__getitem__)
        label = next(c.isco_label for c in question.candidates if c.isco_code == codes[best])
        reason = (
            f"The nearest leaves disagree; of {len(codes)} groups the LLM gives "
            f"{codes[best]} {label} {choice.probabilities[best]:.0%}, the vote "
            f"{question.shares[codes[best]]:.0%}."
        )
        weighed_shares = dict(zip(codes, shares, strict=True))
        return Verdict(
            codes[best], label, PredictionPath.RERANK, shares[best], reason, codes, weighed_shares
        )


def weighed(
    shares: Sequence[float], probabilities: Sequence[float], weight: float | None
) -> list[float]:
    """share · probability^weight, scaled to sum 1: log-probabilities added with a weight.

    `weight` None leaves the shares out: the probabilities alone decide.
    """
    logs = [
        (0.0 if weight is None else math.log(max(share, _LEAST)))
        + (1.0 if weight is None else weight) * math.log(max(probability, _LEAST))
        for share, probability in zip(shares, probabilities, strict=True)
    ]
    found: list[float] = softmax(logs).tolist()
    return found


def _fall_back(question: Question, codes: tuple[str, ...], failure: Failure) -> Verdict:
    verdict = question.verdict
    reason = f"{verdict.reason} The LLM could not be asked ({failure.kind}: {failure.detail})."
    return replace(verdict, path=PredictionPath.FALLBACK, reason=reason, offered=codes)


def _text(profile: Profile, characters: int) -> str:
    lines = [profile.description]
    if profile.seniority:
        lines.append(f"Seniority: {profile.seniority}")
    if profile.industry:
        lines.append(f"Industry of the employer: {profile.industry}")
    if profile.skills:
        lines.append(f"Skills: {', '.join(profile.skills)}")
    return _cut("\n".join(line for line in lines if line), characters)


def _cut(text: str, characters: int) -> str:
    """`text` up to the last whole word within `characters`."""
    if len(text) <= characters:
        return text
    return text[:characters].rsplit(" ", 1)[0]
