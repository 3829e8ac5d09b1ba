"""Every benchmark: what it tells, how it is run within minutes, and what it cannot do without."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """What the caller has. `esco`: whether `data_dir` is an ingested taxonomy of the caller's own.

    `ads` is a file that ads are generated from, `source` what `isco ingest` reads.
    """

    data_dir: Path
    esco: bool = False
    ads: Path | None = None
    labelled: Sequence[Path] = ()
    source: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class Benchmark:
    """One module. `quick` are its options in a run of all.

    `takes` says what its command line has: "data_dir", "ads", "source". `sets` is how many
    labelled files it needs, `most_sets` how many it takes, `program` what must be installed. One
    that must be told more than the others is run `by_hand`.
    """

    name: str
    tells: str
    takes: tuple[str, ...] = ("data_dir",)
    quick: tuple[str, ...] = ()
    sets: int = 0
    most_sets: int | None = None
    program: str | None = None
    by_hand: str | None = None

    def arguments(self, given: Given) -> list[str]:
        """Its command line for what is given."""
        words: list[str] = []
        if "ads" in self.takes and given.ads:
            words.append(str(given.ads))
        if "source" in self.takes and given.source:
            words += ["--source", given.source, "--language", given.language]
        if self.sets:
            words += [str(path) for path in given.labelled[: self.most_sets]]
        if "data_dir" in self.takes:
            words += ["--data-dir", str(given.data_dir)]
        return [*words, *self.quick]

    def missing(self, given: Given, installed: bool) -> str | None:
        """What it can't do without and is not there, as a sentence; None when it can run."""
        if self.by_hand:
            return f"run it by hand: python -m benchmarks.{self.name} {self.by_hand}"
        if self.sets and not given.esco:
            return "it needs an ingested ESCO (--data-dir DIR)"
        if len(given.labelled) < self.sets:
            wanted = f"{self.sets} labelled files" if self.sets > 1 else "a labelled file"
            return f"it needs {wanted} (--labelled FILE)"
        if self.program and not installed:
            return f"it needs {self.program}: pip install {self.program}"
        return None


BENCHMARKS = (
    Benchmark(
        "end_to_end", "the whole run by its bare embedding, two workers by one",
        ("ads", "data_dir"), ("--number", "1000", "--workers"),
    ),
    Benchmark(
        "memory", "the peak of memory as the input grows",
        ("ads", "data_dir"), ("--sizes", "1000,5000,20000"),
    ),
    Benchmark(
        "profile", "where the time of a run goes",
        ("ads", "data_dir"), ("--number", "500"), program="py-spy",
    ),
    Benchmark(
        "reading_writing", "reading and writing as a share of the whole", ("ads", "data_dir"),
    ),
    Benchmark(
        "serve", "the service with many clients, and REST by the command line",
        ("ads", "data_dir"), ("--seconds", "20", "--number", "1000"),
    ),
    Benchmark("search_backends", "matrices in memory by Qdrant's own search"),
    Benchmark("embedding_runtimes", "the embedding model by several runtimes", ()),
    Benchmark("ingest_speed", "the parts of an ingest", ("source",)),
    Benchmark(
        "start", "what a command costs before it does anything", ("ads", "data_dir"),
        ("--rounds", "1"),
    ),
    Benchmark(
        "detectors", "which language ads are taken for", (), by_hand="SET...",
    ),
    Benchmark(
        "server_start", "a command with Qdrant on a server by the embedded one", ("source",),
        ("--rounds", "1"),
    ),
    Benchmark(
        "server_upload", "an ingest into a server that takes little at a time", ("source",),
        ("--megabytes", "0.2", "--points", "10"),
    ),
    Benchmark("peers", "this project beside others: how right, how fast", sets=1, most_sets=1),
    Benchmark("cost", "the default configuration by the plainest search", sets=1, most_sets=1),
    Benchmark(
        "cascade", "what reading fewer texts costs and saves", quick=("--number", "300"),
        sets=1, most_sets=1,
    ),
    Benchmark("text_confidence", "how sure ads with a text are, cross-fitted", sets=1, most_sets=1),
    Benchmark(
        "short_texts", "how much the words of a short text may say",
        quick=("--full", "1,60", "--characters", "110"), sets=1, most_sets=1,
    ),
    Benchmark(
        "retrieval_variants", "which signals find the right code", quick=("--sample", "1000"),
        sets=1,
    ),
    Benchmark(
        "decision_rules", "which rule makes one code of neighbours", quick=("--sample", "1000"),
        sets=1,
    ),
    Benchmark(
        "confidence", "whether the confidence means what it says", quick=("--sample", "1000"),
        sets=2,
    ),
    Benchmark("learning", "what labelled ads bring", quick=("--sample", "500"), sets=1),
    Benchmark(
        "asking", "whether the ads that people are asked about first teach most",
        quick=("--sample", "400", "--sizes", "30", "--draws", "1"), sets=1,
    ),
    Benchmark(
        "labelled_scale", "what many labelled ads cost",
        ("ads", "data_dir"), ("--sizes", "100,1000,10000"),
    ),
    Benchmark(
        "languages", "what an ad's own language brings",
        by_hand="SOURCE LABELLED... --language en,de",
    ),
    Benchmark(
        "crosswalks", "how right occupations and national codes are",
        by_hand="TITLES=TABLE... --data-dir DIR",
    ),
    Benchmark(
        "field_cases", "whether ads that went wrong for people end as they should",
        by_hand="CASES... --data-dir DIR",
    ),
    Benchmark(
        "encoder", "what an adapter of the encoder brings",
        by_hand="SOURCE LABELLED...",
    ),
    Benchmark(
        "own_names", "a download's own names as titles to be found without them", (),
        by_hand="SOURCE FILE --language LANGUAGE",
    ),
    Benchmark(
        "melo_rebuilt", "MELO's datasets as far as they can be made anew", (),
        by_hand="TITLES FOLDER --table TABLE --source SOURCE --language LANGUAGE",
    ),
    Benchmark(
        "workrb", "names ranked for titles, beside the models of WorkRB",
        by_hand="--output DIR",
    ),
    Benchmark(
        "synthetic_ads", "ads made up for occupations, by a template or an LLM",
        by_hand="ADS OUT --data-dir DIR",
    ),
    Benchmark(
        "synthetic", "whether made-up ads help",
        by_hand="LABELLED SYNTHETIC... --data-dir DIR",
    ),
    Benchmark(
        "reranking", "what an LLM's second opinion brings",
        by_hand="LABELLED... --set llm.url=URL",
    ),
    Benchmark(
        "llm_stage", "what batches and probabilities save an LLM",
        by_hand="LABELLED --set llm.model=MODEL",
    ),
)  # fmt: skip
