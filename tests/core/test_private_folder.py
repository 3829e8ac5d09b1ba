"""Folders that nobody else can read, and those that somebody else may have written."""

import os
import pickle

import pytest

from isco.core.config import load_settings
from isco.core.errors import UnavailableError
from isco.core.private_folder import make_private, not_own
from isco.core.sqlite_file import SqliteFile
from isco.core.store import OccupationStore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no owners of this kind on Windows")

SOMEBODY = 4711


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data" / "qdrant"
    make_private(made / "collection")
    (made / "meta.json").write_text("{}")
    return made


def settings_of(tmp_path, **qdrant):
    flags = {"data_dir": tmp_path / "data", **{f"qdrant.{key}": v for key, v in qdrant.items()}}
    return load_settings(environment={}, flags=flags)


def test_what_is_made_is_for_its_user_alone(tmp_path, folder):
    with SqliteFile(tmp_path / "kept" / "answers.sqlite3", "", "the file"):
        pass
    made = (folder, folder.parent, folder / "collection", tmp_path / "kept")
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_one_s_own_is_one_s_own(folder):
    assert not_own(folder) is None


@pytest.mark.parametrize("part", ["", "collection", "meta.json"])
def test_what_everybody_can_write_is_not_opened(tmp_path, folder, part):
    (folder / part).chmod(0o777)
    with (
        pytest.raises(
            UnavailableError, match=r"can be written by everybody.*check_folder to false"
        ),
        OccupationStore(settings_of(tmp_path)),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("part", ["", "meta.json"])
def test_what_belongs_to_somebody_else_is_not_opened(tmp_path, folder, part):
    os.chown(folder / part, SOMEBODY, -1)
    with (
        pytest.raises(UnavailableError, match=rf"{part} belongs to another user \({SOMEBODY}\)"),
        OccupationStore(settings_of(tmp_path)),
    ):
        pass


class _Runs:
    """A pickle of it makes a file where it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_nothing_in_a_folder_of_others_is_run_unless_it_is_said_to_be_trusted(tmp_path):
    """Shown with a point that is a pickle of code, as anybody could put it there."""
    import sqlite3

    from qdrant_client import QdrantClient, models

    place, ran = tmp_path / "data" / "qdrant", tmp_path / "ran"
    client = QdrantClient(path=str(place))
    vectors = models.VectorParams(size=1, distance=models.Distance.DOT)
    client.create_collection("c", vectors_config=vectors)
    client.upsert("c", [models.PointStruct(id=1, vector=[1.0])])
    client.close()
    (file,) = place.glob("collection/*/storage.sqlite")
    with sqlite3.connect(file) as points:
        points.execute("UPDATE points SET point = ?", (pickle.dumps(_Runs(str(ran))),))
    points.close()
    file.chmod(0o666)
    with pytest.raises(UnavailableError), OccupationStore(settings_of(tmp_path)):
        pass
    assert not ran.exists()
    with pytest.raises(AttributeError), OccupationStore(settings_of(tmp_path, check_folder=False)):
        pass
    assert ran.exists()
