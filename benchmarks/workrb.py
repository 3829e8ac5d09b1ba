"""The search for names in WorkRB, a benchmark of others: our row beside its own models'.

    python -m benchmarks.workrb --output DIR [--tasks melo,jobnorm] [--language en,de]
    python -m benchmarks.workrb --output DIR --titles LABELLED --source ESCO [--model TfIdfModel]

WorkRB (Apache 2.0, `pip install workrb`) ranks ESCO's occupation names for job titles: the tasks of
MELO (21 languages) and of JobBERT. It fetches their data from the Hugging Face hub. With --titles
the task is made of a file at hand instead: titles whose unit group is known, for which each name
of that group in SOURCE is right. As in `isco evaluate --melo`, a name is compared by its vector and
its n-grams.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad, Profile
from isco.core.settings import SearchSettings, Settings
from isco.evaluation.melo import for_names, name_searcher
from isco.evaluation.melo_files import MeloDataset
from isco.ingest.load import prepare
from isco.retriever.reading.text_files import read_ads

TASKS = {"melo": "MELORanking", "jobnorm": "JobBERTJobNormRanking"}
METRICS = ("mrr", "hit@1", "hit@5", "hit@10")
BATCH = 64


class NameRanker:
    """Scores of names for titles, as the search compares them."""

    def __init__(self, embedder: Embedder, settings: SearchSettings) -> None:
        self._embedder = embedder
        self._settings = for_names(settings)

    def rank(self, titles: Sequence[str], names: Sequence[str]) -> NDArray[np.float32]:
        """A score of each name for each title, shape (titles, names); higher is nearer."""
        elements = {str(row): name for row, name in enumerate(names)}
        dataset = MeloDataset("names", {}, elements, {}, None)
        vectors = self._embedder.embed_queries(list(names))
        searcher = name_searcher(dataset, vectors, self._embedder, self._settings)
        profiles = [Profile(title, "") for title in titles]
        batches = [profiles[at : at + BATCH] for at in range(0, len(profiles), BATCH)]
        return np.vstack([np.stack(list(searcher.scores(batch))) for batch in batches])


def as_model(ranker: NameRanker, name: str) -> Any:
    """`ranker` as a model of WorkRB, which ranks and does not classify."""
    import torch
    from workrb.models.base import ModelInterface

    class Ranking(ModelInterface):
        classification_label_space = None

        @property
        def name(self) -> str:
            return name

        @property
        def description(self) -> str:
            return "isco: the vectors and character n-grams of names"

        def _compute_rankings(
            self,
            queries: list[str],
            targets: list[str],
            query_input_type: Any,
            target_input_type: Any,
        ) -> torch.Tensor:
            return torch.from_numpy(ranker.rank(queries, targets).astype(np.float32))

        def _compute_classification(self, *_: Any, **__: Any) -> torch.Tensor:
            raise NotImplementedError("isco ranks names; it has no head of WorkRB's labels")

    return Ranking()


def titles_task(titles: Sequence[Ad], codes_of: dict[str, set[str]], language: str) -> Any:
    """A task of WorkRB: `titles` with a known unit group, and names with the groups they are in."""
    from workrb.tasks.abstract.ranking_base import RankingDataset, RankingTask, RankingTaskGroup
    from workrb.types import LabelType, Language, ModelInputType

    names = list(codes_of)
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        for code in codes_of[name]:
            rows_of.setdefault(code, []).append(row)
    known = [ad for ad in titles if rows_of.get(ad.isco_code or "")]

    class Titles(RankingTask):
        name = "Unit groups of titles"
        description = "ESCO's names ranked for titles; those of the right unit group are right"
        task_group = RankingTaskGroup.JOB_NORMALIZATION
        label_type = LabelType.MULTI_LABEL
        query_input_type = target_input_type = ModelInputType.JOB_TITLE

        @property
        def supported_query_languages(self) -> list[Language]:
            return [Language(language)]

        supported_target_languages = supported_query_languages

        def load_dataset(self, dataset_id: str, split: Any) -> RankingDataset:
            right = [rows_of[ad.isco_code or ""] for ad in known]
            return RankingDataset([ad.title for ad in known], right, names, dataset_id)

    return Titles(languages=[language], split="test")


def names_of(source: str, settings: Settings) -> dict[str, set[str]]:
    """The unit groups of each name of occupations and groups in the source, by name."""
    found: dict[str, set[str]] = {}
    for leaf in prepare(settings, source).leaves:
        for name in leaf.labels:
            found.setdefault(name.strip(), set()).add(leaf.isco_code)
    return found


@click.command()
@click.option("--output", required=True, type=click.Path(path_type=Path), help="Where results go.")
@click.option("--tasks", default="melo,jobnorm", show_default=True, help="Of WorkRB's own.")
@click.option("--language", default="en", show_default=True, help="Languages, separated by commas.")
@click.option("--titles", type=click.Path(path_type=Path, exists=True), help="Titles at hand.")
@click.option("--source", default="starter", show_default=True, help="Names for --titles.")
@click.option("--model", help="A model of WorkRB's instead, by its class: TfIdfModel, BM25Model.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    output: Path,
    tasks: str,
    language: str,
    titles: Path | None,
    source: str,
    model: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Print the measures of each task."""
    try:
        import workrb
    except ImportError as error:
        raise click.ClickException("it needs workrb: pip install workrb") from error
    where = {"data_dir": data_dir} if data_dir else {}
    settings = load_settings(flags={**where, "taxonomy.language": language})
    languages = language.split(",")
    if titles:
        ads = [row for row in read_ads(str(titles), settings.input) if isinstance(row, Ad)]
        asked = [titles_task(ads, names_of(source, settings), languages[0])]
    else:
        classes = [getattr(workrb.tasks, TASKS[name]) for name in tasks.split(",")]
        asked = [each(split="test", languages=languages) for each in classes]
    embedder = open_embedder(settings.embedding)
    with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
        ranker = NameRanker(cache.as_embedder(), settings.search)
        ours = None if model else as_model(ranker, embedder.name)
        ranking = ours or getattr(workrb.models, model or "")()
        measures = {task.name: list(METRICS) for task in asked}
        found = workrb.evaluate(ranking, asked, str(output), metrics=measures, force_restart=True)
    figures = {
        name: {key: of.metrics_dict for key, of in task.datasetid_results.items()}
        for name, task in found.task_results.items()
    }
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, sets in figures.items():
        for key, measured in sets.items():
            told = "  ".join(f"{metric} {value:.4f}" for metric, value in measured.items())
            click.echo(f"{name}, {key}: {told}")


if __name__ == "__main__":
    main()
