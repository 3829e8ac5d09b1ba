"""What was read from Qdrant is kept, stands for one state, and fails no command."""

import itertools
import json
import os
import pickle
import shutil
import sqlite3
from contextlib import nullcontext
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

from isco.core import array_folder
from isco.core.errors import ModelMismatchError, UnavailableError
from isco.core.progress import Silent
from isco.core.records import Ad, Kind
from isco.core.store import OccupationStore
from isco.core.store.folder_state import folder_state
from isco.ingest.load import ingest as ingest_source
from isco.retriever.factory import keep_search_data, open_classifier, read_search_data
from isco.retriever.learning.learn import learn, remove_source
from isco.retriever.learning.refitting import refit
from isco.retriever.running.ad_archive import open_archive
from isco.retriever.running.opening import open_run, predictions
from isco.retriever.searching import snapshot
from isco.retriever.searching.snapshot import clear_snapshots, snapshots_size
from tests.support.doubles import HashingEmbedder, index_leaves
from tests.support.learned import learned_fit
from tests.support.small_taxonomy import LEAVES, load

ADS = [
    Ad("1", "Pastry baker (m/f/d)", "You will bake bread at night.", 1, 1, language="en"),
    Ad("2", "Ward nurse", "You will care for the patients of one ward.", 2, 2, language="en"),
]


@pytest.fixture
def settings(make_settings):
    settings = make_settings(search__top=4, qdrant__retries=0)
    load(settings, HashingEmbedder())
    return settings


def read(settings):
    return read_search_data(settings, HashingEmbedder())


def read_with_qdrant_away(settings):
    """The data as they are read while another process has the folder."""
    with OccupationStore(settings):
        return read(settings)


def read_anew(settings, tmp_path):
    """The data as Qdrant has them: there is no snapshot in this other data_dir."""
    empty = settings.model_copy(
        update={
            "data_dir": tmp_path / "elsewhere",
            "qdrant": settings.qdrant.model_copy(update={"path": settings.qdrant_path}),
        }
    )
    clear_snapshots(empty)
    return read(empty)


def snapshots(settings):
    return sorted(settings.snapshots_path.glob("taxonomy-*"))


def learn_nurses(settings):
    rows = [replace(ADS[1], title="Galley wizard", isco_code="2221")]
    learn(settings, rows, "survey", lambda _: HashingEmbedder(), Silent())


def as_values(data):
    """All of it in a form that can be compared."""
    vectors = {ad.id: (ad.vector.dtype, ad.vector.tobytes()) for ad in data.labelled}
    labelled = [
        [getattr(ad, field.name) for field in fields(ad) if field.name != "vector"]
        for ad in data.labelled
    ]
    return (
        index_values(data.index), vectors, labelled, data.metadata,
        data.fit and data.fit.as_dict(),
    )  # fmt: skip


def index_values(index):
    arrays = {name: getattr(index, name) for name in ("dense", "code_row", "classifier")}
    arrays |= {field.name: getattr(index.names, field.name) for field in fields(index.names)}
    for name in ("lexical", "words"):
        if (rows := getattr(index, name)) is not None:
            parts = ("columns", "ends", "rows", "values")
            arrays |= {f"{name} {part}": getattr(rows, part) for part in parts}
            arrays[f"{name} size"] = np.array(rows.size)
    arrays = {
        name: None if array is None else (array.dtype, array.shape, array.tobytes())
        for name, array in arrays.items()
    }
    return arrays, index.concepts, dict(index.titles)


def test_the_second_reading_is_the_same_and_needs_no_qdrant(settings):
    learn_nurses(settings)
    first = as_values(read(settings))
    assert as_values(read_with_qdrant_away(settings)) == first


def test_without_a_snapshot_the_folder_s_lock_is_needed(settings):
    with pytest.raises(UnavailableError, match="in use by another process"):
        read_with_qdrant_away(settings)


def test_one_that_another_process_takes_meanwhile_is_enough(settings, monkeypatch):
    whole = as_values(read(settings))
    found = iter([None, snapshot.recall(settings, snapshot.state_to_keep(settings))])
    monkeypatch.setattr("isco.retriever.searching.reading.recall", lambda *_: next(found))
    assert as_values(read_with_qdrant_away(settings)) == whole


