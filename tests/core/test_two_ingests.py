"""Two ingests at once on one server: one builds, the other says who does, and nothing is lost."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from isco.core.errors import AtWorkError, UnavailableError
from isco.core.settings import Settings
from isco.core.store import IndexedConcept, OccupationStore, builders
from isco.core.store.builders import Builder, at_work, begin_building, end_building, patience
from isco.taxonomy_versions import find_versions
from tests.support.few_leaves import LEAVES, described
from tests.support.qdrant_double import QdrantDouble, answer_with

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
AGO = (NOW - timedelta(seconds=30)).isoformat()


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    return settings_at_double(qdrant__retries=0, qdrant__upload_batch=2)


@pytest.fixture
def store(settings: Settings) -> Iterator[OccupationStore]:
    with OccupationStore(settings) as store:
        yield store


def interrupted(after: int, what: Callable[[], Any]) -> Iterator[IndexedConcept]:
    """All leaves, but after some of them something else happens first."""
    yield from LEAVES[:after]
    what()
    yield from LEAVES[after:]


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process is on another machine."""
    monkeypatch.setattr(builders, "_place", lambda: "another machine")


def names(store: OccupationStore) -> list[str]:
    return [info.name for info in store.collections()]


@pytest.mark.parametrize("after", [0, 2, 4])
def test_the_second_says_who_is_at_work_since_when_and_the_first_goes_on(
    store: OccupationStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    said: list[str] = []

    def second() -> None:
        assert [version.state for version in find_versions(settings)] == ["building"]
        with monkeypatch.context() as patch:
            elsewhere(patch)
            with (
                OccupationStore(settings) as other,
                pytest.raises(AtWorkError) as caught,
            ):
                other.build(described(), LEAVES)
        said.append(str(caught.value))
        assert caught.value.exit_code == 3

    name = store.build(described(), interrupted(after, second))
    assert names(store) == [name]
    assert store.require_active()[0].whole
    assert f"(process {os.getpid()}), at work since 20" in said[0]
    assert name in said[0]
    assert "--wait" in said[0]


def test_of_two_that_begin_at_once_the_later_gives_way(
    store: OccupationStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sees the other before both have made their collections."""
    made: list[str] = []

    def second() -> Iterator[IndexedConcept]:
        with OccupationStore(settings) as other:
            with monkeypatch.context() as patch:
                patch.setattr(OccupationStore, "clear_leftovers", lambda _: None)
                elsewhere(patch)
                with pytest.raises(AtWorkError):
                    other.build(described(), LEAVES)
            made.extend(names(other))
        yield from LEAVES

    name = store.build(described(), second())
    assert made == [name]
    assert names(store) == [name]


@pytest.mark.parametrize("after", [0, 2, 4])
def test_what_a_killed_one_left_is_cleared_at_once_where_that_can_be_seen(
    store: OccupationStore, settings: Settings, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    process = int(dead.stdout)
    left_by(store, monkeypatch, after, process=process)
    name = store.build(described(), LEAVES)
    assert names(store) == [name]


def left_by(
    store: OccupationStore, monkeypatch: pytest.MonkeyPatch, after: int = 2, **who: Any
) -> None:
    """An unfinished collection of another builder, killed in the middle."""

    def begin(moment: str) -> Builder:
        return replace(begin_building(moment), **who)

    with monkeypatch.context() as patch:
        patch.setattr("isco.core.store.building.begin_building", begin)
        patch.setattr(OccupationStore, "_forget", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            store.build(described(), interrupted(after, kill))


def kill() -> None:
    raise KeyboardInterrupt


def test_what_one_on_another_machine_left_is_cleared_when_it_has_rested(
    store: OccupationStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_by(store, monkeypatch, place="another machine", machine="node7")
    with pytest.raises(AtWorkError, match="isco ingest on node7"):
        store.build(described(), LEAVES)
    monkeypatch.setattr(builders, "patience", lambda _: 0.0)
    name = store.build(described(), LEAVES)
    assert names(store) == [name]


def test_what_failed_in_this_process_is_no_work_of_anybody(
    store: OccupationStore, double: QdrantDouble
) -> None:
    double.faults = [
        answer_with(400, method="PUT", path=".*/points"),
        answer_with(500, method="DELETE", path="/collections/.*"),
    ]
    with pytest.raises(UnavailableError, match="made to answer 400"):
        store.build(described(), LEAVES)
    assert len(names(store)) == 1
    name = store.build(described(), LEAVES)
    assert names(store) == [name]


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_collection_that_vanishes_while_it_is_built_is_explained(
    store: OccupationStore, settings: Settings, after: int
) -> None:
    old = store.build(described(), LEAVES)

    def delete() -> None:
        with OccupationStore(settings) as other:
            (new,) = set(names(other)) - {old}
            other._client.delete_collection(new)

    with pytest.raises(UnavailableError, match=r"which this command was building, is gone"):
        store.build(described(), interrupted(after, delete))
    assert store.require_active()[0].name == old
    assert names(store) == [old]


def test_a_collection_that_vanishes_while_all_are_listed_is_left_out(
    store: OccupationStore, double: QdrantDouble
) -> None:
    old = store.build(described(), LEAVES)
    new = store.build(described(), LEAVES)
    double.faults = [answer_with(404, path=f"/collections/{old}")]
    assert names(store) == [new]


def test_it_says_again_that_it_is_at_work(
    store: OccupationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setattr("isco.core.store.building.RENEWED_EVERY", 0.0)

    def look() -> None:
        (info,) = store.collections()
        seen.append(info.renewed)

    store.build(described(), interrupted(2, look))
    store.build(described(), [*LEAVES])
    (first,) = seen
    last = min(store.collections(), key=lambda info: info.stamp).renewed
    assert first is not None
    assert last is not None
    assert first < last


@pytest.mark.parametrize(
    ("who", "renewed", "working"),
    [
        ({"place": "other"}, AGO, True),
        ({"place": "other"}, (NOW - timedelta(days=1)).isoformat(), False),
        ({"process": 2**22 + 1}, AGO, False),
        ({"process": os.getppid()}, AGO, True),
        ({"token": "of an earlier build"}, AGO, False),
        ({}, AGO, True),
    ],
)
def test_who_may_be_at_work(
    settings: Settings, who: dict[str, Any], renewed: str, working: bool
) -> None:
    builder = begin_building(AGO)
    try:
        assert at_work(replace(builder, **who), renewed, settings.qdrant, NOW) == working
    finally:
        end_building(builder)
    assert not at_work(builder, renewed, settings.qdrant, NOW)


def test_patience_lasts_longer_than_all_retries(make_settings: Callable[..., Settings]) -> None:
    qdrant = make_settings(qdrant__timeout=60, qdrant__retries=5).qdrant
    assert patience(qdrant) > 6 * 60 + 5 * 15
