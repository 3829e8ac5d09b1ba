"""How long does the whole take beside nothing but the embedding? And do two workers halve that?

    python -m benchmarks.end_to_end [ADS] [--number 20000] [--data-dir DIR] [--threads 1]
        [--workers] [--rounds 2] [--json]

ADS are made into --number generated ones (benchmarks/generated_ads.py); without --data-dir they
meet the starter taxonomy. `wall_vs_bare_embedding`: the seconds from file to file, without an LLM
and after the start, by the seconds in which the same model embeds the same texts, each once, in
batches of like length, on as many threads. Which texts those are, is recorded as the run asks for
them. The two take turns, a slice of 4,000 ads each: what else the machine does meets both alike.
`cpu_vs_bare_embedding` is the same in seconds of CPU, which is more where one chunk is read while
another is embedded: by the clock that costs little on a machine with a core to spare.

--workers measures `workers_2_vs_1` too: ads a second with `classify.workers` 2 by those with 1,
one thread each, from file to file, once they have started. The quickest of the rounds, which take
turns, stand for each.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

import click

from benchmarks.generated_ads import EXAMPLES, AdGenerator, Mix, read_source, write_ads
from benchmarks.installation import workplace
from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.embedding import Embedder, open_embedder
from isco.core.embedding.base import Vectors
from isco.core.records import Ad
from isco.retriever.reading.text_files import read_ads
from isco.retriever.running.opening import open_run, predictions
from isco.retriever.running.run import Run

SLICE = 4000
# Titles that begin differently, so that each worker gets some.
WARMING_UP = [
    Ad(name, f"{name} driver", "You will drive a bus.", row, row)
    for row, name in enumerate(("Anna", "Bruno", "Carla", "Dario"), start=1)
]


class RecordingEmbedder:
    """The model, and the distinct texts that it was asked for since the last `new_texts`."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.revision = embedder.name, embedder.revision
        self.dimension = embedder.dimension
        self.asked = 0
        self._embedder = embedder
        self._lock = Lock()
        self._known: set[str] = set()
        self._new: dict[str, None] = {}

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_queries`."""
        with self._lock:
            self.asked += len(texts)
            self._new.update(dict.fromkeys(texts))
        return self._embedder.embed_queries(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_documents`, which classifying never needs."""
        return self._embedder.embed_documents(texts)

    def new_texts(self) -> list[str]:
        """Those never asked for before."""
        new = [text for text in self._new if text not in self._known]
        self._known.update(new)
        self._new.clear()
        return new


@dataclass
class Times:
    """Seconds by the clock and of CPU, slice by slice."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, work: Callable[[], object]) -> None:
        """Do `work` and keep how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)


def against_embedding(slices: Sequence[Path], data_dir: Path, threads: int) -> dict[str, Any]:
    """Both times over files of ads, and their ratios."""
    flags = {"data_dir": data_dir, "llm.backend": "none", "embedding.threads": threads}
    settings = load_settings(environment={}, flags=flags)
    recording = RecordingEmbedder(open_embedder(settings.embedding))
    whole, bare, texts = Times(), Times(), 0
    with open_run(settings, predictions, recording) as run:
        # What is read once, at the first ad, belongs to the start, and so does the warming up.
        list(run.executor.run([[*read_ads(str(EXAMPLES), settings.input)][:1]]))
        recording.new_texts()
        recording.asked = 0
        for path in slices:
            rows = read_ads(str(path), settings.input)
            job = Run(rows, run.executor, run.identity, settings.classify.chunk)
            whole.add(partial(job.to_file, path.with_suffix(".codes.jsonl"), "jsonl", False))
            new, asked = recording.new_texts(), recording.asked
            texts += len(new)
            if new:
                bare.add(partial(recording.embed_queries, new))
                recording.new_texts()
                recording.asked = asked
    return {
        "texts_asked_for": recording.asked,
        "unique_texts": texts,
        "seconds_whole": sum(whole.wall),
        "seconds_bare_embedding": sum(bare.wall),
        "wall_vs_bare_embedding": sum(whole.wall) / sum(bare.wall),
        "cpu_vs_bare_embedding": sum(whole.cpu) / sum(bare.cpu),
        "median_of_slices": median(a / b for a, b in zip(whole.wall, bare.wall, strict=False)),
    }


def by_workers(ads: Path, number: int, data_dir: Path, rounds: int) -> dict[str, Any]:
    """Ads a second of 1 and 2 worker processes over `ads`, after they have started."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, taken in seconds.items():
            flags = {"data_dir": data_dir, "llm.backend": "none", "embedding.threads": 1}
            settings = load_settings(environment={}, flags={**flags, "classify.workers": workers})
            output = ads.with_suffix(".workers.jsonl")
            with open_run(settings, predictions) as run:
                list(run.executor.run([[ad] for ad in WARMING_UP]))
                started = time.perf_counter()
                rows = read_ads(str(ads), settings.input)
                job = Run(rows, run.executor, run.identity, settings.classify.chunk)
                job.to_file(output, "jsonl", False)
                taken.append(time.perf_counter() - started)
    rates = {workers: number / min(taken) for workers, taken in seconds.items()}
    return {"ads_per_second_by_workers": rates, "workers_2_vs_1": rates[2] / rates[1]}


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--number", default=20_000, show_default=True, help="Ads generated of ADS.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--threads", default=1, show_default=True, help="CPU threads of the embedding.")
@click.option("--repeated", default=Mix.repeated, show_default=True, help="Share of repeats.")
@click.option("--near", default=Mix.near, show_default=True, help="Share of near repeats.")
@click.option("--workers", is_flag=True, help="Measure two worker processes too.")
@click.option("--rounds", default=2, show_default=True, help="Rounds with workers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    ads: Path, number: int, data_dir: Path | None, threads: int, repeated: float, near: float,
    workers: bool, rounds: int, as_json: bool,
) -> None:  # fmt: skip
    """Print the ratio of the whole to its embedding, and of two workers to one."""
    generator = AdGenerator(read_source(ads), Mix(repeated, near))
    with workplace(data_dir) as (data, scratch):
        generated = scratch / "ads.jsonl"
        write_ads(generated, generator, number)
        lines = generated.read_bytes().splitlines(keepends=True)
        slices = []
        for start in range(0, number, SLICE):
            slices.append(scratch / f"{start}.jsonl")
            slices[-1].write_bytes(b"".join(lines[start : start + SLICE]))
        figures: dict[str, Any] = {"ads": number, "threads": threads}
        figures |= against_embedding(slices, data, threads)
        figures["ads_per_second"] = number / figures["seconds_whole"]
        if workers:
            figures |= by_workers(generated, number, data, rounds)
    figures["machine"] = description()
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        if name != "machine":
            told = f"{value:.3f}" if isinstance(value, float) else value
            click.echo(f"{name:<28} {told}")


if __name__ == "__main__":
    main()
