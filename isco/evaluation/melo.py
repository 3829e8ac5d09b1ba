"""The MELO benchmark: occupation names of ESCO ranked for titles of national classifications.

Every name is ranked for every title, by the signals of the search that compare a title with a
name ("labels", "lexical") and their weights; no taxonomy needs to be ingested. The measures are
those of trec_eval, which the benchmark uses: of equal scores (to five decimals) the element with
the later identifier comes first, and queries without a right element are left out. MRR is the mean
of 1 ÷ rank of the first right element, over the whole ranking as in the published results; A@k is
the share of queries with a right element among the first k. As in the benchmark, titles stay as
they are, but for a set that is all in capitals (the Spanish one), which is put into lower case.

Source: Retyk et al. (2024), MELO: An Evaluation Benchmark for Multilingual Entity Linking of
Occupations, RecSys in HR; and its repository, Avature/melo-benchmark.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical
from isco.core.embedding.base import Embedder, Vectors
from isco.core.errors import ConfigError
from isco.core.records import Concept, Kind, Profile
from isco.core.settings import SearchSettings
from isco.evaluation.intervals import Interval, bootstrap, rounded, wilson
from isco.evaluation.melo_files import MeloDataset
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.inverted_index import InvertedIndex
from isco.retriever.searching.name_vectors import NameVectors
from isco.retriever.searching.searcher import Scores, Searcher

DEPTHS = (1, 5, 10)

_DECIMALS = 5
_BATCH = 64


@dataclass(frozen=True, slots=True)
class MeloResult:
    """MRR and A@k, with 95% intervals, over the `n` queries that have a right element."""

    dataset: MeloDataset
    n: int
    mrr: float
    mrr_interval: Interval
    accuracy: Mapping[int, float]
    accuracy_intervals: Mapping[int, Interval]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, measures with four decimals."""
        accuracy_intervals = self.accuracy_intervals.items()
        return {
            "dataset": self.dataset.name,
            "queries": self.n,
            "elements": len(self.dataset.elements),
            "concepts": self.dataset.concepts,
            "mrr": round(self.mrr, 4),
            "accuracy": {str(depth): round(share, 4) for depth, share in self.accuracy.items()},
            "intervals": {
                "mrr": rounded(self.mrr_interval),
                "accuracy": {str(depth): rounded(ends) for depth, ends in accuracy_intervals},
            },
        }


def for_names(settings: SearchSettings) -> SearchSettings:
    """The settings with weights for the signals of names alone.

    Raises ConfigError when none of these has a weight.
    """
    weights = {
        "labels": settings.weights.get("labels", 0.0),
        "lexical": settings.weights.get("lexical", 0.0),
    }
    if not any(weights.values()):
        raise ConfigError(
            "search.weights: MELO ranks names by labels and lexical, but both count for nothing; "
            "give one a weight (--set search.weights.labels=1)"
        )
    return settings.model_copy(update={"weights": weights})


def name_searcher(
    dataset: MeloDataset, vectors: Vectors, embedder: Embedder, settings: SearchSettings
) -> Searcher:
    """The search over the dataset's names, each a leaf of its own, by settings of `for_names`.

    `vectors` are the names embedded as queries, shape (elements, dimension).
    """
    names = lexical.document_vectors([[name] for name in dataset.elements.values()])
    index = ConceptIndex(
        concepts=tuple(_as_leaf(*element) for element in dataset.elements.items()),
        dense=vectors,
        names=NameVectors.of(
            vectors, np.arange(len(vectors), dtype=np.int64), np.zeros(len(vectors), dtype=bool)
        ),
        lexical=InvertedIndex.of([names.row(row) for row in range(len(names))]),
        code_row=np.zeros(len(vectors), dtype=np.int64),
    )
    return Searcher(index, embedder, settings)


def evaluate_melo(
    dataset: MeloDataset, searcher: Searcher, progress: Callable[[int], None] | None = None
) -> MeloResult:
    """Rank the names for every title; `progress` is told of titles done."""
    identifiers = list(dataset.elements)
    rows = {identifier: row for row, identifier in enumerate(identifiers)}
    order = np.argsort(np.argsort(np.array(identifiers)))
    titles = _titles(dataset)
    ranks: list[int] = []
    for start in range(0, len(titles), _BATCH):
        batch = titles[start : start + _BATCH]
        scores = searcher.scores([Profile(title, "") for _, title in batch])
        for (query, _), of_query in zip(batch, scores, strict=True):
            right = [rows[element] for element in dataset.relevant[query]]
            ranks.append(first_rank(of_query, right, order))
        if progress:
            progress(len(batch))
    reciprocal = 1 / np.array(ranks)
    hits = {depth: sum(rank <= depth for rank in ranks) for depth in DEPTHS}
    return MeloResult(
        dataset=dataset,
        n=len(ranks),
        mrr=float(reciprocal.mean()),
        mrr_interval=bootstrap(len(ranks), lambda drawn: float(reciprocal[drawn].mean())),
        accuracy={depth: count / len(ranks) for depth, count in hits.items()},
        accuracy_intervals={depth: wilson(count, len(ranks)) for depth, count in hits.items()},
    )


def first_rank(scores: Scores, right: Sequence[int], order: NDArray[np.int64]) -> int:
    """The rank, from 1, of the first of the elements `right`, given as positions in `scores`.

    Of equal scores the element with the larger `order` comes first.
    """
    rounded_scores = np.round(scores.astype(np.float64), _DECIMALS)
    best = max(right, key=lambda element: (rounded_scores[element], order[element]))
    before = rounded_scores > rounded_scores[best]
    before |= (rounded_scores == rounded_scores[best]) & (order > order[best])
    return 1 + int(np.count_nonzero(before))


def as_table(result: MeloResult, embedding: str) -> str:
    """The result for people, as a row to set beside the published ones."""
    dataset = result.dataset
    names = f"{len(dataset.elements):,} names"
    if dataset.concepts is not None:
        names += f" of {dataset.concepts:,} concepts"
    heads = ["MRR", *(f"A@{depth}" for depth in DEPTHS)]
    values = [result.mrr, *(result.accuracy[depth] for depth in DEPTHS)]
    ends = [result.mrr_interval, *(result.accuracy_intervals[depth] for depth in DEPTHS)]
    return "\n".join(
        [
            f"MELO {dataset.name}: {result.n:,} titles, {names}, {embedding}",
            "",
            _row("", heads),
            _row("isco", [f"{value:.4f}" for value in values]),
            _row("95%", [f"{low:.3f}–{high:.3f}" for low, high in ends]),
        ]
    )


def _titles(dataset: MeloDataset) -> list[tuple[str, str]]:
    """Queries that have a right element, with their titles; none in capitals if all are."""
    titles = [(query, dataset.queries[query]) for query in dataset.relevant]
    if all(title.isupper() for _, title in titles):
        return [(query, title.lower()) for query, title in titles]
    return titles


def _as_leaf(identifier: str, name: str) -> Concept:
    """An element as the search sees it: a leaf with one name and nothing else."""
    return Concept(
        uri=identifier,
        label=name,
        isco_code="",
        isco_label="",
        isco_major="",
        isco_sub_major="",
        isco_minor="",
        alt_labels=(),
        description="",
        language="",
        taxonomy_version="",
        kind=Kind.LEAF,
    )


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<6}" + "".join(f"{cell:>15}" for cell in cells)
