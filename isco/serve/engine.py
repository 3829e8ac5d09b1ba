"""What is served: kept in memory, what is new in Qdrant taken up, and what people code learned."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Self

from isco.core.embedding import open_embedder
from isco.core.embedding.base import Embedder
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.errors import IscoError, UnavailableError
from isco.core.progress import Silent
from isco.core.records import Ad, Prediction, Row
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import OccupationStore
from isco.crosswalk.classified import Crossing, open_crossing
from isco.outcomes import Learned
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.learning.learn import learn
from isco.retriever.learning.refitting import refit
from isco.retriever.running.feed import look_ahead
from isco.retriever.searching.search_data import SearchData
from isco.serve.freshness import stored_state
from isco.serve.loaded import Loaded
from isco.serve.waiting_line import WaitingLine

_WARMING_UP = [Ad("1", "Bus driver", "You will drive a bus.", 1, 1)]


class Engine:
    """Answers requests of many threads. As a context manager it works until its end.

    The first `load` comes before anything else; it raises UnavailableError, with the next step,
    when nothing is ingested or something needed can't be had.
    """

    def __init__(
        self, settings: Settings, opened: Callable[[EmbeddingSettings], Embedder] = open_embedder
    ) -> None:
        self.settings = settings
        self.problem: str | None = None
        self._opened = opened
        self._embedder: RecentVectors | None = None
        self._loaded: Loaded | None = None
        self._line = WaitingLine(settings, lambda: self.loaded)
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._to_fit = False
        # Whoever reads or writes Qdrant: the embedded one lets one in at a time.
        self._store_turn = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def loaded(self) -> Loaded:
        """What is served now."""
        if self._loaded is None:
            raise UnavailableError("the taxonomy is not loaded yet: try again in a moment")
        return self._loaded

    @property
    def waiting(self) -> int:
        """Ads that wait to be classified."""
        return self._line.waiting

    @property
    def ending(self) -> bool:
        """Whether it takes no more work."""
        return self._ending.is_set()

    def __enter__(self) -> Self:
        self._line.begin()
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._wake.set()
        self._line.end()
        self._watcher.join()

    def load(self) -> None:
        """Read the collection in use, and serve that from now on."""
        with self._store_turn:
            self._load()

    def refresh(self) -> bool:
        """Take up what has changed in Qdrant; whether anything has.

        What can't be read now, in the middle of an ingest, say, is tried again later; until then
        what was read before is served, and `problem` says why.
        """
        with self._store_turn:
            try:
                if self._loaded and stored_state(self.settings) == self._loaded.state:
                    return False
                self._load()
            except IscoError as error:
                self.problem = str(error)
                return False
            return True

    def read_ahead(self, rows: Sequence[Row]) -> Settings | None:
        """The settings for the classification of a feed that begins so; None for the engine's."""
        _, settings = look_ahead(rows, self.settings, self.loaded.classifier.preprocessor)
        return None if settings is self.settings else settings

    def classify(
        self, rows: Sequence[Row], settings: Settings | None = None
    ) -> "Future[list[Prediction]]":
        """Predictions of one chunk, in order, when its turn has come.

        Raises ProblemError (503) when too many ads wait already, or the engine has ended.
        """
        return self._line.add(rows, settings)

    def learn(
        self, rows: Sequence[Row], source: str, as_ads: bool = False, fit_later: bool = False
    ) -> Learned:
        """Learn labelled ads under that source, as `isco learn`, and serve what that makes of it.

        `as_ads` says that they are, though they look like a list of titles. With `fit_later` the
        ads are served at once, and what is fitted on them follows by itself. Raises as
        `isco.retriever.learning.learn.learn`.
        """
        with self._store_turn:
            try:
                with OccupationStore(self.settings) as store:
                    summary = learn(
                        self.settings, rows, source, self._model, Silent(), len(rows), as_ads,
                        store=store,
                    )  # fmt: skip
                    fit = None
                    if not fit_later:
                        fit = refit(self.settings, self._model, Silent(), store)
            finally:
                self._load()
        if fit_later:
            self._fit_soon()
        return Learned(summary, fit)

    def forget(self, source: str, ids: Sequence[str]) -> None:
        """Forget labelled ads of a source, and serve what is left."""
        with self._store_turn:
            with OccupationStore(self.settings) as store:
                removed = store.labelled().remove(source, ids)
            if removed:
                self._load()
        if removed:
            self._fit_soon()

    def _model(self, settings: EmbeddingSettings) -> RecentVectors:
        """The model, opened once; its vectors outlive what is loaded."""
        if self._embedder is None:
            self._embedder = RecentVectors(self._opened(settings))
        return self._embedder

    def _load(self) -> None:
        state = stored_state(self.settings)
        model = self._model(self.settings.embedding)
        data = read_search_data(self.settings, model)
        classifier = make_classifier(data, self.settings, model)
        if classifier.versions.llm is None:
            # What is read at the first ad is read now, and nobody waits for it.
            classifier.classify_batch(_WARMING_UP)
        crossing = self._crossing_over(data)
        # Read from an embedded Qdrant, a snapshot was taken; nothing else changes its folder.
        self._loaded = Loaded(data, classifier, state, crossing)
        self.problem = None

    def _crossing_over(self, data: SearchData) -> Crossing | None:
        """What mapping tables add: read anew with another taxonomy alone, as that takes seconds."""
        if self._loaded and self._loaded.data.metadata == data.metadata:
            return self._loaded.crossing
        return open_crossing(self.settings, data)

    def _fit_soon(self) -> None:
        self._to_fit = True
        self._wake.set()

    def _fit(self) -> None:
        self._to_fit = False
        with self._store_turn:
            refit(self.settings, self._model, Silent())
            self._load()

    def _watch(self) -> None:
        while not self._ending.is_set():
            self._wake.wait(self.settings.serve.refresh)
            self._wake.clear()
            # What is thrown here by mistake must not end the looking.
            with suppress(Exception):
                if self._to_fit:
                    self._fit()
                elif not self._ending.is_set():
                    self.refresh()
