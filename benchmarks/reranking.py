"""Does a language model lift the vote? Prompts and weights on labelled sets, side by side.

    python -m benchmarks.reranking LABELLED... --set llm.url=URL [--variant NAME] [--json]

needs an ingested taxonomy and a model. For each variant of the prompt and each set: accuracy
of the vote, of the model alone, of both added up by several weights, and by a weight chosen
on one half of the ads and measured on the other, and the reverse. Answers are kept: a
second run asks nothing.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from benchmarks.labelled import SEED, draw
from isco.cli.options import settings_from
from isco.core.embedding import open_embedder
from isco.core.records import Ad, Concept, Prediction, PredictionPath
from isco.core.settings import RerankingSettings, Settings
from isco.retriever.deciding.reranking import Question, weighed
from isco.retriever.deciding.voting import Verdict, vote_shares
from isco.retriever.factory import open_classifier
from isco.retriever.llm.base import Failure
from isco.retriever.llm_stages import open_stages
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.text_files import read_ads

PROMPTS = Path(__file__).parent / "prompts"
WEIGHTS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "one order": {"orders": 1},
    "titles of groups alone": {"titles": 0},
    "with descriptions": {"description_characters": 150},
    "short question": {"prompt": str(PROMPTS / "reranking_short.yaml")},
    "with an example": {"prompt": str(PROMPTS / "reranking_example.yaml")},
}


@dataclass(frozen=True)
class Asked:
    """One ad: its code, what the vote says, and the model's opinion of the codes offered.

    `codes` is empty where the neighbours agreed and nobody was asked, or the model failed.
    """

    gold: str
    voted: str | None
    codes: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def right(self, weight: float | None) -> bool:
        """Whether the code is right when the model counts by `weight` (None: it alone decides)."""
        if not self.codes:
            return self.voted == self.gold
        shares = weighed(self.shares, self.probabilities, weight)
        return self.codes[max(range(len(shares)), key=shares.__getitem__)] == self.gold


def predict(path: str, settings: Settings, sample: int) -> tuple[list[Ad], list[Prediction]]:
    """Ads of a labelled file, and what the vote says of them; an LLM may extract, not rerank."""
    reranking = settings.reranking.model_copy(update={"when": "never"})
    voting = settings.model_copy(update={"reranking": reranking})
    ads = [row for row in read_ads(path, settings.input) if isinstance(row, Ad)]
    ads = draw([ad for ad in ads if ad.isco_code], sample)
    classifier = open_classifier(voting, open_embedder(settings.embedding))
    return ads, classifier.classify_batch(ads)


def ask(
    ads: Sequence[Ad],
    predictions: Sequence[Prediction],
    settings: Settings,
    leaves: Sequence[Concept],
    variant: Mapping[str, Any],
) -> list[Asked]:
    """What the vote and the model say of every ad, the model asked as `variant` has it."""
    reranking = RerankingSettings.model_validate({**settings.reranking.model_dump(), **variant})
    varied = settings.model_copy(update={"reranking": reranking})
    reranker = open_stages(varied, leaves, RuleExtractor(settings.extraction)).reranker
    if reranker is None:
        raise click.UsageError("no language model is configured: --set llm.url=… or llm.model=…")
    results = [
        Asked(ad.isco_code or "", prediction.isco_code)
        for ad, prediction in zip(ads, predictions, strict=True)
    ]
    questions = {
        row: question
        for row, prediction in enumerate(predictions)
        if (question := question_of(prediction, settings))
    }
    offered = [reranker.offered(question) for question in questions.values()]
    choices = reranker.choose(list(questions.values()), offered)
    for (row, question), codes, choice in zip(questions.items(), offered, choices, strict=True):
        if not isinstance(choice, Failure):
            shares = tuple(question.shares[code] for code in codes)
            results[row] = replace(
                results[row], codes=codes, shares=shares, probabilities=choice.probabilities
            )
    return results


def question_of(prediction: Prediction, settings: Settings) -> Question | None:
    """The question that a vote leaves open; None where the neighbours agreed."""
    if prediction.path != PredictionPath.VOTE or prediction.profile is None:
        return None
    shares = vote_shares(prediction.candidates, settings.reranking.temperature)
    if len(shares) < 2:
        return None
    verdict = Verdict(
        prediction.isco_code,
        prediction.isco_label,
        prediction.path,
        prediction.confidence,
        prediction.reason,
    )
    return Question(prediction.profile, prediction.candidates, shares, verdict)


def measure(asked: Sequence[Asked]) -> dict[str, float]:
    """Accuracy by rule; `cross` uses on each half the weight that was best on the other."""
    figures = {
        "vote": mean(ad.right(0.0) if ad.codes else ad.voted == ad.gold for ad in asked),
        "asked": mean(bool(ad.codes) for ad in asked),
        "offered": mean(ad.gold in ad.codes if ad.codes else ad.voted == ad.gold for ad in asked),
        "alone": mean(ad.right(None) for ad in asked),
    }
    figures |= {str(weight): mean(ad.right(weight) for ad in asked) for weight in WEIGHTS}
    order = list(asked)
    random.Random(SEED).shuffle(order)
    halves = order[::2], order[1::2]
    right = 0.0
    for half, other in (halves, halves[::-1]):
        best = max(WEIGHTS, key=partial(accuracy_at, half))
        right += accuracy_at(other, best) * len(other)
    figures["cross"] = right / len(asked)
    return figures


def accuracy_at(asked: Sequence[Asked], weight: float) -> float:
    """Accuracy when the model counts by `weight`."""
    return mean(ad.right(weight) for ad in asked)


def mean(values: Iterable[bool]) -> float:
    """Share of what is true."""
    return fmean(map(float, values))


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="As in isco.")
@click.option("--variant", "chosen", multiple=True, type=click.Choice(list(VARIANTS)))
@click.option("--sample", default=1000, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[str, ...],
    assignments: tuple[str, ...],
    chosen: tuple[str, ...],
    sample: int,
    as_json: bool,
) -> None:
    """Print what each variant of the reranking gives on every labelled set."""
    settings = settings_from(None, (), assignments)
    leaves = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for path in labelled:
        ads, predictions = predict(path, settings, sample)
        key = f"{Path(path).stem} ({len(ads)})"
        figures[key] = {
            name: measure(
                ask(
                    ads, predictions, settings, leaves.searchers.main.index.concepts, VARIANTS[name]
                )
            )
            for name in chosen or VARIANTS
        }
    if as_json:
        click.echo(json.dumps(figures))
        return
    for key, rows in figures.items():
        columns = list(next(iter(rows.values())))
        click.echo(f"| {key} | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
        for name, row in rows.items():
            click.echo(f"| {name} | " + " | ".join(f"{row[c]:.3f}" for c in columns) + " |")
        click.echo()


if __name__ == "__main__":
    main()
