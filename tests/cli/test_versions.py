"""Versions of the taxonomy: which is in use, which one goes back to, which are cleared."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.errors import ConfigError, UnavailableError
from isco.core.store import CollectionMetadata, IndexedConcept, OccupationStore
from isco.core.store.collection_info import (
    CollectionInfo,
    bookkeeping,
    choose,
    superseded,
    unfinished,
)
from isco.core.store.metadata import BUILDING, READY, collection_name
from isco.taxonomy_versions import find_versions, roll_back
from tests.support.doubles import HashingEmbedder, make_concept

ALIAS = "isco_occupations"


def metadata(version="v1.2.0", **changes):
    values = {
        "taxonomy": "ESCO",
        "taxonomy_version": version,
        "language": "en",
        "model": "double",
        "model_revision": "1",
        "dimension": 8,
        "embedding_options": {},
        "document_template": "{label}",
        "source_checksum": version,
        "points": 1,
        "leaves": 1,
        "labels": 1,
        "codes": 1,
    }
    return CollectionMetadata(**{**values, **changes})


def found(day, activated=None, **changes):
    """A collection made on that day of January, and put into use on the day `activated`."""
    name = collection_name(metadata(), datetime(2026, 1, day, tzinfo=UTC))
    since = f"2026-01-{activated:02}T00:00:00.000+00:00" if activated else None
    values = {
        "name": name,
        "points": 1,
        "state": READY,
        "in_use": False,
        "metadata": metadata(),
        "alias": ALIAS,
        "activated": since,
    }
    return CollectionInfo(**{**values, **changes})


def indexed(label):
    embedder = HashingEmbedder(8)
    leaf = make_concept("2512", label)
    vectors = embedder.embed_documents([label])
    grams = np.array([1, 2], dtype=np.int64), np.array([1, 1], dtype=np.float32)
    return IndexedConcept(leaf, vectors[0], vectors, grams)


@pytest.fixture
def store(make_settings):
    with OccupationStore(make_settings(qdrant__mode="memory")) as opened:
        yield opened


def build(store, version, **changes):
    return store.build(metadata(version, **changes), [indexed(f"developer of {version}")])


def in_use(store):
    return store.require_active()[0].name


def labels_in_use(store):
    return [leaf.label for leaf in store.read_concepts(in_use(store))]


class TestRollback:
    def test_the_version_before_answers_again(self, store):
        first, second = build(store, "v1.2.0"), build(store, "v1.2.1")
        switch = store.rollback()
        assert (switch.before.name, switch.after.name) == (second, first)
        assert switch.after.in_use
        assert labels_in_use(store) == ["developer of v1.2.0"]
        assert {info.name for info in store.collections()} == {first, second}

    def test_a_second_one_does_not_come_back(self, store):
        first, second = build(store, "v1.2.0"), build(store, "v1.2.1")
        store.rollback()
        with pytest.raises(UnavailableError, match="nothing to go back to") as caught:
            store.rollback()
        assert first in str(caught.value)
        assert f"isco rollback --to {second} goes forward" in str(caught.value)
        assert in_use(store) == first

    def test_a_version_by_name_may_be_newer(self, store):
        build(store, "v1.2.0")
        second = build(store, "v1.2.1")
        store.rollback()
        assert store.rollback(second).after.name == in_use(store) == second

    def test_the_version_in_use_by_name_changes_nothing(self, store):
        name = build(store, "v1.2.0")
        since = store.active().activated
        switch = store.rollback(name)
        assert switch.before == switch.after
        assert store.active().activated == since

    def test_an_unknown_name_is_refused_and_the_known_ones_are_told(self, store):
        name = build(store, "v1.2.0")
        with pytest.raises(ConfigError, match=name):
            store.rollback("isco_occupations__nonsense")

    def test_with_one_version_there_is_nothing_to_go_back_to(self, store):
        name = build(store, "v1.2.0")
        with pytest.raises(UnavailableError, match=f"{name} is the oldest") as caught:
            store.rollback()
        assert caught.value.exit_code == 3

    def test_before_the_first_ingest_the_next_step_is_told(self, store):
        with pytest.raises(UnavailableError, match="run isco ingest"):
            store.rollback()

    def test_when_what_is_in_use_is_gone_the_last_that_was_serves_again(self, store):
        first, second = build(store, "v1.2.0"), build(store, "v1.2.1")
        store._client.delete_collection(second)
        switch = store.rollback()
        assert (switch.before, switch.after.name) == (None, first)
        assert labels_in_use(store) == ["developer of v1.2.0"]

    def test_one_that_this_release_can_t_read_is_gone_back_from(self, store):
        first, second = build(store, "v1.2.0"), build(store, "v1.2.1")
        store._client.update_collection(second, metadata={"schema_version": 99})
        switch = store.rollback()
        assert (switch.before.name, switch.after.name) == (second, first)

    def test_an_ingest_after_it_keeps_what_was_in_use_not_what_was_given_up(self, store):
        good = build(store, "v1.2.0")
        build(store, "v1.2.1")
        store.rollback()
        mended = build(store, "v1.2.2")
        assert {info.name for info in store.collections()} == {good, mended}
        assert store.rollback().after.name == good

    def test_a_version_that_lost_points_is_none_to_go_back_to(self, store):
        first = build(store, "v1.2.0")
        build(store, "v1.2.1")
        store._client.delete(first, [store._client.scroll(first)[0][0].id])
        with pytest.raises(UnavailableError, match="nothing to go back to"):
            store.rollback()

    def test_the_alias_moves_in_one_operation(self, store, monkeypatch):
        build(store, "v1.2.0")
        build(store, "v1.2.1")
        moves = []
        move = store._client.update_collection_aliases
        monkeypatch.setattr(
            store._client,
            "update_collection_aliases",
            lambda operations: moves.append(operations) or move(operations),
        )
        store.rollback()
        assert [len(operations) for operations in moves] == [2]


class TestChoice:
    """`choose`: what a rollback goes to."""

    def test_the_one_in_use_last_among_the_older(self):
        # 2 was given up for 1, then 3 came.
        current = found(3, activated=4, in_use=True)
        chosen = choose(
            current, [current, found(2, activated=2), found(1, activated=3)], ALIAS, None
        )
        assert chosen.created.day == 1

    def test_what_was_never_in_use_is_passed_over(self):
        current = found(3, activated=3, in_use=True)
        chosen = choose(current, [current, found(2), found(1, activated=1)], ALIAS, None)
        assert chosen.created.day == 1

    def test_what_another_alias_keeps_is_passed_over(self):
        current = found(3, activated=3, in_use=True)
        others = [found(2, activated=2, alias="isco_de"), found(1, activated=1)]
        assert choose(current, [current, *others], ALIAS, None).created.day == 1

    def test_a_collection_of_an_earlier_release_counts_as_having_been_in_use(self):
        current = found(3, activated=3, in_use=True)
        assert choose(current, [current, found(2, alias=None)], ALIAS, None).created.day == 2


class TestClearing:
    """`unfinished` and `superseded`: what an ingest deletes."""

    @pytest.mark.parametrize(
        "left",
        [
            found(2, state=BUILDING),
            found(2, state=BUILDING, alias=None),
            found(2),
            found(2, activated=2, points=0),
        ],
        ids=["killed while building", "of an earlier release", "killed before the swap", "pruning"],
    )
    def test_what_a_killed_ingest_left_is_cleared(self, left):
        assert unfinished([left], ALIAS) == [left]
        assert superseded([left], ALIAS, 0) == []

    @pytest.mark.parametrize(
        "kept",
        [
            found(2, activated=2),
            found(2, alias=None),
            found(2, state=BUILDING, alias="isco_de"),
            found(2, alias="isco_de"),
            found(2, state=None, metadata=None),
            found(2, metadata=None),
        ],
        ids=[
            "served",
            "earlier release",
            "other's building",
            "other's",
            "foreign",
            "newer release",
        ],
    )
    def test_nothing_else_is(self, kept):
        assert unfinished([kept], ALIAS) == []

    def test_those_last_in_use_are_kept(self):
        unused = [found(3, activated=3), found(2, activated=2), found(1, activated=4)]
        assert superseded(unused, ALIAS, 1) == [unused[0].name, unused[1].name]
        assert superseded(unused, ALIAS, 3) == []

    def test_versions_of_another_alias_are_not_pruned(self):
        assert superseded([found(1, activated=1, alias="isco_de")], ALIAS, 0) == []

    def test_a_collection_verified_but_never_in_use_does_not_push_out_the_version_before(
        self, store, monkeypatch
    ):
        first = build(store, "v1.2.0")
        with monkeypatch.context() as patch:
            patch.setattr(
                OccupationStore, "_swap", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
            )
            with pytest.raises(KeyboardInterrupt):
                build(store, "v1.2.1")
        assert in_use(store) == first
        last = build(store, "v1.2.2")
        assert {info.name for info in store.collections()} == {first, last}

    def test_one_that_serves_without_knowing_it_is_marked_before_it_is_replaced(
        self, store, monkeypatch
    ):
        with monkeypatch.context() as patch:
            patch.setattr(OccupationStore, "_mark_activated", lambda *_: None)
            first = build(store, "v1.2.0")
        assert store.active().activated is None
        second = build(store, "v1.2.1")
        assert store.rollback().after.name == first
        assert {info.name for info in store.collections()} == {first, second}


class TestCommands:
    @pytest.fixture
    def isco(self, tmp_path):
        """Run a command on a folder; gives the result of click's runner."""

        def run(*arguments):
            return CliRunner().invoke(cli, [*arguments, "--set", f"data_dir={tmp_path / 'data'}"])

        return run

    @pytest.fixture
    def two(self, make_settings):
        with OccupationStore(make_settings()) as store:
            return build(store, "v1.2.0"), build(store, "v1.2.1", model="other")

    def test_versions_lists_the_newest_first_and_says_which_is_in_use(self, isco, two):
        answer = json.loads(isco("versions", "--json").stdout)
        assert answer["alias"] == ALIAS
        assert [v["collection"] for v in answer["versions"]] == [two[1], two[0]]
        assert [v["in_use"] for v in answer["versions"]] == [True, False]
        newest = answer["versions"][0]
        assert (newest["taxonomy"], newest["version"], newest["language"]) == (
            "ESCO", "v1.2.1", "en",
        )  # fmt: skip
        assert (newest["model"], newest["points"], newest["state"]) == ("other", 1, "ready")
        assert datetime.fromisoformat(newest["created"]).tzinfo is not None

    def test_versions_as_a_table_names_what_rollback_can_be_given(self, isco, two):
        shown = isco("versions").stdout
        assert all(name in shown for name in two)
        (line,) = [line for line in shown.splitlines() if "in use" in line]
        assert "v1.2.1" in line

    def test_before_the_first_ingest_versions_is_empty_and_makes_no_folder(
        self, isco, make_settings
    ):
        result = isco("versions", "--json")
        assert (result.exit_code, json.loads(result.stdout)["versions"]) == (0, [])
        assert not make_settings().data_dir.exists()

    def test_rollback_says_from_what_to_what_and_which_model_is_needed(self, isco, two):
        result = isco("rollback")
        before, after = result.stdout.splitlines()[:2]
        assert (before.split()[0], after.split()[0]) == ("from", "to")
        assert "ESCO v1.2.1 en" in before
        assert two[1] in before
        assert "ESCO v1.2.0 en" in after
        assert two[0] in after
        assert "double@1, not other@1" in result.output

    def test_rollback_as_json(self, isco, two):
        answer = json.loads(isco("rollback", "--json").stdout)
        assert (answer["from"]["collection"], answer["to"]["collection"]) == (two[1], two[0])
        assert answer["changed"] is True
        again = json.loads(isco("rollback", "--json", "--to", two[0]).stdout)
        assert again["changed"] is False

    def test_rollback_in_an_empty_place_makes_no_folder(self, make_settings):
        settings = make_settings()
        with pytest.raises(UnavailableError, match="nothing to go back to"):
            roll_back(settings)
        assert not settings.data_dir.exists()

    def test_a_left_over_is_told_from_a_version(self, make_settings):
        settings = make_settings()
        with OccupationStore(settings) as store:
            build(store, "v1.2.0")
            debris = collection_name(metadata("v1.2.1"), datetime(2020, 1, 1, tzinfo=UTC))
            store._client.create_collection(
                debris,
                vectors_config={},
                metadata=bookkeeping(debris, metadata("v1.2.1"), BUILDING, ALIAS, None),
            )
        assert {v.collection: v.state for v in find_versions(settings)}[debris] == "left over"


