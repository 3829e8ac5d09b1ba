"""What the trials of the campaign start from, and `isco` on it."""

import json
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaign.outcome import Journal
from tests.campaign.processes import Forked, Started
from tests.support.esco_download import BAKER, EscoDownload
from tests.support.hostile_rows import hostile_ads, write_hostile

# Seconds, on a machine that has much else to do.
LONGEST_RUN = 900
_ADS, _LABELLED = 120, 60


@dataclass(frozen=True)
class Limits:
    """How many kills there are, at which `time.monotonic()` the last one begins, and where they
    are written down."""

    tries: int
    end: float
    journal: Journal


@dataclass(frozen=True)
class Place:
    """What the trials start from: a small taxonomy that was ingested, another version, ads.

    Without a `module` that is started as a user does, processes are forked. `keys` are settings
    besides those of all.
    """

    folder: Path
    seed: int
    module: str | None = None
    keys: Mapping[str, object] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder that each trial has a copy of."""
        return self.folder / "data"

    def start(
        self,
        data: Path,
        *arguments: str,
        closed: bool = False,
        operation: int = 0,
        by: signal.Signals = signal.SIGKILL,
    ) -> Forked | Started:
        """`isco` on a data folder; where it is forked with standard input `closed`, or ended by a
        signal at an `operation` on files."""
        keys = {
            "data_dir": data,
            "llm.backend": "none",
            "embedding.threads": 1,
            "taxonomy.everyday_names": "false",
            **self.keys,
        }
        given = [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]
        words, said = [*arguments, *given], self.folder / "said"
        if self.module:
            return Started(self.module, words, said)
        return Forked(words, said, closed, operation, by)

    def said(self) -> str:
        """What the last process wrote on standard error, on one line, the end of it."""
        words = (self.folder / "said.err").read_text(errors="replace").split()
        return " ".join(words)[-300:]

    def run(self, data: Path, *arguments: str) -> bytes:
        """`isco` to its end, and what it wrote. Raises RuntimeError when it failed."""
        self.require(self.start(data, *arguments).wait(LONGEST_RUN), arguments[0])
        return (self.folder / "said").read_bytes()

    def require(self, status: int | None, command: str) -> None:
        """Raise RuntimeError for a status that says that a command failed."""
        if status not in {0, 1}:
            raise RuntimeError(f"isco {command} ended with {status}: {self.said()}")

    def copy(self, name: str) -> Path:
        """A fresh copy of the data folder."""
        to = self.folder / name
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.data, to)
        return to


def prepare(folder: Path, seed: int) -> Place:
    """Ingest a small taxonomy and write the ads."""
    folder.mkdir(exist_ok=True)
    place = Place(folder, seed)
    old, new = EscoDownload(), EscoDownload()
    new.occupation(BAKER)["altLabels"] += "\nsourdough wizard"
    old.write_folder(folder / "old")
    new.write_folder(folder / "new")
    place.run(place.data, "ingest", "--source", str(folder / "old"))
    ads = hostile_ads(_ADS, seed)
    _write(folder / "ads.jsonl", ads)
    write_hostile(folder / "ads.parquet", hostile_ads(_ADS, seed, "parquet"))
    codes = ("2512", "7512", "5120", "2221")
    labelled = [
        {"id": f"l{n}", "title": f"job {n} {code}", "description": "", "isco_code": code}
        for n in range(_LABELLED)
        for code in [codes[n % len(codes)]]
    ]
    _write(folder / "labelled.jsonl", labelled)
    return place


def searched(place: Place, data: Path) -> bytes:
    """What a search for names of both versions finds; versions and stamps are told in it."""
    found = place.run(data, "search", "sourdough wizard", "--top", "20", "--json")
    return json.dumps(json.loads(found), sort_keys=True).encode()


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    lines = (json.dumps(row) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
