"""What a coder has loaded, each at first use: the model, what is in Qdrant, a run over it."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isco.core.embedding.base import Embedder
    from isco.core.settings import Settings
    from isco.crosswalk.classified import Crossing
    from isco.retriever.pipeline import Classified
    from isco.retriever.running.opening import OpenRun
    from isco.retriever.searching.search_data import SearchData


class Kept:
    """Loads as the settings say; `model` may be there already. Threads take turns outside.

    `data` is what was read, None before that. All raise UnavailableError, with the next step, when
    nothing is ingested or something needed can't be had.
    """

    def __init__(self, settings: "Settings", model: "Embedder | None" = None) -> None:
        self.data: SearchData | None = None
        self._settings = settings
        self._model = model
        self._run: OpenRun[Classified] | None = None
        self._crossing: Crossing | None = None
        self._opened = ExitStack()

    def embedder(self) -> "Embedder":
        """The configured model."""
        if self._model is None:
            from isco.core.embedding import open_embedder

            self._model = open_embedder(self._settings.embedding)
        return self._model

    def read_data(self) -> "SearchData":
        """The collection in use and the labelled ads."""
        if self.data is None:
            from isco.retriever.factory import read_search_data

            self.data = read_search_data(self._settings, self.embedder())
        return self.data

    def run(self) -> "OpenRun[Classified]":
        """A run over these, open until they are let go."""
        if self._run is None:
            from isco.retriever.running.opening import open_run, rankings

            # Workers have models of their own.
            embedder = None if self._settings.classify.workers else self.embedder()
            run = self._opened.enter_context(open_run(self._settings, rankings, embedder))
            self._run, self.data = run, run.data
        return self._run

    def crossing(self) -> "Crossing | None":
        """What mapping tables of the configuration add; None without one."""
        if self._crossing is None and self._settings.crosswalks:
            from isco.crosswalk.classified import open_crossing

            self._crossing = open_crossing(self._settings, self.data)
        return self._crossing

    def let_go(self) -> None:
        """Of all but the model: the next call reads anew."""
        self._run = self.data = self._crossing = None
        self._opened.close()

    def close(self) -> None:
        """Let go of all."""
        self.let_go()
        self._model = None
