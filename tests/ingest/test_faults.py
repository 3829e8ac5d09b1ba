"""Ingests that are killed or fail at every stage: what is in use is always a whole version."""

import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from isco.core.config import load_settings
from isco.core.errors import AtWorkError, UnavailableError
from isco.core.progress import Silent
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.core.store.builders import Builder, begin_building
from isco.ingest.load import ingest
from isco.retriever.factory import open_classifier
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import Searcher
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder
from tests.support.ending import Moment, ingest_on_full_disk, ingest_until
from tests.support.esco_download import BAKER, EscoDownload
from tests.support.few_leaves import described
from tests.support.qdrant_double import QdrantDouble, answer_with

pytestmark = pytest.mark.processes

OLDER, OLD, NEW = "v1.1.1", "v1.2.0", "v1.2.1"
NAMES = {OLDER: "oven whisperer", OLD: "baguette wizard", NEW: "sourdough wizard"}

BUILDER = "isco.core.store.building:CollectionBuilder"
STORE = "isco.core.store.collections:OccupationStore"
FOLDER = "isco.core.store.embedded:EmbeddedQdrant"
# In the order in which an ingest comes by; from "swapped" on the new version is in use.
BEFORE_THE_SWAP = {
    "changes compared": Moment("isco.ingest.plan:compare", at_end=True),
    "first texts embedded": Moment(
        "isco.core.embedding.vector_cache:EmbeddingCache.embed_queries", at_end=True
    ),
    "files of the collection made": Moment(f"{FOLDER}._save"),
    "collection created": Moment(f"{BUILDER}.create", at_end=True),
    "first points sent": Moment("isco.core.store.building:to_point", call=200),
    "all points sent": Moment(f"{BUILDER}.upload", at_end=True),
    "list of collections half written": Moment(f"{FOLDER}._save", call=2),
    "marked as ready": Moment(f"{BUILDER}.mark_ready", at_end=True),
    "about to swap": Moment(f"{STORE}._swap"),
}
AFTER_THE_SWAP = {
    "swapped": Moment(f"{STORE}._swap", at_end=True),
    "known to be in use": Moment(f"{STORE}._mark_activated", at_end=True),
    "about to prune": Moment(f"{STORE}.prune"),
    "files of the oldest removed": Moment("shutil:rmtree", at_end=True),
}


@dataclass
class Place:
    """A folder in which OLDER and then OLD were ingested, and the downloads."""

    settings: Settings
    downloads: dict[str, Path]

    def ingest(self, version: str, embedder: HashingEmbedder | None = None) -> None:
        ingest(
            self.settings,
            str(self.downloads[version]),
            lambda _: embedder or HashingEmbedder(),
            Silent(),
        )

    def answers(self) -> str:
        """The version that a search finds, whole: each names its baker in its own way."""
        return version_found(self.settings)

    def kept(self) -> list[str]:
        """Versions of all collections, the newest first."""
        with OccupationStore(self.settings) as store:
            return [
                info.metadata.taxonomy_version if info.metadata else "?"
                for info in store.collections()
            ]


def version_found(settings: Settings) -> str:
    with OccupationStore(settings) as store:
        points = store.read_indexed(store.require_active()[0].name)
    (version,) = {point.leaf.taxonomy_version for point in points}
    assert len(points) == 442
    assert len({point.leaf.isco_code for point in points}) == 436
    index = ConceptIndex.of(points, settings.search.kinds)
    nearest = Searcher(index, HashingEmbedder(), settings.search).nearest(NAMES[version], 1)[0]
    assert (nearest.label, nearest.isco_code) == (NAMES[version], "7512")
    return version


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for version, name in NAMES.items():
        download = EscoDownload()
        download.occupation(BAKER)["preferredLabel"] = name
        folders[version] = download.write_folder(tmp_path_factory.mktemp("esco") / version)
    return folders


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    do_not_wait(monkeypatch)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, downloads: dict[str, Path]) -> Path:
    data = tmp_path_factory.mktemp("prepared")
    flags = {"data_dir": data, "taxonomy.everyday_languages": []}
    settings = load_settings(environment={}, flags=flags)
    with pytest.MonkeyPatch.context() as monkeypatch:
        do_not_wait(monkeypatch)
        for version in (OLDER, OLD):
            Place(settings, downloads).ingest(version)
    return data


