"""One SQLite file: opened by many at once, whole after a fault, spoken of in words."""

import sqlite3
import threading

import pytest

from isco.core.errors import UnavailableError
from isco.core.sqlite_file import SqliteFile

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (key TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID"
INSERT = "INSERT INTO numbers VALUES (?, ?)"
SELECT = "SELECT key, number FROM numbers WHERE key"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "numbers.sqlite3"


def opened(path) -> SqliteFile:
    return SqliteFile(path, SCHEMA, "the file of numbers")


@pytest.fixture
def file(path):
    with opened(path) as file:
        yield file


def test_what_was_written_is_found_by_whoever_opens_the_file_next(path):
    with opened(path) as file, file.writing() as database:
        database.execute(INSERT, ("one", 1))
    with opened(path) as file:
        assert file.find(SELECT, ["one", "two"]) == [("one", 1)]


def test_any_number_of_keys_is_looked_up(file):
    numbers = {f"key {number}": number for number in range(1203)}
    with file.writing() as database:
        database.executemany(INSERT, numbers.items())
    assert dict(file.find(SELECT, [*numbers, "none"])) == numbers
    assert file.find(SELECT, []) == []
    assert file.rows("SELECT COUNT(*) FROM numbers") == [(1203,)]


def test_a_transaction_that_fails_leaves_nothing_of_itself(file):
    def fail() -> None:
        with file.writing() as database:
            database.execute(INSERT, ("one", 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert file.rows("SELECT * FROM numbers") == []


def test_threads_share_one_object(file):
    def write(thread: int) -> None:
        for number in range(50):
            with file.writing() as database:
                database.execute(INSERT, (f"{thread}-{number}", number))

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.rows("SELECT COUNT(*) FROM numbers") == [(200,)]


def test_readers_need_not_wait_for_a_writer(path, file):
    with file.writing() as database:
        database.execute(INSERT, ("one", 1))
        with opened(path) as other:
            assert other.rows("SELECT * FROM numbers") == []


def test_deleted_rows_give_their_room_back(path, file):
    with file.writing() as database:
        database.executemany(INSERT, [(f"{n:01000}", n) for n in range(1000)])
        database.execute("DELETE FROM numbers")
    file.shrink()
    file.close()
    assert path.stat().st_size < 100_000


def test_a_fault_names_the_file_and_the_next_step(path, file):
    with pytest.raises(UnavailableError) as raised:
        file.rows("SELECT * FROM letters")
    assert str(raised.value) == (
        f"the file of numbers {path} can't be used (no such table: letters); make room or move it "
        "away: it is made again as needed"
    )
    assert isinstance(raised.value.__cause__, sqlite3.Error)


def test_what_is_no_database_is_left_as_it_is(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all, but long enough" * 50)
    with pytest.raises(UnavailableError, match="the file of numbers"):
        opened(path)
    assert path.read_bytes() == b"no database at all, but long enough" * 50


def test_a_file_in_the_folders_place_is_named(path):
    path.parent.write_text("in the way")
    with pytest.raises(UnavailableError, match="the file of numbers"):
        opened(path)


def test_what_can_not_be_made_again_outlives_a_power_cut_and_is_never_said_to_be_made_again(path):
    with SqliteFile(path, SCHEMA, "the desk", lasting=True) as file:
        assert file.rows("PRAGMA synchronous") == [(2,)]
    path.write_bytes(b"no database" * 100)
    with pytest.raises(UnavailableError, match="name another"):
        SqliteFile(path, SCHEMA, "the desk", lasting=True)


def test_a_file_that_another_process_is_making_is_opened_when_that_is_done(path, monkeypatch):
    class Contended(sqlite3.Connection):
        refusals = 2

        def execute(self, statement, *parameters):
            if "journal_mode" in statement and Contended.refusals:
                Contended.refusals -= 1
                locked = sqlite3.OperationalError("database is locked")
                locked.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
                raise locked
            return super().execute(statement, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **named: connect(*given, factory=Contended, **named)
    )
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with opened(path) as file, file.writing() as database:
        database.execute(INSERT, ("one", 1))
    assert Contended.refusals == 0


def test_a_fault_that_does_not_pass_is_told_at_once(path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("nothing to wait for"))
    path.parent.mkdir()
    path.write_bytes(b"no database, whatever its name says" * 100)
    with pytest.raises(UnavailableError, match="not a database"):
        opened(path)
