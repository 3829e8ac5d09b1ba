"""What do batches and probabilities save? The LLM stages against the paper's way, in one run.

    python -m benchmarks.llm_stage LABELLED --set llm.model=MODEL [--ads N] [--json]

needs an ingested taxonomy and a model. On the same ads, by the same model:

- reranking by `choose` (the probabilities of the options from one forward pass, the task computed
  once; and the default, two passes in opposite orders) against the paper's way (one ad at a time,
  an answer in free text of up to 512 tokens, then parsed for a code);
- extraction in batches against one ad at a time.

Nothing is answered from the cache. Ratios are of ads a second; more than 1 means faster.
"""

import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from benchmarks.reranking import predict, question_of
from isco.cli.options import settings_from
from isco.core.embedding import open_embedder
from isco.core.records import Ad, Concept
from isco.core.settings import Settings
from isco.retriever.deciding.reranking import Question
from isco.retriever.factory import open_classifier
from isco.retriever.llm import open_backend
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm.base import Backend, Completion, Failure
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.llm.prompts import load_prompt
from isco.retriever.llm_stages import LlmStages, stages_of
from isco.retriever.preparing.rule_extraction import RuleExtractor

FREE_TEXT = str(Path(__file__).parent / "prompts" / "reranking_free_text.yaml")
_CODE = re.compile(r"\b\d{4}\b")


@dataclass(frozen=True)
class Cost:
    """What one way of asking cost. `usable` answers held what was asked for."""

    ads: int
    calls: int
    tokens_in: int
    tokens_out: int
    usable: int
    seconds: float

    @property
    def rate(self) -> float:
        """Ads a second."""
        return self.ads / self.seconds


@dataclass(frozen=True)
class Bench:
    """A model, and what is needed to ask it about ads without a cache between."""

    settings: Settings
    backend: Backend
    leaves: Sequence[Concept]

    def stages(self, folder: Path) -> LlmStages:
        """All stages over an empty cache."""
        cache = AnswerCache(folder / "answers.sqlite3")
        rules = RuleExtractor(self.settings.extraction)
        return stages_of(self.backend, cache, self.settings, self.leaves, rules)

    def by_choose(self, questions: Sequence[Question], orders: int) -> Cost:
        """Reranking by the options' probabilities, each question asked in so many orders."""
        reranking = self.settings.reranking.model_copy(update={"orders": orders})
        settings = self.settings.model_copy(update={"reranking": reranking})

        def ask(stages: LlmStages) -> int:
            assert stages.reranker
            verdicts = stages.reranker.rerank(questions)
            return sum(verdict.path != "fallback" for verdict in verdicts)

        return replace(self, settings=settings)._cost("reranking", len(questions), ask)

    def by_free_text(self, questions: Sequence[Question]) -> Cost:
        """Reranking the paper's way: ad by ad, a text in which a code is looked for."""
        template = load_prompt("reranking", FREE_TEXT)
        answers: list[Completion | Failure] = []
        usable = 0
        started = time.perf_counter()
        for question in questions:
            listing = "\n".join(
                f"{code}: {next(c.label for c in question.candidates if c.isco_code == code)}"
                for code in question.shares
            )
            profile = question.profile
            prompt = template.render(
                title=profile.title, text=profile.description[:400], options=listing
            )
            self.backend.complete([prompt], None, lambda _, answer: answers.append(answer))
            found = _CODE.search(answers[-1].text) if isinstance(answers[-1], Completion) else None
            usable += found is not None and found[0] in question.shares
        seconds = time.perf_counter() - started
        completions = [answer for answer in answers if isinstance(answer, Completion)]
        return Cost(
            ads=len(questions),
            calls=len(answers),
            tokens_in=sum(answer.tokens_in for answer in completions),
            tokens_out=sum(answer.tokens_out for answer in completions),
            usable=usable,
            seconds=seconds,
        )

    def extraction(self, ads: Sequence[Ad], size: int) -> Cost:
        """Extraction of all ads, `size` in a call."""

        def ask(stages: LlmStages) -> int:
            assert stages.extractor
            found = [
                extraction
                for start in range(0, len(ads), size)
                for extraction in stages.extractor.extract(ads[start : start + size])
            ]
            return sum(item.profile.extracted_by.startswith("LLM") for item in found)

        return self._cost("extraction", len(ads), ask)

    def _cost(self, stage: str, ads: int, ask: Callable[[LlmStages], int]) -> Cost:
        with tempfile.TemporaryDirectory() as folder:
            stages = self.stages(Path(folder))
            started = time.perf_counter()
            usable = ask(stages)
            seconds = time.perf_counter() - started
        usage: Mapping[str, StageUsage] = stages.usage
        used = usage[stage]
        return Cost(ads, used.calls, used.tokens_in, used.tokens_out, usable, seconds)


@click.command()
@click.argument("labelled", type=click.Path(exists=True))
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="As in isco.")
@click.option("--ads", default=24, show_default=True, help="Ads asked about.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(labelled: str, assignments: tuple[str, ...], ads: int, as_json: bool) -> None:
    """Print calls, tokens, usable answers and ads a second of each way, and the ratios."""
    settings = settings_from(None, (), ("extraction.by=rules", *assignments))
    drawn, predictions = predict(labelled, settings, ads * 2)
    asked = [question for p in predictions if (question := question_of(p, settings))][:ads]
    backend = open_backend(settings.llm)
    if backend is None:
        raise click.UsageError("no language model is configured: --set llm.url=… or llm.model=…")
    by_llm = settings.extraction.model_copy(update={"by": "llm"})
    classifier = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    bench = Bench(
        settings.model_copy(update={"extraction": by_llm}),
        backend,
        classifier.searchers.main.index.concepts,
    )
    bench.by_choose(asked[:1], orders=1)
    costs = {
        "rerank by choose": bench.by_choose(asked, orders=1),
        "rerank by choose, two orders": bench.by_choose(asked, orders=2),
        "rerank by free text": bench.by_free_text(asked),
        "extract in batches": bench.extraction(drawn[:ads], ads),
        "extract one by one": bench.extraction(drawn[:ads], 1),
    }
    paper = costs["rerank by free text"].rate
    ratios = {
        "choose_vs_paper": costs["rerank by choose"].rate / paper,
        "two_orders_vs_paper": costs["rerank by choose, two orders"].rate / paper,
        "batched_vs_single": costs["extract in batches"].rate / costs["extract one by one"].rate,
    }
    if as_json:
        runs = {name: {**asdict(cost), "ads_per_second": cost.rate} for name, cost in costs.items()}
        click.echo(json.dumps({**ratios, "runs": runs}))
        return
    click.echo("| way | ads | calls | tokens in | tokens out | usable | ads/s |")
    click.echo("|---|---|---|---|---|---|---|")
    for name, c in costs.items():
        cells = (c.ads, c.calls, c.tokens_in, c.tokens_out, c.usable, f"{c.rate:.3f}")
        click.echo(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    for name, ratio in ratios.items():
        click.echo(f"{name}: {ratio:.1f}")


if __name__ == "__main__":
    main()
