"""Go on with an output that a killed run left behind.

Rows are written in input order, a chunk at a time, so what is done is a prefix of the input. A
chunk that was cut off is done again as a whole: the same ads are then computed together as in an
unbroken run, and the output is the same to the byte.
"""

from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

from isco.core.errors import ConfigError
from isco.core.records import Versions
from isco.retriever.running.writers import JsonLines, TextFormat, first_ids_of_parquet


@dataclass
class DoneRows:
    """The whole records of an output in `form`: the id and path of each, and where it ends.

    `ends[n]` is the file's length with n records.
    """

    form: TextFormat
    ids: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


class Marker:
    """A small file beside an output that stands while the output is unfinished."""

    def __init__(self, output: Path) -> None:
        self._path = output.with_name(f"{output.name}.unfinished")

    def read(self) -> str | None:
        """The fingerprint of the unfinished run; None when there is none."""
        try:
            return self._path.read_text(encoding="utf-8").strip()
        except OSError:
            return None

    def set(self, fingerprint_: str) -> None:
        """Mark the output as begun."""
        self._path.write_text(fingerprint_ + "\n", encoding="utf-8")

    def clear(self) -> None:
        """Mark it as finished."""
        self._path.unlink(missing_ok=True)


def read_done(output: Path, form: TextFormat, versions: Versions) -> DoneRows:
    """The whole records at the start of `output`, which is to be in `form`.

    A last line that is cut off does not count, a missing file has none. Raises ConfigError when
    the file holds something else, or predictions made by other versions, where these are in it.
    """
    done = DoneRows(form)
    expected = asdict(versions)
    if not output.exists() or not output.stat().st_size:
        return done
    with output.open("rb") as stream:
        try:
            begun = _begun_form(stream, form)
        except ValueError as error:
            raise ConfigError(f"{output} is no output of isco classify: can't resume it") from error
        if begun is None:
            return done
        done.form = begun
        done.ends.append(stream.tell())
        for number, line in enumerate(iter(stream.readline, b""), start=1):
            if not line.endswith(b"\n"):
                if isinstance(form, JsonLines) and not _may_begin_record(line, form.record_begins):
                    raise ConfigError(f"{output} is no output of isco classify: can't resume it")
                break
            try:
                row = done.form.decode(line)
            except ValueError as error:
                raise ConfigError(
                    f"{output}: record {number} is no prediction ({error}): can't resume it"
                ) from error
            if form.names_versions and row["versions"] != expected:
                raise ConfigError(
                    f"{output}: record {number} was made by other versions than now "
                    f"({_difference(row['versions'], expected)}); use --no-resume to start over"
                )
            done.ids.append(str(row["id"]))
            done.paths.append(str(row["path"]))
            done.ends.append(done.ends[-1] + len(line))
    return done


def first_ids(output: Path, form: TextFormat | None, count: int) -> list[str]:
    """The ids of up to `count` predictions that `output`, Parquet or in `form`, begins with; none
    for an empty file, or for none. Raises ConfigError for a file that holds something else."""
    if not output.exists() or not output.stat().st_size:
        return []
    try:
        if form is None:
            return first_ids_of_parquet(output, count)
        with output.open("rb") as stream:
            begun = _begun_form(stream, form)
            decode = begun.decode if begun else form.decode
            return [str(decode(line)["id"]) for line in islice(stream, count)]
    except (ValueError, KeyError) as error:
        raise ConfigError(
            f"{output} is there, and is no output of isco classify: name another OUT, or "
            "--no-resume to overwrite it"
        ) from error


def _begun_form(stream: IO[bytes], form: TextFormat) -> TextFormat | None:
    """The form that a file has by its header, None where that is cut off; `stream` is left there.

    Raises ValueError for another header.
    """
    if isinstance(form, JsonLines):
        return form
    header = stream.readline()
    if not header.endswith(b"\n") and form.may_begin(header):
        return None
    return form.of_header(header)


def _may_begin_record(line: bytes, begins: bytes) -> bool:
    return line.startswith(begins) or begins.startswith(line)


def _difference(then: object, now: dict[str, object]) -> str:
    if not isinstance(then, dict):
        return "no versions recorded"
    return ", ".join(f"{k}: {then.get(k)} → {now[k]}" for k in now if then.get(k) != now[k])