def test_its_arrays_are_mapped_and_can_t_be_written(settings):
    read(settings)
    index = read(settings).index
    names = (index.names.whole, index.names.starts)
    assert not any(array.flags.writeable for array in (index.dense, *names))


def test_a_process_beside_this_one_maps_what_is_kept_and_is_sent_none_of_it(settings):
    read(settings)
    data = read(settings)
    sent = pickle.dumps(data.for_this_machine())
    assert len(sent) < len(pickle.dumps(data)) / 2
    assert as_values(pickle.loads(sent)) == as_values(data)
    assert not pickle.loads(sent).index.names.whole.flags.writeable


def test_predictions_from_it_are_those_from_qdrant(settings):
    learn_nurses(settings)
    from_qdrant = open_classifier(settings, HashingEmbedder()).classify_batch(ADS)
    with OccupationStore(settings):
        from_snapshot = open_classifier(settings, HashingEmbedder()).classify_batch(ADS)
    assert from_snapshot == from_qdrant


def ingest(settings):
    load(settings, HashingEmbedder())


def roll_back(settings):
    with OccupationStore(settings) as store:
        assert store.rollback().before is not None


def forget(settings):
    assert remove_source(settings, "survey") == 1


def note(settings):
    with OccupationStore(settings) as store:
        store.labelled().set_fit(learned_fit())


def keep_ads(settings):
    with (
        open_run(settings, predictions, HashingEmbedder()) as run,
        open_archive(settings, run) as archive,
    ):
        for _, found in run.executor.run([ADS]):
            archive.write(found)


@pytest.mark.parametrize("change", [ingest, roll_back, learn_nurses, forget, note, keep_ads])
def test_after_every_change_qdrant_is_read_again(settings, tmp_path, change):
    ingest(settings)
    if change in (forget, note):
        learn_nurses(settings)
    before = read(settings)
    change(settings)
    with pytest.raises(UnavailableError, match="in use by another process"):
        read_with_qdrant_away(settings)
    now = read(settings)
    assert as_values(now) == as_values(read_anew(settings, tmp_path))
    assert (as_values(now) == as_values(before)) == (change in (ingest, roll_back, keep_ads))
    assert as_values(read_with_qdrant_away(settings)) == as_values(now)
    assert len(snapshots(settings)) == (2 if change in (ingest, roll_back) else 1)


def test_after_an_ingest_that_keeps_what_a_run_needs_no_qdrant_is_opened(settings):
    clear_snapshots(settings)
    keep = partial(keep_search_data, settings)
    ingest_source(settings, "starter", lambda _: HashingEmbedder(), Silent(), force=True, keep=keep)
    kept = as_values(read_with_qdrant_away(settings))
    clear_snapshots(settings)
    assert as_values(read(settings)) == kept


def test_after_a_refit_no_qdrant_is_opened(settings):
    learn_nurses(settings)
    refit(settings, lambda _: HashingEmbedder(), Silent())
    kept = as_values(read_with_qdrant_away(settings))
    clear_snapshots(settings)
    assert as_values(read(settings)) == kept


def test_a_store_in_memory_keeps_nothing_for_other_commands(make_settings):
    settings = make_settings(qdrant__mode="memory")
    with OccupationStore(settings) as store:
        keep_search_data(settings, store)
    assert not settings.snapshots_path.exists()


def test_of_each_kind_the_two_are_kept_that_were_used_last(settings):
    moments = itertools.count(1)
    for _ in range(3):
        ingest(settings)
        learn_nurses(settings)
        read(settings)
        for path in settings.snapshots_path.iterdir():
            if path.stat().st_mtime > 1e6:
                os.utime(path, (at := next(moments), at))
    kinds = [path.name.split("-")[0] for path in settings.snapshots_path.iterdir()]
    assert sorted(kinds) == ["labelled", "labelled", "said", "taxonomy", "taxonomy"]
    assert as_values(read_with_qdrant_away(settings)) == as_values(read(settings))


