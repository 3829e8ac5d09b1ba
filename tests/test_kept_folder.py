"""What is kept between runs of the tests is whole, of its key, and nobody else's to write."""

import multiprocessing
from pathlib import Path

import pytest

from tests.support.kept_folder import content_key, copy_kept


class Maker:
    """Fills folders, and counts them."""

    def __init__(self) -> None:
        self.made = 0
        self.before: str | None = None

    def __call__(self, folder: Path, before: Path | None) -> None:
        self.made += 1
        self.before = before and (before / "deep" / "file").read_text()
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("whole")


@pytest.fixture
def make() -> Maker:
    return Maker()


def test_what_is_kept_is_made_once_and_copied(tmp_path: Path, make: Maker) -> None:
    copies = [tmp_path / name for name in ("one", "two")]
    for target in copies:
        copy_kept(tmp_path / "kept", "key", make, target)
        assert (target / "deep" / "file").read_text() == "whole"
        (target / "deep" / "file").write_text("written to")
    assert make.made == 1


def test_another_key_is_made_anew_and_the_old_one_goes(tmp_path: Path, make: Maker) -> None:
    for key in ("old", "new"):
        copy_kept(tmp_path / "kept", key, make, tmp_path / key)
    assert make.made == 2
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "lock",
        "new",
        "new.json",
    ]


@pytest.mark.parametrize("damage", ["changed", "lost", "half made"])
def test_what_is_damaged_is_made_again(tmp_path: Path, make: Maker, damage: str) -> None:
    kept = tmp_path / "kept"
    copy_kept(kept, "key", make, tmp_path / "one")
    if damage == "changed":
        (kept / "key" / "deep" / "file").write_text("damaged")
    elif damage == "lost":
        (kept / "key" / "deep" / "file").unlink()
    else:
        (kept / "key.json").unlink()
    copy_kept(kept, "key", make, tmp_path / "two")
    assert make.made == 2
    assert (tmp_path / "two" / "deep" / "file").read_text() == "whole"


@pytest.mark.parametrize(("content", "seen"), [("whole", "whole"), ("damaged", None)])
def test_what_was_kept_under_another_key_is_shown_if_it_is_whole(
    tmp_path: Path, make: Maker, content: str, seen: str | None
) -> None:
    copy_kept(tmp_path / "kept", "old", make, tmp_path / "one")
    assert make.before is None
    (tmp_path / "kept" / "old" / "deep" / "file").write_text(content)
    copy_kept(tmp_path / "kept", "new", make, tmp_path / "two")
    assert make.before == seen


def test_nothing_is_kept_of_what_could_not_be_made(tmp_path: Path, make: Maker) -> None:
    def fail(folder: Path, before: Path | None) -> None:
        (folder / "file").write_text("half")
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        copy_kept(tmp_path / "kept", "key", fail, tmp_path / "one")
    copy_kept(tmp_path / "kept", "key", make, tmp_path / "two")
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["deep"]


def _copy(kept: Path, target: Path, log: Path) -> None:
    def make(folder: Path, before: Path | None) -> None:
        with log.open("a") as told:
            told.write("made\n")

    copy_kept(kept, "key", make, target)


def test_of_two_processes_one_makes_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    log = tmp_path / "log"
    processes = [
        context.Process(target=_copy, args=(tmp_path / "kept", tmp_path / name, log))
        for name in ("one", "two")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert log.read_text() == "made\n"


def test_a_key_is_another_when_a_file_or_a_version_is(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("1")
    keys = {
        content_key(tmp_path, ("code",), "numpy 1"),
        content_key(tmp_path, ("code",), "numpy 2"),
    }
    (tmp_path / "code" / "a.py").write_text("2")
    keys.add(content_key(tmp_path, ("code",), "numpy 2"))
    (tmp_path / "code" / "a.py").rename(tmp_path / "code" / "b.py")
    keys.add(content_key(tmp_path, ("code",), "numpy 2"))
    assert len(keys) == 4
