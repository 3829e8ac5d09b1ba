"""A coder: the taxonomy and the models, loaded at first use, and what can be asked of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Ad, Prediction, Row
from isco.kept import Kept

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

    from isco.bars import Wanted
    from isco.core.embedding.base import Embedder
    from isco.core.settings import EmbeddingSettings, Settings
    from isco.given import GivenAds
    from isco.outcomes import Evaluated, Learned
    from isco.results import Neighbours, Predictions

    FrameT = TypeVar("FrameT", bound=IntoDataFrame)

OneAd = str | Mapping[str, Any] | Ad


class Coder:
    """Gives job ads their ISCO-08 codes: what `isco.open` opens.

    Ads are texts (titles), dicts, `isco.Ad`s or lists of them; or a frame of pandas, polars or
    pyarrow, of which `title`, `description`, `language`, `id` and `isco_code` name the columns
    where they are not called that. None, NaN and the like are empty.

    The model and the taxonomy are loaded once, at first use, and kept: open another coder after
    an `isco.ingest`. Threads may share a coder; their calls take turns, as each uses all of the
    CPU. As a context manager it lets go at the end of what it has loaded.
    """

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings
        self._turn = RLock()
        self._kept = Kept(settings)

    def predict(
        self,
        ads: Any,
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        progress: "Wanted" = False,
    ) -> list[str | None]:
        """The codes alone, in the order of the ads; None where there is none. One ad is taken as
        a list of one. `classify` says what is raised.
        """
        given = self._given(ads, title=title, description=description, language=language)
        codes: list[str | None] = []
        self._classify(
            given, progress, lambda _, found: codes.extend(each.isco_code for each in found)
        )
        return codes

    @overload
    def classify(
        self,
        ads: "FrameT",
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        id: str | None = None,
        prefix: str = "",
        progress: "Wanted" = False,
    ) -> "FrameT": ...
    @overload
    def classify(
        self,
        ads: OneAd | Iterable[OneAd | None],
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        id: str | None = None,
        progress: "Wanted" = False,
    ) -> "Predictions": ...
    def classify(
        self,
        ads: Any,
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        id: str | None = None,
        prefix: str = "",
        progress: "Wanted" = False,
    ) -> Any:
        """Of a frame the same frame, with isco_code, isco_label, level, confidence, path, the best
        code of four digits, its label and confidence, the occupation's URI, label and probability,
        and reason after its own columns, and those of the mapping tables that are configured; of
        other ads `Predictions`, with all the evidence.

        `prefix` goes before the names of the new columns. Raises InputError, with the columns
        that there are, for a column that is missing or is there already; UnavailableError, with
        the next step, when nothing is ingested or something needed can't be had.
        """
        from isco.results import ANSWER, Predictions

        given = self._given(ads, title=title, description=description, language=language, id=id)
        if given.frame is None:
            predictions: list[Prediction] = []
            titles: list[str] = []

            def keep(rows: Sequence[Row], found: Sequence[Prediction]) -> None:
                predictions.extend(found)
                titles.extend(row.title if isinstance(row, Ad) else "" for row in rows)

            self._classify(given, progress, keep)
            return Predictions(predictions, titles, self.notice)
        from isco.frames import require_free, with_columns
        from isco.results import columns_of_tables

        columns = {**ANSWER, **columns_of_tables(self._tables())}
        names = {name: f"{prefix}{name}" for name in columns}
        require_free(given.frame, list(names.values()))
        cells: dict[str, list[Any]] = {name: [] for name in columns}

        def add(_: Sequence[Row], found: Sequence[Prediction]) -> None:
            for name, (_kind, read) in columns.items():
                cells[name].extend(map(read, found))

        self._classify(given, progress, add)
        added = {names[name]: (kind, cells[name]) for name, (kind, _) in columns.items()}
        return with_columns(given.frame, added)

    def search(self, text: str, *, top: int | None = None) -> "Neighbours":
        """The leaves of the taxonomy nearest to a text, such as a job title; `top` of them.

        Raises InputError for an empty text, UnavailableError as `classify`.
        """
        from isco.results import Neighbours
        from isco.retriever.factory import make_searchers

        if not text.strip():
            raise InputError("the text to search for is empty")
        with self._turn:
            data = self._kept.read_data()
            searchers = make_searchers(data, self.settings, self._kept.embedder())
            wanted = self.settings.search.top if top is None else top
            found = searchers.nearest(text, self.settings.language, wanted)
        return Neighbours(text, found, data.metadata.versions, data.metadata.notice)

    def learn(
        self,
        ads: Any,
        source: str,
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        id: str | None = None,
        isco_code: str | None = None,
        as_ads: bool = False,
        progress: "Wanted" = False,
    ) -> "Learned":
        """Let ads with a known `isco_code` be searched beside the taxonomy from now on, as
        `isco learn`; the confidence is fitted to them. A coder's sheet of `isco review` is taken
        as such: what it decides of one ad holds for those that are like it.

        An ad of the same `source` and id takes the place of what was learned before. Raises
        InputError without an ad or a source, for a list of titles unless `as_ads` says that they
        are ads all the same, and as `classify`.
        """
        from isco.bars import bars
        from isco.core.store import OccupationStore
        from isco.outcomes import Learned
        from isco.retriever.learning.learn import learn
        from isco.retriever.learning.refitting import refit
        from isco.review.decisions import learned_rows
        from isco.review.sheet import DECIDED_WITH, LIKE_IDS

        given = self._given(
            ads, "isco_code", keep=(LIKE_IDS, DECIDED_WITH), title=title, description=description,
            language=language, id=id, isco_code=isco_code,
        )  # fmt: skip
        if not given.total:
            raise InputError("there are no ads to learn")
        if not source.strip():
            raise InputError("source= must say what the ads are from, such as 'lfs-2025'")
        settings = self.settings.model_copy(update={"input": given.columns})
        with self._turn, bars(progress) as told:
            model = self._kept.embedder()

            def opened(_: "EmbeddingSettings") -> "Embedder":
                return model

            try:
                rows, of_sheet = learned_rows(given.rows, source)
                as_ads = as_ads or of_sheet
                with OccupationStore(settings) as store:
                    summary = learn(
                        settings, rows, source.strip(), opened, told, given.total, as_ads,
                        store=store,
                    )  # fmt: skip
                    return Learned(summary, refit(settings, opened, told, store))
            finally:
                # What was read is without the new ads.
                self._kept.let_go()

    def evaluate(
        self,
        ads: Any,
        *,
        title: str | None = None,
        description: str | None = None,
        language: str | None = None,
        id: str | None = None,
        isco_code: str | None = None,
        progress: "Wanted" = False,
    ) -> "Evaluated":
        """How right the codes are on ads with a known `isco_code` of four digits, as
        `isco evaluate`; `not_a_job` is the code of a page that is no job ad.

        Raises InputError when no ad has a code of four digits, and as `classify`.
        """
        from isco.bars import bars
        from isco.outcomes import Evaluated

        given = self._given(
            ads, "isco_code", title=title, description=description, language=language, id=id,
            isco_code=isco_code,
        )  # fmt: skip
        with self._turn, bars(progress) as told:
            run = self._kept.run()
            told.start("evaluate", given.total)
            chunk = self.settings.classify.chunk
            evaluated = Evaluated.of(given.rows, run, chunk, given.columns.isco_code, told.advance)
        if not evaluated.n:
            raise InputError(f"no ad has a code of four digits in {given.columns.isco_code!r}")
        return evaluated

    @property
    def notice(self) -> str | None:
        """What the terms of the taxonomy in use ask to be said where its data is used."""
        with self._turn:
            return self._kept.read_data().metadata.notice

    def close(self) -> None:
        """Let go of what was loaded. The coder can be used again, and loads it again."""
        with self._turn:
            self._kept.close()

    def __enter__(self) -> "Coder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        data = self._kept.data
        if data is None:
            return "<isco.Coder: loads at first use>"
        return f"<isco.Coder: {data.metadata.taxonomy_name}, {data.metadata.model_name}>"

    def _given(
        self, ads: Any, *needed: str, keep: Sequence[str] = (), **named: str | None
    ) -> "GivenAds":
        from isco.given import read_given

        return read_given(ads, self.settings.input, named, *needed, keep=keep)

    def _classify(
        self,
        given: "GivenAds",
        progress: "Wanted",
        keep: Callable[[Sequence[Row], Sequence[Prediction]], None],
    ) -> None:
        """Classify in the chunks of a run over a file, so that answers are the same to the bit."""
        from isco.bars import bars
        from isco.retriever.reading.inputs import chunks

        with self._turn, bars(progress) as told:
            run, crossing = self._kept.run(), self._kept.crossing()
            told.start("classify", given.total)
            pieces = chunks(given.rows, self.settings.classify.chunk)
            try:
                for rows, found in run.executor.run(pieces):
                    predictions = [each.prediction for each in found]
                    keep(rows, crossing.added(predictions) if crossing else predictions)
                    told.advance(len(rows))
            except UnavailableError:
                # A worker process may be lost; the next call begins with others.
                self._kept.let_go()
                raise

    def _tables(self) -> tuple[str, ...]:
        """The columns that mapping tables of the configuration add to a frame."""
        with self._turn:
            crossing = self._kept.crossing()
        return crossing.crosswalks.columns if crossing else ()
