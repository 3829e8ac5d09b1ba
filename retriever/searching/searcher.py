"""Rank the taxonomy's leaves for ads in one language: the index, and exact matrix products.

At a few thousand leaves exact search is exact arithmetic: a few products a batch of ads, weighed
and added up. The embedding's signals are standardised over the leaves (z-scores), so that their
weights mean the same for every model. The lexical one is not: its size says how much spelling is
shared at all, which for an ad in another language than the taxonomy's is next to nothing, and
standardising would blow that up. The words of a long text speak for unit groups rather than leaves,
and are added last. What Qdrant itself would answer by "dense" alone is the case with
that one weight and without centring.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical, words
from isco.core.embedding.base import Embedder, nearest, seen_from
from isco.core.embedding.exact import cosines, in_steps
from isco.core.records import Candidate, Profile
from isco.core.settings import SearchSettings
from isco.retriever.preparing.plain_text import one_line
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.linear_head import LinearHead

Scores = NDArray[np.float32]
Signals = dict[str, Scores]

WORDS, _BODY = "words", "body"
_FLAT = 1e-6
# The nearest leaves share codes: so many are looked at first for each code that is wanted.
_LEAVES_PER_CODE = 8


@dataclass(frozen=True)
class QueryVectors:
    """Vectors as the model gave them, shape (ads, dimension), zeros where an ad has no text.

    `bodies` are None where no text is read.
    """

    titles: NDArray[np.float32]
    bodies: NDArray[np.float32] | None

    def rows(self, positions: Sequence[int]) -> "QueryVectors":
        """Those of some of the ads."""
        bodies = None if self.bodies is None else self.bodies[positions]
        return QueryVectors(self.titles[positions], bodies)


@dataclass(frozen=True)
class Scored:
    """What a batch of ads has in common with the leaves.

    `total` and each of `signals`, by name, have the shape (ads, leaves), but "words" (ads, codes).
    """

    total: Scores
    signals: Signals

    def of(self, row: int) -> tuple[Scores, Signals]:
        """Both of one ad."""
        return self.total[row], {name: signal[row] for name, signal in self.signals.items()}


class Searcher:
    """Leaves of one language, ranked by the weighted sum of signals that the configuration asks
    for.

    `mean_ad`, of shape (dimension,), is the mean vector of ads whatever the job.
    """

    def __init__(
        self,
        index: ConceptIndex,
        embedder: Embedder,
        settings: SearchSettings,
        mean_ad: NDArray[np.float32] | None = None,
    ) -> None:
        self.index = index
        self._embedder = embedder
        self._head = None if index.classifier is None else LinearHead(index.classifier)
        there = {
            "head": index.classifier is not None,
            WORDS: index.words is not None,
            _BODY: settings.read_text != "never",
        }
        self._weights: dict[str, float] = {
            name: weight
            for name, weight in settings.weights.items()
            if weight and there.get(name, True)
        }
        self._mean_name = self._mean_document = self._mean_ad = None
        if settings.centre:
            self._mean_name = index.mean_name
            self._mean_document = index.dense.mean(axis=0)
            self._mean_ad = mean_ad if mean_ad is not None else self._mean_document
        self._documents = in_steps(seen_from(self._mean_document, index.dense))
        # Words of another language say nothing here, and names are no surer than documents.
        self._foreign_weights = {**self._weights, WORDS: 0.0}
        named = {str(name): weight for name, weight in settings.bare_title_weights.items()}
        self._bare_weights = {**self._foreign_weights, **named}
        self._words_in_full = settings.words_in_full

    @property
    def mean_name(self) -> NDArray[np.float32] | None:
        """What is taken from the vectors of titles and names; None without centring."""
        return self._mean_name

    def scores(self, profiles: Sequence[Profile]) -> Scores:
        """As the `total` of `score`."""
        return self.score(profiles).total

    def score(self, profiles: Sequence[Profile], texts: Sequence[str] | None = None) -> Scored:
        """As `compare`, with vectors made here; without `texts` as bare titles."""
        return self.compare(profiles, texts or [""] * len(profiles), self.vectors(profiles))

    @property
    def reads_texts(self) -> bool:
        """Whether the vectors of texts count."""
        return _BODY in self._weights

    @property
    def ranks_unread(self) -> bool:
        """Whether leaves are ranked at all without these."""
        return bool(self._weights.keys() - {_BODY, WORDS})

    def vectors(self, profiles: Sequence[Profile], read: bool = True) -> "QueryVectors":
        """The vectors that the weighed signals need, those of bodies only if they are `read`."""
        needs_titles = bool(self._weights.keys() & {"document", "labels", "head"})
        titles = [profile.title if needs_titles else "" for profile in profiles]
        if not (read and self.reads_texts):
            return QueryVectors(self.embed(titles), None)
        bodies = [profile.description for profile in profiles]
        # Together, because many texts at once are quicker.
        return QueryVectors(*np.split(self.embed([*titles, *bodies]), 2))

    def signals(
        self,
        profiles: Sequence[Profile],
        texts: Sequence[str],
        vectors: "QueryVectors",
        foreign: Sequence[bool] | None = None,
    ) -> Signals:
        """Each weighed signal by name, raw, shape (ads, leaves), of "words" (ads, codes); a row of
        zeros where an ad lacks the text for it. Words are left out where they count for no ad."""
        signals: Signals = {}
        titles = vectors.titles
        by_name = seen_from(self._mean_name, titles)
        if "document" in self._weights:
            signals["document"] = cosines(in_steps(by_name), self._documents)
        if "labels" in self._weights:
            bare = np.array([not text for text in texts], dtype=bool)
            centred = self._mean_name is not None
            signals["labels"] = self.index.names.nearest(by_name, bare, centred)
        if "head" in self._weights and self._head is not None:
            signals["head"] = self._head.logits(titles)[:, self.index.code_row]
        if "lexical" in self._weights:
            grams = lexical.query_vectors([profile.title for profile in profiles])
            signals["lexical"] = self.index.lexical.products(grams)
        if vectors.bodies is not None:
            signals |= self.body_signal(vectors.bodies)
        if self.index.words is not None and self._count_words(texts, foreign):
            said = [text or profile.title for text, profile in zip(texts, profiles, strict=True)]
            signals[WORDS] = self.index.words.products(words.query_vectors(said))
        return signals

    def compare(
        self,
        profiles: Sequence[Profile],
        texts: Sequence[str],
        vectors: "QueryVectors",
        foreign: Sequence[bool] | None = None,
    ) -> Scored:
        """The `signals` of ads, `weighed`."""
        return self.weighed(self.signals(profiles, texts, vectors, foreign), texts, foreign)

    def weighed(
        self, signals: Signals, texts: Sequence[str], foreign: Sequence[bool] | None = None
    ) -> Scored:
        """Similarity of every ad to every leaf, float32, from its signals; `texts` are the ads'
        whole ones, `foreign` those that are known to be in a language that the taxonomy lacks.

        A single signal is the total as it is (a cosine, say). Several are weighed and added, then
        divided by the weights of those standardised signals for which the ad has a text. What the
        words of the text, or of a bare title, say of a code is added to all of its leaves; those of
        a short text count for less. Names that are everyday ones count for bare titles alone.
        """
        weights = self._weights_for(texts, foreign)
        ranking = {name: signal for name, signal in signals.items() if name != WORDS}
        total = self._total(ranking, weights)
        if WORDS in signals:
            total = total + self._by_words(signals[WORDS], total, weights[WORDS])
        return Scored(total, signals)

    def body_signal(self, bodies: NDArray[np.float32]) -> Signals:
        """The signal that the vectors of the ads' texts give, as one of `signals`."""
        seen = seen_from(self._mean_ad, bodies)
        return {_BODY: cosines(in_steps(seen), self._documents)}

    def _weights_for(
        self, texts: Sequence[str], foreign: Sequence[bool] | None
    ) -> dict[str, Scores]:
        """Of each signal, shape (ads, 1)."""
        bare = np.array([not text for text in texts], dtype=bool)
        abroad = np.zeros_like(bare) if foreign is None else np.array(foreign, dtype=bool)
        weights = {
            name: np.select(
                [~bare, abroad],
                [weight, self._foreign_weights[name]],
                self._bare_weights[name],
            )[:, None].astype(np.float32)
            for name, weight in self._weights.items()
        }
        if WORDS in weights:
            weights[WORDS] *= self._fullness(texts)
        return weights

    def _count_words(self, texts: Sequence[str], foreign: Sequence[bool] | None) -> bool:
        return WORDS in self._weights and bool(self._weights_for(texts, foreign)[WORDS].any())

    def _fullness(self, texts: Sequence[str]) -> Scores:
        """How much of a full text each is, shape (ads, 1); of none 1, for a title is what it is."""
        shares = [words.different(text) / self._words_in_full if text else 1.0 for text in texts]
        return np.minimum(np.array(shares, dtype=np.float32), 1)[:, None]

    def _by_words(self, similarities: Scores, total: Scores, weight: Scores) -> Scores:
        """Standardised over the codes, in units of the leaves' spread by the other signals."""
        spread = total.std(axis=1, keepdims=True)
        added = weight * spread * _standardised(similarities)
        return np.asarray(added[:, self.index.code_row], dtype=np.float32)

    def _total(self, signals: Signals, weights: dict[str, Scores]) -> Scores:
        """`weights` have the shape (ads, 1)."""
        if len(self._weights.keys() - {WORDS}) == 1:
            return next(iter(signals.values()))
        first = next(iter(signals.values()))
        total = np.zeros_like(first)
        used = np.zeros((len(first), 1), dtype=np.float32)
        for name, signal in signals.items():
            if name == "lexical":
                total += weights[name] * (signal - signal.mean(axis=1, keepdims=True))
                continue
            usable = signal.std(axis=1, keepdims=True) > _FLAT
            total += weights[name] * _standardised(signal)
            used += weights[name] * usable
        return np.asarray(total / np.where(used == 0, 1, used), dtype=np.float32)

    def candidates(self, scores: Scores, top: int) -> tuple[Candidate, ...]:
        """The `top` leaves of one row of `scores`, the nearest first; ties in order of code."""
        return tuple(
            Candidate.of(self.index.concepts[position], float(scores[position]), rank)
            for rank, position in enumerate(nearest(scores, top), start=1)
        )

    def nearest(self, text: str, top: int) -> tuple[Candidate, ...]:
        """The `top` leaves nearest to a text such as a job title, the nearest first."""
        scores = self.scores([Profile(title=one_line(text), description="")])
        return self.candidates(scores[0], top)

    def code_ranking(self, scores: Scores, depth: int) -> tuple[str, ...]:
        """The first `depth` distinct codes of one row of `scores`, by their nearest leaf."""
        looked_at = _LEAVES_PER_CODE * depth
        while True:
            found = nearest(scores, looked_at)
            codes = dict.fromkeys(self.index.concepts[position].isco_code for position in found)
            if len(codes) >= depth or looked_at >= len(scores):
                return tuple(codes)[:depth]
            looked_at *= 4

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Query vectors, shape (len(texts), dimension), float32.

        Zeros for empty texts, which no model should be asked about.
        """
        vectors = np.zeros((len(texts), self._embedder.dimension), dtype=np.float32)
        filled = [row for row, text in enumerate(texts) if text.strip()]
        if filled:
            vectors[filled] = self._embedder.embed_queries([texts[row] for row in filled])
        return vectors


def _standardised(signal: Scores) -> Scores:
    """Each row seen from its mean, in units of its spread; one without a spread is zeros."""
    spread = signal.std(axis=1, keepdims=True)
    usable = spread > _FLAT
    difference = signal - signal.mean(axis=1, keepdims=True)
    return np.asarray(usable * difference / np.where(usable, spread, 1), dtype=np.float32)
