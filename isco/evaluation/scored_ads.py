"""What is kept of an ad whose code is known, once it is classified: enough to measure by.

Whole descriptions are let go, so that memory grows by about a kilobyte an ad.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isco.core.records import Ad, PredictionPath
from isco.retriever.deciding.voting import Answer
from isco.retriever.pipeline import Classified
from isco.retriever.preparing.plain_text import one_line, plain_text

_SHOWN = 160


@dataclass(frozen=True, slots=True)
class ScoredAd:
    """An ad, its known code (`gold`), and the answer to it.

    `title` and `snippet` are the first 160 characters of the title and of the text; `characters`
    counts the whole text, freed of markup. `candidates` are the distinct codes handed to the
    decision, the nearest first. `also` are codes that are right as well. `ranking`, `vote`,
    `vote_confidence`, `offered` and `answers` are as in `Classified`. `known_occupations` are the
    URIs of those that people gave; `occupation` is that of the answer, with its probability, and
    `occupations` are those of the likeliest ones.
    """

    id: str
    title: str
    snippet: str
    characters: int
    language: str | None
    gold: str
    code: str | None
    level: int
    confidence: float
    path: PredictionPath
    candidates: tuple[str, ...]
    ranking: tuple[str, ...]
    vote: str | None
    offered: tuple[str, ...]
    answers: tuple[Answer, ...] = ()
    also: tuple[str, ...] = ()
    vote_confidence: float | None = None
    known_occupations: frozenset[str] = frozenset()
    occupation: str | None = None
    occupation_probability: float = 0.0
    occupations: tuple[str, ...] = ()

    @staticmethod
    def of(
        ad: Ad, codes: Sequence[str], result: Classified, occupations: Iterable[str] = ()
    ) -> "ScoredAd":
        """The ad with its known codes, and `occupations` if these are known, and the classifier's
        answer."""
        prediction = result.prediction
        found = prediction.occupation
        text = plain_text(ad.description)
        return ScoredAd(
            id=ad.id,
            title=_shorten(one_line(ad.title)),
            snippet=_shorten(" ".join(text.split())),
            characters=len(text),
            language=prediction.language,
            gold=codes[0],
            code=prediction.isco_code,
            level=prediction.level,
            confidence=prediction.confidence,
            path=prediction.path,
            candidates=tuple(dict.fromkeys(c.isco_code for c in prediction.candidates)),
            ranking=result.code_ranking,
            vote=result.vote,
            offered=result.offered,
            answers=result.answers,
            also=tuple(codes[1:]),
            vote_confidence=result.vote_confidence,
            known_occupations=frozenset(occupations),
            occupation=found.uri if found else None,
            occupation_probability=found.probability if found else 0.0,
            occupations=tuple(each.uri for each in prediction.occupations),
        )

    @property
    def right(self) -> bool:
        """Whether the answer is the known code, to all four digits."""
        return self.code == self.gold

    @property
    def right_occupation(self) -> bool:
        """Whether the occupation that was given is one of those that people gave."""
        return self.occupation in self.known_occupations

    @property
    def right_as_far(self) -> bool:
        """Whether there is an answer, and the known code lies in the group that it names."""
        return bool(self.code) and self.gold.startswith(self.code or "")


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + "…"
