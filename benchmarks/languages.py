"""What do names of further languages bring, and what do they cost the first? Side by side.

    python -m benchmarks.languages SOURCE [LABELLED...] --language en,pl,nl [--data-dir DIR]
        [--sample N] [--json]

SOURCE is an ESCO download in these languages; vectors are kept in DIR. Each set is searched
with the names of the main language alone and with all. So are names of each further language, of
which the preferred ones alone are then in the index: the others stand for titles of ads. For each
signal: accuracy of the first code, and recall of the code among the first ten distinct codes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled import draw
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.base import Vectors
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad, Concept
from isco.core.settings import Settings
from isco.ingest.cleaning import clean_label
from isco.ingest.documents import document_text, searchable_leaves
from isco.ingest.indexing import indexed
from isco.ingest.reference_ads import ad_centre
from isco.ingest.sources import read_source
from isco.ingest.taxonomy import build_taxonomy
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import Scores, Searcher

Figures = dict[str, tuple[float, float]]

DEPTH = 10


class CachedEmbedder:
    """The model behind a cache, so that no variant embeds again what another has."""

    def __init__(self, settings: Settings) -> None:
        embedder = open_embedder(settings.embedding)
        self.name, self.revision = embedder.name, embedder.revision
        self.dimension = embedder.dimension
        self.cache = EmbeddingCache(settings.cache_path, embedder, settings.embedding)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_queries`."""
        return self.cache.embed_queries(texts).vectors

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_documents`."""
        return self.cache.embed_documents(texts).vectors


def alone(leaf: Concept) -> Concept:
    """The leaf with the names of its main language."""
    return replace(leaf, further_labels=())


def pooled(leaf: Concept) -> Concept:
    """The leaf with all its names as if they were of one language."""
    return replace(leaf, alt_labels=leaf.alt_labels + leaf.further_labels, further_labels=())


def leaves_of(source: str, languages: Sequence[str]) -> list[Concept]:
    """Every searched concept."""
    return searchable_leaves(build_taxonomy(read_source(source, *languages)))


def with_preferred(leaves: Sequence[Concept], source: str, language: str) -> list[Concept]:
    """The leaves in their main language, and what another prefers to call them."""
    taxonomy = read_source(source, language)
    titles = {c.uri: clean_label(c.label) for c in (*taxonomy.groups, *taxonomy.occupations)}
    return [
        replace(leaf, further_labels=tuple(filter(None, (titles.get(leaf.uri),))))
        for leaf in map(alone, leaves)
    ]


def held_out(leaves: Sequence[Concept], source: str, language: str) -> list[Ad]:
    """The other names in that language that no leaf has, as ads."""
    known = {name.casefold() for leaf in leaves for name in leaf.labels}
    ads: dict[str, Ad] = {}
    for concept in read_source(source, language).occupations:
        for name in map(clean_label, concept.alt_labels):
            if name and name.casefold() not in known:
                row = len(ads) + 1
                ad = Ad(str(row), name, "", row, row, language, concept.isco_code)
                ads.setdefault(name.casefold(), ad)
    return list(ads.values())


def labelled(path: Path, settings: Settings) -> list[Ad]:
    """The ads of a file whose code is known."""
    ads = [row for row in read_ads(str(path), settings.input) if isinstance(row, Ad)]
    return [ad for ad in ads if ad.isco_code]


def searcher_over(
    leaves: Sequence[Concept], settings: Settings, embedder: CachedEmbedder
) -> Searcher:
    """The search over these leaves, as an ingest would make it."""
    names = embedder.embed_queries([label for leaf in leaves for label in leaf.labels])
    texts = [document_text(leaf, settings.taxonomy.document) for leaf in leaves]
    points = list(indexed(leaves, names, embedder.embed_documents(texts)))
    index = ConceptIndex.of(points, settings.search.kinds)
    centre = np.array(ad_centre(embedder.cache), dtype=np.float32)
    return Searcher(index, embedder, settings.search, centre)


def measured(ads: Sequence[Ad], searcher: Searcher, settings: Settings) -> Figures:
    """Accuracy and recall of each signal and of all together."""
    extractor = RuleExtractor(settings.extraction)
    scored = searcher.score([extractor.profile(ad) for ad in ads])
    codes = np.array([leaf.isco_code for leaf in searcher.index.concepts])
    gold = np.array([ad.isco_code for ad in ads])
    wanted = ("labels", "head", "lexical")
    return {
        **{name: _figures(scored.signals[name], codes, gold) for name in wanted},
        "all signals": _figures(scored.total, codes, gold),
    }


def _figures(
    scores: Scores, codes: NDArray[np.str_], gold: NDArray[np.str_]
) -> tuple[float, float]:
    """Accuracy of the first code, and recall within DEPTH; `codes` are sorted."""
    distinct, first = np.unique(codes, return_index=True)
    by_code = np.maximum.reduceat(scores, first, axis=1)
    hits = distinct[np.argsort(-by_code, axis=1, kind="stable")[:, :DEPTH]] == gold[:, None]
    return float(hits[:, 0].mean()), float(hits.any(axis=1).mean())


@click.command()
@click.argument("source")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--language", required=True, help="The main one, and those that are folded in.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option("--sample", default=1000, show_default=True, help="Most texts taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    source: str,
    files: tuple[Path, ...],
    language: str,
    data_dir: Path | None,
    sample: int,
    as_json: bool,
) -> None:
    """Print accuracy and recall@10 of every signal over every choice of names, set by set."""
    flags = {"taxonomy.language": language, **({"data_dir": data_dir} if data_dir else {})}
    settings = load_settings(flags=flags)
    embedder = CachedEmbedder(settings)
    every = leaves_of(source, settings.taxonomy.languages)
    sets = {path.stem: (labelled(path, settings), every) for path in files}
    for code in settings.taxonomy.languages[1:]:
        some = with_preferred(every, source, code)
        sets[f"{code}, held out"] = (held_out(some, source, code), some)
    choices: dict[str, Callable[[Concept], Concept]] = {
        "main language": alone, "folded": lambda leaf: leaf, "n-grams in one": pooled,
    }  # fmt: skip
    figures: dict[str, dict[str, Figures]] = {}
    for title, (ads, leaves) in sets.items():
        chosen = draw(ads, sample)
        figures[f"{title} ({len(chosen)})"] = {
            choice: measured(
                chosen, searcher_over([*map(change, leaves)], settings, embedder), settings
            )
            for choice, change in choices.items()
        }
    if as_json:
        click.echo(json.dumps(figures))
        return
    names = list(next(iter(next(iter(figures.values())).values())))
    click.echo("| set | names | " + " | ".join(names) + " |")
    click.echo("|---|---|" + "---|" * len(names))
    for title, by_choice in figures.items():
        for choice, by_signal in by_choice.items():
            cells = (f"{a:.3f} / {r:.3f}" for a, r in by_signal.values())
            click.echo(f"| {title} | {choice} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