def load_two_languages(settings):
    """The small taxonomy in English and in German, with words and a head of each."""
    names = {"cook": "Koch", "baker": "Bäcker", "truck driver": "Lkw-Fahrer", "nurse": "Pfleger"}
    german = [
        replace(leaf, label=names[leaf.label], alt_labels=(), language="de") for leaf in LEAVES
    ]
    embedder = HashingEmbedder()
    points = [
        replace(point, head=np.zeros(33, dtype=np.float32), words=(np.array([row]), np.ones(1)))
        for leaves in (LEAVES, german)
        for row, point in enumerate(index_leaves(leaves, embedder))
    ]
    with OccupationStore(settings) as store:
        _, metadata = store.require_active()
        store.build(replace(metadata, language="en,de", points=len(points)), points)


@pytest.fixture
def two_languages(settings):
    load_two_languages(settings)
    return settings


def test_every_language_comes_back_as_it_was(two_languages):
    first = {
        language: index_values(index) for language, index in read(two_languages).indexes.items()
    }
    again = read_with_qdrant_away(two_languages).indexes
    assert list(again) == ["en", "de"]
    assert {language: index_values(index) for language, index in again.items()} == first
    assert [concept.label for concept in again["de"].concepts] == [
        "Pfleger", "Koch", "Bäcker", "Lkw-Fahrer",
    ]  # fmt: skip
    assert [concept.main_label for concept in again["de"].concepts] == [
        concept.label for concept in again["en"].concepts
    ]


@pytest.mark.parametrize(
    "break_it", [shutil.rmtree, lambda folder: cut_off_in(folder, "words_values")]
)
def test_a_further_language_that_is_broken_costs_nothing_until_an_ad_needs_it(
    two_languages, break_it
):
    whole = read(two_languages)
    german = index_values(whole.indexes["de"])
    (folder,) = snapshots(two_languages)
    break_it(folder / "de")
    kept = read_with_qdrant_away(two_languages)
    assert as_values(kept) == as_values(whole)
    assert index_values(kept.indexes["de"]) == german


def test_a_new_taxonomy_is_searched_by_the_next_command(settings):
    read(settings)
    with OccupationStore(settings) as store:
        info, metadata = store.require_active()
        points = store.read_indexed(info.name)[1:]
        store.build(replace(metadata, points=len(points)), points)
    assert len(read(settings).index.concepts) == len(LEAVES) - 1


def cut_off(folder):
    cut_off_in(folder / "en", "names_whole")


def cut_off_in(folder, array):
    path = folder / f"{array}.npy"
    path.write_bytes(path.read_bytes()[:-8])


def emptied(folder):
    (folder / "en" / "names_whole.npy").write_bytes(b"")


def flipped(folder):
    path = folder / "en" / "dense.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def without_a_file(folder):
    (folder / "en" / "names_starts.npy").unlink()


def without_its_main_language(folder):
    shutil.rmtree(folder / "en")


def without_checksums(folder):
    (folder / "en" / "checksums.json").unlink()


def with_garbage_for_checksums(folder):
    (folder / "en" / "checksums.json").write_text("[1, 2]")


def with_other_content(folder):
    set_content(folder / "en", json.dumps({"concepts": []}).encode())


def with_metadata_of_another_schema(folder):
    (said,) = folder.parent.glob("said-*")
    content = json.loads((said / "content.json").read_text())
    content["in_use"]["metadata"]["schema_version"] += 1
    set_content(said, json.dumps(content).encode())


def set_content(folder, content, name="content.json"):
    """A file with a checksum that fits."""
    (folder / name).write_bytes(content)
    checksums = json.loads((folder / "checksums.json").read_text())
    checksums[name] = array_folder._checksum(folder / name)
    (folder / "checksums.json").write_text(json.dumps(checksums))


@pytest.mark.parametrize(
    "break_it",
    [
        cut_off, emptied, flipped, without_a_file, without_its_main_language, without_checksums,
        with_garbage_for_checksums, with_other_content, with_metadata_of_another_schema,
    ],
)  # fmt: skip
def test_a_broken_one_is_read_from_qdrant_and_replaced(settings, break_it):
    whole = as_values(read(settings))
    (folder,) = snapshots(settings)
    break_it(folder)
    with pytest.raises(UnavailableError, match="in use by another process"):
        read_with_qdrant_away(settings)
    assert as_values(read(settings)) == whole
    assert as_values(read_with_qdrant_away(settings)) == whole


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a snapshot was executed",))