class TestEmbeddedFolder:
    def test_a_kill_while_the_list_of_collections_is_written_loses_none(
        self, make_settings, monkeypatch
    ):
        settings = make_settings()
        with OccupationStore(settings) as store:
            first = build(store, "v1.2.0")

        real = json.dumps

        def half(value, *args, **kwargs):
            if isinstance(value, dict) and "aliases" in value:
                raise OSError(28, "No space left on device")
            return real(value, *args, **kwargs)

        with OccupationStore(settings) as store:
            monkeypatch.setattr("qdrant_client.local.qdrant_local.json.dumps", half)
            with pytest.raises(UnavailableError, match="No space left"):
                build(store, "v1.2.1")
            monkeypatch.undo()
        with OccupationStore(settings) as store:
            assert in_use(store) == first
            assert labels_in_use(store) == ["developer of v1.2.0"]

    def test_files_that_no_list_knows_are_removed_by_the_next_build(self, make_settings):
        settings = make_settings()
        orphan = collection_name(metadata("v1.2.1"), datetime(2020, 1, 1, tzinfo=UTC))
        folder = Path(settings.qdrant_path) / "collection"
        for name in (orphan, "products"):
            (folder / name).mkdir(parents=True)
        with OccupationStore(settings) as store:
            name = build(store, "v1.2.0")
        assert {path.name for path in folder.iterdir()} == {name, "products"}


def test_moments_of_making_and_of_use_sort_together_by_time():
    order = [found(1), found(2, activated=5), found(9)]
    assert sorted(order, key=lambda info: info.last_served) == order