@pytest.fixture
def place(
    tmp_path: Path,
    prepared: Path,
    downloads: dict[str, Path],
    make_settings: Callable[..., Settings],
) -> Place:
    shutil.copytree(prepared, tmp_path / "data")
    return Place(make_settings(), downloads)


def assert_clean(place: Place, versions: list[str]) -> None:
    """These versions are kept, nothing else lies about, and the way back is open."""
    assert place.kept() == versions
    folders = {path.name for path in (place.settings.qdrant_path / "collection").iterdir()}
    with OccupationStore(place.settings) as store:
        assert folders == {info.name for info in store.collections()}
        assert all(info.whole for info in store.collections())
        assert not list(place.settings.qdrant_path.glob(".unfinished/*"))
        store.rollback()
    assert place.answers() == versions[1]


@pytest.mark.parametrize("stage", [*BEFORE_THE_SWAP, *AFTER_THE_SWAP])
def test_killed_at_any_stage_a_whole_version_answers_and_the_next_ingest_clears_up(
    place: Place, stage: str
) -> None:
    moment = (BEFORE_THE_SWAP | AFTER_THE_SWAP)[stage]
    ended = ingest_until(moment, place.settings.data_dir, place.downloads[NEW])
    assert ended == -signal.SIGKILL
    swapped = stage in AFTER_THE_SWAP
    assert place.answers() == (NEW if swapped else OLD)
    place.ingest(NEW)
    assert_clean(place, [NEW, OLD])


@pytest.mark.parametrize(
    "moment", [Moment(f"{FOLDER}._save"), Moment(f"{BUILDER}.upload"), Moment(f"{STORE}._swap")]
)
def test_the_first_ingest_of_all_may_be_killed_too(
    downloads: dict[str, Path], make_settings: Callable[..., Settings], moment: Moment
) -> None:
    place = Place(make_settings(), downloads)
    assert ingest_until(moment, place.settings.data_dir, downloads[OLD]) == -signal.SIGKILL
    with pytest.raises(UnavailableError, match="run isco ingest"):
        place.answers()
    place.ingest(OLD)
    assert (place.answers(), place.kept()) == (OLD, [OLD])


@pytest.mark.parametrize("largest", [40_000, 300_000, 900_000])
def test_a_full_disk_is_told_and_leaves_the_version_in_use(place: Place, largest: int) -> None:
    told = ingest_on_full_disk(largest, place.settings.data_dir, place.downloads[NEW])
    assert told is not None
    assert "can't be used" in told
    assert str(place.settings.data_dir) in told
    assert place.answers() == OLD
    place.ingest(NEW)
    assert_clean(place, [NEW, OLD])


def test_a_disk_with_room_is_not_full(place: Place) -> None:
    told = ingest_on_full_disk(100_000_000, place.settings.data_dir, place.downloads[NEW])
    assert (told, place.answers()) == (None, NEW)


class TallEmbedder(HashingEmbedder):
    """Gives one dimension more than it says."""

    revision = "tall"

    def _embed(self, texts):  # type: ignore[no-untyped-def]
        vectors = super()._embed(texts)
        return np.pad(vectors, ((0, 0), (0, 1)))


def test_a_model_of_another_dimension_than_it_says_is_refused(place: Place) -> None:
    with pytest.raises(UnavailableError, match=r"vectors of 32 dimensions, but gave \(\d+, 33\)"):
        place.ingest(NEW, TallEmbedder())
    assert place.answers() == OLD
    place.ingest(NEW)
    assert_clean(place, [NEW, OLD])


