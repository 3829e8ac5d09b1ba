"""Where does the time of `isco classify` go? Sampled from outside, over generated ads.

    python -m benchmarks.profile [ADS] [--number 2000] [--data-dir DIR] [--svg FILE] [--json]

needs py-spy (`pip install py-spy`), which looks at the running command a hundred times a second
and slows it by nothing to speak of. Printed is each stage's share of the run, from the first row
read to the last one written, on one CPU thread; the start (imports, the model, reading Qdrant) is
told beside it, in seconds. --svg draws a flame graph of the run. A sample counts for the innermost
function that is in the files of a stage. Chunks go one after the other here: where one is read
while another is embedded, both would be counted for the same moment.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.flame_graph import Stack, flame_graph
from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source, write_ads
from benchmarks.installation import arguments, environment, workplace
from benchmarks.machine import description
from isco.core.errors import UnavailableError

RATE = 100
ENTRY = (
    sys.executable,
    "-c",
    "from isco.retriever.running import opening; opening.Threads = opening.Inline; "
    "from isco.cli.main import main; main()",
)
PLACES = "place names, read once"
# By the parts of file and function names; of several that fit a frame, the first.
STAGES: dict[str, tuple[str, ...]] = {
    "embedding": ("(isco/core/embedding/",),
    PLACES: (),
    "rule extraction": ("preparing/rule_extraction", "preparing/preprocessor"),
    "language detection": ("preparing/language",),
    "screening": ("preparing/screening", "preparing/prompt_injection"),
    "plain text": ("preparing/plain_text",),
    "n-grams of titles": ("(isco/core/lexical",),
    "sorting": ("Searcher.candidates", "Searcher.code_ranking"),
    "search products": ("retriever/searching/",),
    "deciding": ("retriever/deciding/",),
    "writing": ("running/writers", "(isco/core/records"),
    "reading": ("retriever/reading/",),
    "the rest": (),
}
COLOURS = (
    "#e8863a", "#d9c7a0", "#7fb069", "#4a9ebb", "#b08bc9", "#8fbcbb", "#e0b84c", "#d4667a",
    "#6c8ed6", "#a3a35c", "#5fa796", "#c48f6b", "#c9c9c9",
)  # fmt: skip


def stage_of(stack: Sequence[str]) -> str:
    """The stage of a stack's innermost function that has one."""
    if any(frame.startswith("_places") for frame in stack):
        return PLACES
    for frame in reversed(stack):
        for stage, parts in STAGES.items():
            if any(part in frame for part in parts):
                return stage
    return "the rest"


def parse(text: str) -> Counter[Stack]:
    """Samples by stack out of what py-spy writes as `raw`: functions, semicolons, a number."""
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        functions, _, samples = line.rpartition(" ")
        stacks[tuple(functions.split(";"))] += int(samples)
    return stacks


def run_alone(stacks: Counter[Stack]) -> Counter[Stack]:
    """The stacks of the run without those of the start, from the run's first function on.

    Threads that wait for another one are left out.
    """
    inside: Counter[Stack] = Counter()
    for stack, samples in stacks.items():
        start = next((place for place, frame in enumerate(stack) if _is_run(frame)), None)
        if start is not None and not _waits(stack):
            inside[stack[start:]] += samples
    return inside


def start_samples(stacks: Counter[Stack]) -> int:
    """Samples of the main thread before and after the run."""
    return sum(
        samples
        for stack, samples in stacks.items()
        if any("main (isco/cli/main" in frame for frame in stack) and not any(map(_is_run, stack))
    )


def _is_run(frame: str) -> bool:
    """Whether it is the run, in the thread that reads and writes or in the one that classifies."""
    return "classify_batch (isco/retriever/pipeline" in frame or (
        "(isco/retriever/running/run" in frame and not frame.startswith("<module>")
    )


def _waits(stack: Stack) -> bool:
    return any(frame.startswith("_first (isco/retriever/running/prefetch") for frame in stack)


def shares(run: Counter[Stack]) -> dict[str, float]:
    """Each stage's share of the run's samples."""
    counted = dict.fromkeys(STAGES, 0)
    for stack, samples in run.items():
        counted[stage_of(stack)] += samples
    return {stage: samples / max(run.total(), 1) for stage, samples in counted.items()}


def sampled(command: Sequence[str], output: Path) -> Counter[Stack]:
    """Run a command under py-spy. Raises UnavailableError when it can't be had, or fails."""
    here = Path(sysconfig.get_path("scripts")) / "py-spy"
    spy = str(here) if here.exists() else shutil.which("py-spy")
    if spy is None:
        raise UnavailableError("py-spy is not installed: pip install py-spy")
    options = (
        "--rate",
        str(RATE),
        "--function",
        "--idle",
        "--format",
        "raw",
        "--output",
        str(output),
    )
    done = subprocess.run(
        [spy, "record", *options, "--", *command],
        capture_output=True,
        text=True,
        env=environment(),
    )
    if done.returncode or not output.exists():
        said = " ".join(done.stderr.split())[-300:]
        raise UnavailableError(f"py-spy ended with {done.returncode}: {said}")
    return parse(output.read_text(encoding="utf-8"))


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--number", default=2000, show_default=True, help="Ads generated of ADS.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--svg", type=click.Path(path_type=Path), help="File for the flame graph.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(ads: Path, number: int, data_dir: Path | None, svg: Path | None, as_json: bool) -> None:
    """Print what share of the run each stage has."""
    with workplace(data_dir) as (data, scratch):
        generated = scratch / "ads.jsonl"
        write_ads(generated, AdGenerator(read_source(ads)), number)
        words = ("classify", str(generated), "-o", str(scratch / "codes.jsonl"))
        stacks = sampled([*ENTRY, *arguments(data, *words)], scratch / "stacks.txt")
    run = run_alone(stacks)
    figures = {
        "ads": number,
        "seconds": run.total() / RATE,
        "start_seconds": start_samples(stacks) / RATE,
        "shares": shares(run),
        "machine": description(),
    }
    if svg:
        colours = dict(zip(STAGES, COLOURS, strict=True))
        title = f"isco classify, {number} generated ads, one CPU thread: {run.total()} samples"
        svg.parent.mkdir(parents=True, exist_ok=True)
        picture = flame_graph(run, title, lambda stack: colours[stage_of(stack)], colours)
        svg.write_text(picture + "\n", encoding="utf-8")
    if as_json:
        click.echo(json.dumps(figures))
        return
    seconds = run.total() / RATE
    click.echo(
        f"{number} ads, {seconds:.1f} s; start {(stacks.total() - run.total()) / RATE:.1f} s"
    )
    for stage, share in shares(run).items():
        click.echo(f"{stage:<24} {share:6.1%} {share * seconds / number * 1e3:9.3f} ms an ad")


if __name__ == "__main__":
    sys.exit(main())
