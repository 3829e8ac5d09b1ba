"""What was read from a server is kept too: asked is only whether it is still the same."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isco.core.errors import UnavailableError
from isco.core.progress import Silent
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, OccupationStore, asking, labelled_point_id
from isco.core.store.labelled_alias import LabelledAlias
from isco.core.store.labelled_reading import read_labelled
from isco.retriever.factory import open_classifier, read_search_data, read_store
from isco.retriever.learning.learn import learn, remove_source
from isco.retriever.searching.search_data import SearchData
from isco.retriever.searching.snapshot import clear_snapshots
from tests.conftest import ROOT
from tests.retriever.searching.test_snapshot import (
    ADS,
    as_values,
    index_values,
    learn_nurses,
    load_two_languages,
)
from tests.support.at_qdrant import CONTRACT
from tests.support.doubles import HashingEmbedder
from tests.support.qdrant_double import Fault, Limits, QdrantDouble, answer_with, cut_connection
from tests.support.small_taxonomy import LEAVES, load

POINTS = ("/scroll", "/query", "/points")


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    settings = settings_at_double(search__top=4, qdrant__retries=0)
    load(settings, HashingEmbedder())
    return settings


def read(settings: Settings) -> SearchData:
    return read_search_data(settings, HashingEmbedder())


def read_anew(settings: Settings) -> SearchData:
    clear_snapshots(settings)
    return read(settings)


def asked_for_points(double: QdrantDouble, call: Callable[[], object]) -> int:
    """How many requests for points a call makes."""
    before = len(double.requests)
    call()
    return sum(request.path.endswith(POINTS) for request in double.requests[before:])


def test_the_second_reading_asks_for_no_points_and_is_the_same(
    settings: Settings, double: QdrantDouble
) -> None:
    learn_nurses(settings)
    first = as_values(read(settings))
    found: list[SearchData] = []
    assert asked_for_points(double, lambda: found.append(read(settings))) == 0
    assert as_values(found[0]) == first == as_values(read_anew(settings))


def test_predictions_are_those_of_the_embedded_qdrant(
    settings: Settings, make_settings: Callable[..., Settings]
) -> None:
    embedded = make_settings(search__top=4, qdrant__retries=0)
    load(embedded, HashingEmbedder())

    def predictions(place: Settings) -> list[object]:
        return list(open_classifier(place, HashingEmbedder()).classify_batch(ADS))

    assert predictions(settings) == predictions(settings) == predictions(embedded)


WITHOUT_CLIENT = """
import sys
from isco.core.config import load_settings
from isco.core.embedding.identity import ModelIdentity
from isco.retriever.searching.reading import read_search_data
flags = dict(zip(("qdrant.mode", "qdrant.url", "data_dir"), ("server", *sys.argv[1:])))
model = ModelIdentity("hashing-double", "1", 32)
print(len(read_search_data(load_settings(environment={}, flags=flags), model).index.concepts))
print("qdrant_client" in sys.modules)
"""


def test_over_rest_nothing_of_its_client_is_needed(
    settings: Settings, double: QdrantDouble, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WITHOUT_CLIENT, double.url, str(tmp_path / "another")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == [str(len(LEAVES)), "False"]


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_pages_of_any_length_give_what_the_client_reads(
    settings: Settings, double: QdrantDouble, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(asking, "_PAGE", page)
    asked = as_values(read_anew(settings))
    monkeypatch.setattr(asking, "ask_indexed", lambda *_: None)
    assert asked == as_values(read_anew(settings))


@pytest.mark.parametrize(
    "trouble", [answer_with(503), cut_connection(), answer_with(200, raw="no page")]
)
def test_trouble_that_passes_is_left_to_the_client_which_tries_again(
    settings: Settings, double: QdrantDouble, pauses: list[float], trouble: Fault
) -> None:
    expected = as_values(read(settings))
    double.faults = [replace(trouble, path=".*/scroll")]
    patient = settings.qdrant.model_copy(update={"retries": 1})
    assert as_values(read_anew(settings.model_copy(update={"qdrant": patient}))) == expected
    assert double.faults == []


def test_a_server_of_short_pages_is_read_in_those(settings: Settings, double: QdrantDouble) -> None:
    expected = as_values(read(settings))
    double.limits = Limits(page=1, forced=True)
    assert as_values(read_anew(settings)) == expected


def forget(settings: Settings) -> None:
    assert remove_source(settings, "survey") == 1


def learn_otherwise(settings: Settings) -> None:
    """The same ad of the same source, with another code: their number stays."""
    rows = [replace(ADS[1], title="Galley wizard", isco_code="5120")]
    learn(settings, rows, "survey", lambda _: HashingEmbedder(), Silent())


def roll_back(settings: Settings) -> None:
    with OccupationStore(settings) as store:
        assert store.rollback().before is not None


def ingest(settings: Settings) -> None:
    load(settings, HashingEmbedder(), LEAVES[:3])


@pytest.mark.parametrize("change", [forget, learn_otherwise, ingest, roll_back])
def test_what_changes_is_seen_by_the_next_command(
    settings: Settings, double: QdrantDouble, change: Callable[[Settings], None]
) -> None:
    if change is roll_back:
        ingest(settings)
    learn_nurses(settings)
    before = as_values(read(settings))
    change(settings)
    now = as_values(read(settings))
    assert now != before
    assert asked_for_points(double, lambda: read(settings)) == 0
    assert as_values(read(settings)) == now == as_values(read_anew(settings))


def test_of_labelled_ads_alone_that_changed_the_taxonomy_is_not_read_again(
    settings: Settings, double: QdrantDouble
) -> None:
    read(settings)
    learn_nurses(settings)
    before = len(double.requests)
    assert len(read(settings).labelled) == 1
    scrolled = [one.path for one in double.requests[before:] if one.path.endswith("/scroll")]
    assert len(scrolled) == 1
    assert "labelled" in scrolled[0]


def test_of_ads_that_were_read_before_no_vector_is_read_again(
    settings: Settings, double: QdrantDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [replace(ADS[1], id=str(n), title=f"{n} nurses", isco_code="2221") for n in range(5)]
    learn(settings, rows[:3], "survey", lambda _: HashingEmbedder(), Silent())
    read(settings)
    again = [replace(rows[0], isco_code="5120"), *rows[3:4]]
    learn(settings, again, "survey", lambda _: HashingEmbedder(), Silent())
    found: list[Any] = []
    retrieve = LabelledAlias.retrieve

    def note(alias: LabelledAlias, name: str, ids: Sequence[Any]) -> Iterator[Any]:
        found.extend(ids)
        return retrieve(alias, name, ids)

    monkeypatch.setattr(LabelledAlias, "retrieve", note)
    now = as_values(read(settings))
    assert sorted(found) == sorted(labelled_point_id("survey", row.id) for row in again)
    monkeypatch.setattr(LabelledAlias, "retrieve", None)
    assert now == as_values(read_anew(settings))
    assert len(now[1]) == 4


def test_ads_that_are_being_learned_are_not_kept(settings: Settings, double: QdrantDouble) -> None:
    learn_nurses(settings)
    with OccupationStore(settings) as store, store.labelled().changing():
        read(settings)
        assert asked_for_points(double, lambda: read(settings)) == 1
    assert not list(settings.snapshots_path.glob("labelled-*"))


def test_ads_that_were_learned_while_they_were_read_are_not_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn_nurses(settings)

    def learn_meanwhile(*given: Any) -> list[Any]:
        monkeypatch.undo()
        learn_otherwise(settings)
        return read_labelled(*given)

    monkeypatch.setattr("isco.core.store.labelled.read_labelled", learn_meanwhile)
    assert read(settings).labelled[0].isco_code == "5120"
    assert not list(settings.snapshots_path.glob("labelled-*"))
    assert as_values(read(settings)) == as_values(read_anew(settings))


def test_a_reader_whose_version_is_pruned_in_the_middle_reads_the_next(
    settings: Settings,
) -> None:
    embedder = HashingEmbedder()
    settings = settings.model_copy(
        update={"qdrant": settings.qdrant.model_copy(update={"keep_collections": 1})}
    )
    seen: list[str] = []

    def accept(metadata: CollectionMetadata) -> None:
        seen.append(metadata.taxonomy)
        if len(seen) == 1:
            ingest(settings)

    with OccupationStore(settings) as store:
        data = read_store(store, settings, accept)
    assert len(seen) == 2
    assert len(data.index.concepts) == len(LEAVES[:3])
    assert as_values(data) == as_values(read_search_data(settings, embedder))


def test_trouble_while_the_version_in_use_is_read_is_told(
    settings: Settings, double: QdrantDouble
) -> None:
    double.faults = [answer_with(503, path=".*/scroll", times=2)]
    with pytest.raises(UnavailableError, match="made to answer 503"):
        read(settings)


def test_a_language_is_read_when_an_ad_needs_it_and_kept_from_then_on(
    settings: Settings, double: QdrantDouble
) -> None:
    load_two_languages(settings)
    data = read(settings)
    (folder,) = settings.snapshots_path.glob("taxonomy-*")
    assert [path.name for path in folder.iterdir()] == ["en"]
    german = index_values(data.indexes["de"])
    assert asked_for_points(double, lambda: read(settings).indexes["de"]) == 0
    assert index_values(read(settings).indexes["de"]) == german


def test_what_is_broken_is_read_again(settings: Settings, double: QdrantDouble) -> None:
    whole = as_values(read(settings))
    (folder,) = settings.snapshots_path.glob("taxonomy-*")
    (folder / "en" / "names_whole.npy").write_bytes(b"nothing")
    assert asked_for_points(double, lambda: read(settings)) == 1
    assert as_values(read(settings)) == whole


def test_another_server_has_one_of_its_own(
    settings: Settings, make_settings: Callable[..., Settings]
) -> None:
    read(settings)
    with QdrantDouble(CONTRACT) as other:
        there = make_settings(
            search__top=4, qdrant__mode="server", qdrant__url=other.url, qdrant__retries=0
        )
        load(there, HashingEmbedder(), LEAVES[:2])
        assert len(read(there).index.concepts) == 2
    assert len(read(settings).index.concepts) == len(LEAVES)


def test_a_server_that_is_away_is_an_error_though_all_is_kept(
    settings: Settings, double: QdrantDouble
) -> None:
    read(settings)
    double.close()
    with pytest.raises(UnavailableError, match="can't be reached"):
        read(settings)


def test_what_takes_long_is_said_the_first_time_alone(
    settings: Settings, double: QdrantDouble, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "isco.notes"):
        read(settings)
        read(settings)
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"reading ESCO v1.2.1 en (4 points) from {double.url}")