def test_a_model_that_is_missing_leaves_the_version_in_use(place: Place) -> None:
    def missing(_: object) -> HashingEmbedder:
        raise UnavailableError("the model is not there")

    with pytest.raises(UnavailableError, match="the model is not there"):
        ingest(place.settings, str(place.downloads[NEW]), missing, Silent())
    assert place.answers() == OLD
    assert place.kept() == [OLD, OLDER]


class Gone(Silent):
    """The server answers no more from the first points on."""

    def __init__(self, server: QdrantDouble) -> None:
        self._server = server
        self._stage = ""

    def start(self, stage: str, total: int) -> None:
        self._stage = stage

    def advance(self, done: int) -> None:
        if self._stage == "upload":
            self._server.faults = [answer_with(503, times=10**6)]


def test_a_server_that_goes_in_mid_upload_comes_back_with_the_version_in_use(
    downloads: dict[str, Path],
    make_settings: Callable[..., Settings],
    pauses: list[float],
) -> None:
    with QdrantDouble() as server:
        settings = make_settings(qdrant__mode="server", qdrant__url=server.url, qdrant__retries=1)
        place = Place(settings, downloads)
        place.ingest(OLD)
        with pytest.raises(UnavailableError, match="answered 503"):
            ingest(settings, str(downloads[NEW]), lambda _: HashingEmbedder(), Gone(server))
        with pytest.raises(UnavailableError, match="answered 503"):
            place.answers()
        server.faults = []
        assert (place.answers(), place.kept()) == (OLD, [NEW, OLD])
        place.ingest(NEW)
        assert (place.answers(), place.kept()) == (NEW, [NEW, OLD])
        assert server.violations == []


def test_an_ingest_beside_another_one_says_who_is_at_work_or_waits_for_it(
    downloads: dict[str, Path],
    make_settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isco.core.store.builders._may_run", lambda _: True)
    with QdrantDouble() as server:
        settings = make_settings(qdrant__mode="server", qdrant__url=server.url, qdrant__retries=0)
        place = Place(settings, downloads)
        with OccupationStore(settings) as store:
            began = _begun(store, monkeypatch)
            embedder = HashingEmbedder()
            with pytest.raises(AtWorkError, match=r"isco ingest on .*at work since .*--wait"):
                place.ingest(OLD, embedder)
            assert embedder.asked == []
            looked: list[float] = []

            def look(seconds: float) -> None:
                looked.append(seconds)
                if len(looked) == 3:
                    store._client.delete_collection(began)

            monkeypatch.setattr("time.sleep", look)
            source = str(downloads[OLD])
            ingest(settings, source, lambda _: HashingEmbedder(), Silent(), wait=True)
        assert len(looked) == 3
        assert (place.answers(), place.kept()) == (OLD, [OLD])


def _begun(store: OccupationStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a collection that another process on this machine has begun to build."""

    def begin(moment: str) -> Builder:
        return replace(begin_building(moment), process=1)

    with monkeypatch.context() as patch:
        patch.setattr("isco.core.store.building.begin_building", begin)
        patch.setattr(OccupationStore, "_forget", lambda *_: None)
        with pytest.raises(ZeroDivisionError):
            store.build(described(), (1 // 0 for _ in "x"))  # type: ignore[misc]
    (info,) = store.collections()
    return info.name


def test_ads_are_classified_to_the_end_by_the_version_they_began_with(place: Place) -> None:
    """The alias moves between two chunks; every row says by which version it was coded."""
    classifier = open_classifier(place.settings, HashingEmbedder())
    ad = Ad("1", NAMES[OLD], "You will bake bread.", 1, 1, language="en")
    (before,) = classifier.classify_batch([ad])
    place.ingest(NEW)
    (after,) = classifier.classify_batch([ad])
    assert before == after
    assert before.versions.taxonomy == f"ESCO {OLD} en"
    assert before.candidates[0].label == NAMES[OLD]
    (next_run,) = open_classifier(place.settings, HashingEmbedder()).classify_batch([ad])
    assert next_run.versions.taxonomy == f"ESCO {NEW} en"
