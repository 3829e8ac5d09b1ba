"""A name that is there stands for content that is whole, after a power cut too."""

import os
from pathlib import Path

import pytest

from isco.core.atomic_write import put_in_place


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was brought onto the disk and what was renamed, in that order."""
    made: list[tuple[str, str]] = []
    sync, replace = os.fsync, Path.replace

    def recorded_sync(descriptor: int) -> None:
        made.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        sync(descriptor)

    def recorded_replace(self: Path, target: Path) -> Path:
        made.append(("rename", target.name))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", recorded_sync)
    monkeypatch.setattr(Path, "replace", recorded_replace)
    return made


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux' /proc")


@needs_proc
def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_after_it(tmp_path, events):
    unfinished, path = tmp_path / "unfinished", tmp_path / "whole"
    unfinished.write_text("new")
    path.write_text("old")
    put_in_place(unfinished, path)
    assert path.read_text() == "new"
    assert not unfinished.exists()
    assert events == [("sync", "unfinished"), ("rename", "whole"), ("sync", tmp_path.name)]


@needs_proc
def test_all_files_of_a_folder_are_on_the_disk_before_it_has_its_name(tmp_path, events):
    unfinished, path = tmp_path / "unfinished", tmp_path / "whole"
    (unfinished / "inner").mkdir(parents=True)
    (unfinished / "a").write_text("a")
    (unfinished / "inner" / "b").write_text("b")
    put_in_place(unfinished, path)
    assert (path / "inner" / "b").read_text() == "b"
    before = {name for _, name in events[: events.index(("rename", "whole"))]}
    assert before == {"unfinished", "a", "inner", "b"}
    assert events[-1] == ("sync", tmp_path.name)


def test_a_disk_that_is_full_leaves_the_name_with_what_it_had(tmp_path, monkeypatch):
    unfinished, path = tmp_path / "unfinished", tmp_path / "whole"
    unfinished.write_text("new")
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put_in_place(unfinished, path)
    assert path.read_text() == "old"


def test_a_file_system_that_can_not_sync_a_folder_is_no_reason_to_fail(tmp_path, monkeypatch):
    unfinished, path = tmp_path / "unfinished", tmp_path / "whole"
    unfinished.write_text("new")
    sync = os.fsync

    def files_only(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    put_in_place(unfinished, path)
    assert path.read_text() == "new"
