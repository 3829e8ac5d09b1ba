"""A taxonomy, and classifiers over it that have learned labelled ads, as `isco learn` lets them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import LabelledAd, embedded_text
from isco.retriever.deciding.calibration_files import configured_calibration
from isco.retriever.factory import make_searchers, read_search_data
from isco.retriever.labelled.labelled_ads import LabelledAds, ridge_of
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.learning.fitting import fit_on
from isco.retriever.learning.labelled_rows import LabelledRows
from isco.retriever.pipeline import Classified, Classifier
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.searchers import Searchers


class Silent:
    """Hears of progress and says nothing."""

    def start(self, stage: str, total: int | None) -> None:
        """Do nothing."""

    def advance(self, done: int) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Bench:
    """An ingested taxonomy, and classifiers over it that have learned something."""

    settings: Settings
    searchers: Searchers
    labels: LabelReader
    embedder: Any
    versions: Any

    @staticmethod
    def open(settings: Settings, cache: EmbeddingCache) -> "Bench":
        """Of the collection in use."""
        embedder = cache.as_embedder()
        data = read_search_data(settings, embedder)
        searchers = make_searchers(data, settings, RecentVectors(embedder))
        labels = LabelReader.of(data.index.concepts, settings.input.isco_code)
        return Bench(settings, searchers, labels, embedder, data.metadata.versions)

    def read(self, file: str) -> list[Ad]:
        """The ads of a labelled file whose code the taxonomy has."""
        rows = read_ads(file, self.settings.input)
        return [row for row in rows if isinstance(row, Ad) and row.isco_code in self.labels.titles]

    def labelled(self, ads: Sequence[Ad]) -> list[LabelledAd]:
        """The ads as they would be learned; those that can't be are left out."""
        rows = LabelledRows(self.settings, self.labels, "half", {}, self.searchers.languages)
        for ad in ads:
            rows.add(ad)
        found = list(rows.ads.values())
        texts = [embedded_text(ad.title, ad.description) for ad in found]
        vectors = self.embedder.embed_queries(texts) if texts else ()
        return [replace(ad, vector=vector) for ad, vector in zip(found, vectors, strict=True)]

    def classifier(self, ads: Sequence[LabelledAd], with_ridge: bool = True) -> Classifier:
        """One that has learned the ads, as `isco learn` would let it."""
        settings, main = self.settings, self.searchers.main
        labelled = fit = None
        if ads:
            learning = settings.learning
            found = ridge_of(ads, main.index.titles, main.mean_name, learning)
            if with_ridge and found:
                fit = fit_on(ads, found, self.searchers, settings, self.embedder, Silent())
            labelled = LabelledAds.of(
                ads,
                main.mean_name,
                learning,
                found[0] if found and with_ridge else None,
                fit.combinations if fit else None,
            )
        calibration = configured_calibration(settings.confidence, fit)
        return Classifier(
            self.searchers, settings, self.versions, calibration=calibration, labelled=labelled
        )


def classified(classifier: Classifier, ads: Sequence[Ad]) -> list[Classified]:
    """All ads, a few hundred at a time."""
    return [item for part in chunks(ads, 256) for item in classifier.classify_with_ranking(part)]