def test_nothing_in_it_is_ever_executed(settings, tmp_path):
    whole = as_values(read(settings))
    (folder,) = snapshots(settings)
    trap = tmp_path / "trap.npy"
    np.save(trap, np.array([Trap()], dtype=object), allow_pickle=True)
    set_content(folder / "en", trap.read_bytes(), "names_whole.npy")
    assert as_values(read(settings)) == whole
    (folder,) = snapshots(settings)
    set_content(folder / "en", pickle.dumps(Trap()), "names_whole.npy")
    assert as_values(read(settings)) == whole


def test_a_copied_data_folder_has_its_snapshots_with_it(settings, tmp_path, monkeypatch):
    learn_nurses(settings)
    whole = as_values(read(settings))
    shutil.copytree(settings.data_dir, tmp_path / "copy")
    copied = settings.model_copy(update={"data_dir": tmp_path / "copy"})
    before = sorted(path.name for path in copied.snapshots_path.iterdir())
    monkeypatch.setattr(OccupationStore, "read_indexed", None)
    assert as_values(read(copied)) == whole
    assert sorted(path.name for path in copied.snapshots_path.iterdir()) == before


def test_one_of_another_version_does_not_count_and_is_removed(settings, monkeypatch):
    monkeypatch.setattr(snapshot, "__version__", "0.0.0")
    read(settings)
    (old,) = snapshots(settings)
    monkeypatch.undo()
    with pytest.raises(UnavailableError, match="in use by another process"):
        read_with_qdrant_away(settings)
    read(settings)
    (new,) = snapshots(settings)
    assert new != old


def test_a_place_that_can_t_be_written_costs_time_alone(settings):
    settings.snapshots_path.write_text("no folder")
    assert as_values(read(settings)) == as_values(read(settings))
    assert settings.snapshots_path.read_text() == "no folder"


def test_what_a_killed_process_left_is_removed(settings):
    left = settings.snapshots_path / ".unfinished-1-x"
    left.mkdir(parents=True)
    read(settings)
    assert not left.exists()
    assert len(snapshots(settings)) == 1


def test_other_kinds_have_one_of_their_own(settings, make_settings):
    load(settings, HashingEmbedder(), [LEAVES[0], replace(LEAVES[1], kind=Kind.INNER)])
    leaves_alone = make_settings(search__top=4, qdrant__retries=0, search__kinds=["leaf"])
    for _ in range(2):
        assert len(read(settings).index.concepts) == 2
        assert len(read(leaves_alone).index.concepts) == 1
    assert len(snapshots(settings)) == 2
    assert len(read_with_qdrant_away(leaves_alone).index.concepts) == 1


def test_another_model_is_refused_with_both_names(settings):
    read(settings)
    embedder = HashingEmbedder()
    embedder.name = "another"
    for place in (nullcontext(), OccupationStore(settings)):
        with place, pytest.raises(ModelMismatchError, match=r"hashing-double@1 .*another@1"):
            read_search_data(settings, embedder)


def test_memory_keeps_none(make_settings):
    settings = make_settings(qdrant__mode="memory")
    with pytest.raises(UnavailableError, match="run isco ingest"):
        read(settings)
    assert not settings.snapshots_path.exists()


def test_its_size_is_known_and_it_can_be_cleared(settings):
    assert snapshots_size(settings) == 0
    read(settings)
    assert snapshots_size(settings) > 0
    clear_snapshots(settings)
    assert snapshots_size(settings) == 0
    read(settings)


# The state of a folder


def test_opening_and_reading_a_folder_does_not_change_its_state(settings):
    before = folder_state(settings.qdrant_path)
    with OccupationStore(settings) as store:
        assert folder_state(settings.qdrant_path) == before
        store.read_indexed(store.require_active()[0].name)
        store.collections()
        store.labelled().sources()
    assert folder_state(settings.qdrant_path) == before is not None


def test_a_change_is_seen_though_size_and_times_stay(settings):
    path = next(settings.qdrant_path.rglob("storage.sqlite"))
    before, state = path.stat(), folder_state(settings.qdrant_path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE points SET point = x'00' WHERE rowid = 1")
    connection.commit()
    connection.close()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    now = path.stat()
    assert (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert folder_state(settings.qdrant_path) != state


def test_a_folder_without_qdrant_has_no_state(tmp_path):
    assert folder_state(tmp_path) is None
    assert folder_state(tmp_path / "away") is None
