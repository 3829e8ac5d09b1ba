"""Ranking leaves: the matrix products against a slow reference and against Qdrant itself."""

import random
from dataclasses import replace
from itertools import product
from math import sqrt

import numpy as np
import pytest
from qdrant_client import QdrantClient

from isco.core import lexical, words
from isco.core.errors import ConfigError
from isco.core.records import Kind, Profile
from isco.core.sparse_rows import SparseRows
from isco.core.store import CollectionMetadata, OccupationStore
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import Searcher
from tests.support.doubles import HashingEmbedder, index_leaves, make_concept

# Of cosines, which are rounded so that their sums are exact; and the same in units of standard
# deviations.
ROUNDED, TOLERANCE = 5e-4, 3e-3
SIGNALS = ("document", "labels", "lexical", "body")
WORDS = [
    "nurse", "driver", "teacher", "software", "developer", "web", "truck", "crane", "operator",
    "assistant", "primary", "school", "senior", "specialist", "data", "baker", "butcher",
    "manager", "sales", "machine", "clerk", "office", "care", "health", "metal",
]  # fmt: skip

ADS = [
    Profile("senior software developer", "You write software for the web."),
    Profile("Krankenschwester", "nurse who provides health care"),
    Profile("truck driver", ""),
    Profile("", "You care for machine and metal."),
    Profile("中文 招聘", "teacher in a primary school"),
]


def random_leaves(count):
    draw = random.Random(5)
    leaves = []
    for number in range(count):
        names = [" ".join(draw.sample(WORDS, 3)) for _ in range(1 + number % 4)]
        leaves.append(
            make_concept(
                f"{1000 + draw.randrange(count // 2)}",
                f"{names[0]} {number}",
                *names[1:],
                description=" ".join(draw.sample(WORDS, 8)),
            )
        )
    return leaves


POINTS = index_leaves(random_leaves(60), HashingEmbedder())


@pytest.fixture
def searcher(make_settings):
    def make(points=POINTS, **weights):
        return searcher_of(make_settings, points, centre=False, **weights)

    return make


def searcher_of(make_settings, points, centre, mean_ad=None, words_in_full=1, **weights):
    settings = make_settings(
        search__weights=dict.fromkeys((*SIGNALS, "head"), 0.0) | weights,
        search__bare_title_weights={"labels": weights.get("labels", 0.0), "words": 0.0},
        search__words_in_full=words_in_full,
        search__centre=centre,
    ).search
    index = ConceptIndex.of(points, settings.kinds)
    return Searcher(index, HashingEmbedder(), settings, mean_ad)


# The reference: plain Python, one number at a time


def dot(left, right):
    return sum(float(a) * float(b) for a, b in zip(left, right, strict=True))


def reference_signals(profile, points):
    """The four signals of one ad as lists over `points`; None where the ad lacks the text."""
    embedder = HashingEmbedder()
    title = embedder.embed_queries([profile.title])[0] if profile.title.strip() else None
    body = embedder.embed_queries([profile.description])[0] if profile.description else None
    counts = lexical.query_vectors([profile.title])
    grams = dict(zip(counts.columns.tolist(), counts.values.tolist(), strict=True))
    return {
        "document": title is not None and [dot(title, point.dense) for point in points],
        "labels": title is not None
        and [max(dot(title, name) for name in point.labels) for point in points],
        "lexical": [
            sum(
                grams.get(gram, 0.0) * float(weight)
                for gram, weight in zip(*map(np.ndarray.tolist, point.lexical), strict=True)
            )
            for point in points
        ],
        "body": body is not None and [dot(body, point.dense) for point in points],
    }


def reference_scores(profile, points, weights):
    signals = reference_signals(profile, points)
    total, used = [0.0] * len(points), 0.0
    for name, weight in weights.items():
        if not weight or not signals[name]:
            continue
        values = signals[name]
        mean = sum(values) / len(values)
        spread = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        unit = 1.0
        if name != "lexical":
            unit, used = spread, used + weight
        total = [
            so_far + weight * (value - mean) / unit
            for so_far, value in zip(total, values, strict=True)
        ]
    return [value / (used or 1.0) for value in total]


def in_order(points):
    return sorted(points, key=lambda point: (point.leaf.isco_code, point.leaf.uri))


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_single_signal_is_returned_as_it_is(searcher, signal):
    scores = searcher(**{signal: 0.7}).scores(ADS)
    for row, profile in zip(scores, ADS, strict=True):
        expected = reference_signals(profile, in_order(POINTS))[signal] or [0.0] * len(POINTS)
        np.testing.assert_allclose(row, expected, atol=ROUNDED)


@pytest.mark.parametrize("signal", ["document", "labels", "body"])
def test_a_single_signal_of_the_embedding_is_a_cosine(searcher, signal):
    scores = searcher(**{signal: 1.0}).scores(ADS)
    assert (np.abs(scores) <= 1 + 1e-5).all()
    own = POINTS[0].leaf
    by_name = searcher(labels=1.0).scores([Profile(own.label, "")])[0]
    assert by_name.max() == pytest.approx(1, abs=ROUNDED)


@pytest.mark.parametrize(
    "weights",
    [
        {"document": 1.0, "labels": 1.0, "lexical": 0.75, "body": 1.0},
        {"document": 1.0, "labels": 0.5},
        {"document": 0.2, "body": 3.0},
        {"labels": 1.0, "lexical": 2.0},
        {"lexical": 1.0, "body": 1.0},
    ],
    ids=lambda weights: "+".join(weights),
)
def test_scores_equal_the_plain_reference(searcher, weights):
    scores = searcher(**weights).scores(ADS)
    assert scores.shape == (len(ADS), len(POINTS))
    assert scores.dtype == np.float32
    for row, profile in zip(scores, ADS, strict=True):
        expected = reference_scores(profile, in_order(POINTS), weights)
        np.testing.assert_allclose(row, expected, atol=TOLERANCE)


def test_scores_do_not_depend_on_the_other_ads_of_the_batch(searcher):
    search = searcher(document=1.0, labels=1.0, lexical=0.75, body=1.0)
    together = search.scores(ADS)
    alone = np.concatenate([search.scores([profile]) for profile in ADS])
    np.testing.assert_allclose(together, alone, atol=TOLERANCE)


def test_scores_do_not_depend_on_the_order_in_which_the_points_are_stored(searcher):
    weights = {"document": 1.0, "labels": 1.0, "lexical": 0.75, "body": 1.0}
    shuffled = list(POINTS)
    random.Random(1).shuffle(shuffled)
    first, second = searcher(**weights), searcher(shuffled, **weights)
    assert first.index.concepts == second.index.concepts
    np.testing.assert_array_equal(first.scores(ADS), second.scores(ADS))


def test_an_ad_without_a_body_scores_as_if_that_signal_were_not_asked_for(searcher):
    ad = [Profile("truck driver", "")]
    everything = searcher(document=1.0, labels=1.0, lexical=0.75, body=1.0).scores(ad)
    without = searcher(document=1.0, labels=1.0, lexical=0.75).scores(ad)
    np.testing.assert_allclose(everything, without, atol=TOLERANCE)


def test_an_ad_without_a_title_scores_by_its_body_alone(searcher):
    ad = [Profile("", "You care for machine and metal.")]
    everything = searcher(document=1.0, labels=1.0, lexical=0.75, body=1.0).scores(ad)[0]
    body = searcher(body=1.0).scores(ad)[0]
    np.testing.assert_allclose(everything, (body - body.mean()) / body.std(), atol=TOLERANCE)


def test_an_ad_that_shares_no_spelling_is_not_moved_by_the_lexical_signal(searcher):
    ad = [Profile("中文 招聘", "")]
    with_it = searcher(document=1.0, labels=1.0, lexical=5.0).scores(ad)
    without = searcher(document=1.0, labels=1.0).scores(ad)
    np.testing.assert_array_equal(with_it, without)


def test_the_lexical_signal_counts_by_its_size_and_is_not_standardised(searcher):
    both = searcher(document=1.0, lexical=2.0)
    # The middle one shares a few letters with some leaves, the last one a whole name.
    for title in ("nurs", "software developer"):
        ad = [Profile(title, "")]
        moved = both.scores(ad)[0]
        document = searcher(document=1.0).scores(ad)[0]
        spelling = searcher(lexical=1.0).scores(ad)[0]
        difference = moved - (document - document.mean()) / document.std()
        np.testing.assert_allclose(difference, 2.0 * (spelling - spelling.mean()), atol=TOLERANCE)


def test_an_ad_without_any_text_scores_zero_everywhere(searcher):
    scores = searcher(document=1.0, labels=1.0, lexical=0.75, body=1.0).scores([Profile("", " ")])
    np.testing.assert_array_equal(scores, 0)


def test_empty_texts_are_never_given_to_the_model(make_settings):
    embedder, settings = HashingEmbedder(), make_settings().search
    searcher = Searcher(ConceptIndex.of(POINTS, settings.kinds), embedder, settings)
    searcher.scores([Profile("", ""), Profile(" ", "\n")])
    assert embedder.asked == []


def test_a_signal_without_weight_is_not_computed(make_settings):
    embedder = HashingEmbedder()
    weights = {"document": 0, "labels": 0, "head": 0, "body": 0, "lexical": 1}
    settings = make_settings(search__weights=weights).search
    searcher = Searcher(ConceptIndex.of(POINTS, settings.kinds), embedder, settings)
    assert list(searcher.score(ADS).signals) == ["lexical"]
    assert embedder.asked == []


# Centring


def unit(vector):
    return vector / np.linalg.norm(vector)


def test_vectors_are_compared_as_seen_from_the_mean_of_their_kind(make_settings):
    points = in_order(POINTS)
    embedder = HashingEmbedder()
    names = np.concatenate([point.labels for point in points])
    documents = np.stack([point.dense for point in points])
    ads = np.full(embedder.dimension, 0.02, dtype=np.float32)
    leaf = 7
    title = unit(embedder.embed_queries([ADS[0].title])[0] - names.mean(axis=0))
    body = unit(embedder.embed_queries([ADS[0].description])[0] - ads)
    document = unit(documents[leaf] - documents.mean(axis=0))
    expected = {
        "document": title @ document,
        "labels": max(title @ unit(name - names.mean(axis=0)) for name in points[leaf].labels),
        "body": body @ document,
    }
    for signal, value in expected.items():
        search = searcher_of(make_settings, POINTS, True, ads, **{signal: 1.0})
        assert search.scores(ADS[:1])[0][leaf] == pytest.approx(value, abs=ROUNDED), signal


def test_what_all_ads_have_in_common_does_not_count(make_settings):
    common = HashingEmbedder().embed_queries(["we offer a friendly team"])[0]
    search = searcher_of(make_settings, POINTS, True, common, body=1.0)
    plain, chatty = search.scores(
        [Profile("", "truck driver"), Profile("", "truck driver we offer a friendly team")]
    )
    blind = searcher_of(make_settings, POINTS, False, body=1.0)
    without, distracted = blind.scores(
        [Profile("", "truck driver"), Profile("", "truck driver we offer a friendly team")]
    )
    assert np.corrcoef(plain, chatty)[0, 1] > np.corrcoef(without, distracted)[0, 1]


def test_an_ad_without_a_text_stays_silent_when_vectors_are_centred(make_settings):
    search = searcher_of(make_settings, POINTS, True, document=1.0, labels=1.0, body=1.0)
    np.testing.assert_array_equal(search.scores([Profile("", " ")]), 0)


# The head


def with_head(points):
    """The points, the first of each code with weights for the head that are easy to follow."""
    seen, headed = set(), []
    for point in points:
        code = point.leaf.isco_code
        if code in seen:
            headed.append(point)
            continue
        seen.add(code)
        draw = np.random.default_rng(int(code))
        row = draw.standard_normal(len(point.dense) + 1).astype(np.float32)
        headed.append(replace(point, head=row))
    return headed


def test_every_leaf_gets_the_logit_of_its_code(make_settings):
    points = with_head(POINTS)
    search = searcher_of(make_settings, points, False, head=1.0)
    rows = {point.leaf.isco_code: point.head for point in points if point.head is not None}
    title = HashingEmbedder().embed_queries([ADS[0].title])[0]
    for leaf, score in zip(search.index.concepts, search.scores(ADS[:1])[0], strict=True):
        row = rows[leaf.isco_code]
        within = ROUNDED * float(np.linalg.norm(row[:-1]))
        assert score == pytest.approx(dot(title, row[:-1]) + float(row[-1]), abs=within)


def test_the_head_says_nothing_of_an_ad_without_a_title(make_settings):
    search = searcher_of(make_settings, with_head(POINTS), False, head=1.0, body=1.0)
    body = searcher_of(make_settings, POINTS, False, body=1.0).scores([ADS[3]])[0]
    moved = search.scores([ADS[3]])[0]
    np.testing.assert_allclose(moved, (body - body.mean()) / body.std(), atol=TOLERANCE)


def test_kinds_that_are_not_searched_still_lend_their_head(make_settings):
    leaf = make_concept("2512", "developer")
    group = replace(make_concept("2512", "group"), kind=Kind.GROUP, uri="http://example.org/group")
    other = make_concept("1120", "director")
    points = index_leaves([leaf, group, other], HashingEmbedder())
    points = with_head([points[1], points[0], points[2]])
    index = ConceptIndex.of(points, [Kind.LEAF])
    assert index.classifier is not None
    np.testing.assert_array_equal(index.classifier[index.code_row[1]], points[0].head)


def test_a_collection_without_a_head_is_searched_by_the_other_signals(make_settings):
    search = searcher_of(make_settings, POINTS, False, head=1.0, document=1.0)
    assert list(search.score(ADS).signals) == ["document"]


# The words of the whole text


SAID = {
    "2221": "wards patients injections nursing care",
    "5120": "meals kitchen recipes stoves",
    "7512": "bread dough ovens pastry",
    "8332": "lorries motorways loads tachograph",
}


def worded_points():
    """Two managers a code with documents by chance, told apart by the words of the first."""
    leaves = [
        replace(make_concept(code, "manager"), uri=f"http://example.org/{code}/{number}")
        for code in SAID
        for number in range(2)
    ]
    vectors = words.document_vectors(list(SAID.values()))
    return [
        replace(point, dense=POINTS[row].dense, words=None if row % 2 else vectors.row(row // 2))
        for row, point in enumerate(index_leaves(leaves, HashingEmbedder()))
    ]


@pytest.fixture
def worded(searcher):
    return lambda points=None, **weights: searcher(points or worded_points(), **weights)


MANAGER = Profile("manager of a bakery", "")


@pytest.mark.parametrize("code", SAID)
def test_the_words_of_a_text_move_the_right_code_up(worded, code):
    search = worded(document=1.0, words=5.0)
    scored = search.score([MANAGER], [f"We offer a lot. {SAID[code]}. Apply now."])
    assert search.code_ranking(scored.total[0], 1) == (code,)
    without = search.score([MANAGER]).total[0]
    moved = scored.total[0] - without
    said = scored.signals["words"][0]
    expected = 5.0 * without.std() * (said - said.mean()) / said.std()
    np.testing.assert_allclose(moved, np.repeat(expected, 2), atol=TOLERANCE)


def test_words_count_only_for_ads_with_a_text(worded):
    search = worded(lexical=1.0, document=1.0, words=5.0)
    silent = search.score([MANAGER, MANAGER])
    assert "words" not in silent.signals
    assert "words" not in search.score([MANAGER], [""]).signals
    mixed = search.score([MANAGER, MANAGER], ["", "bread and dough"])
    np.testing.assert_array_equal(mixed.total[0], silent.total[0])
    assert not np.allclose(mixed.total[1], silent.total[1])


@pytest.mark.parametrize(("different", "counts"), [(4, 0.4), (9, 0.9), (10, 1.0), (30, 1.0)])
def test_words_count_the_less_the_fewer_different_ones_a_text_has(worded, different, counts):
    said = SAID["7512"].split() + ["".join(pair) for pair in product("bdfgk", "aeiouy")]
    text = " ".join((*said[:different], "BREAD", *said[:different]))
    weights = {"document": 1.0, "words": 5.0}
    without = worded(document=1.0).score([MANAGER]).total
    in_full = worded(**weights).score([MANAGER], [text]).total
    total = worded(words_in_full=10, **weights).score([MANAGER], [text]).total
    np.testing.assert_allclose(total - without, counts * (in_full - without), atol=TOLERANCE)


def test_a_text_that_shares_no_word_changes_nothing(worded):
    search = worded(document=1.0, words=5.0)
    said, silent = search.score([MANAGER], ["zzz qqq"]), search.score([MANAGER])
    np.testing.assert_array_equal(said.total, silent.total)


@pytest.mark.parametrize("lacking", ["weight", "collection"])
def test_without_weight_or_without_words_in_the_collection_a_text_does_not_count(worded, lacking):
    points = worded_points()
    if lacking == "collection":
        points = [replace(point, words=None) for point in points]
    search = worded(points, document=1.0, words=0.0 if lacking == "weight" else 5.0)
    assert list(search.score([MANAGER], [SAID["7512"]]).signals) == ["document"]


# Candidates and rankings


def test_candidates_come_nearest_first_with_rank_and_score(searcher):
    search = searcher(labels=1.0)
    scores = search.scores([Profile("truck driver", "")])[0]
    found = search.candidates(scores, 10)
    assert [candidate.rank for candidate in found] == list(range(1, 11))
    expected = np.sort(scores)[::-1][:10]
    np.testing.assert_allclose([c.score for c in found], expected, atol=5.1e-5)
    by_uri = {leaf.uri: leaf for leaf in search.index.concepts}
    for candidate in found:
        leaf = by_uri[candidate.uri]
        assert (candidate.isco_code, candidate.isco_label, candidate.label) == (
            leaf.isco_code, leaf.isco_label, leaf.label,
        )  # fmt: skip


def test_asking_for_more_than_there_is_gives_all(searcher):
    search = searcher(document=1.0)
    scores = search.scores([Profile("nurse", "")])[0]
    assert len(search.candidates(scores, 10_000)) == len(POINTS)
    codes = {leaf.isco_code for leaf in search.index.concepts}
    assert set(search.code_ranking(scores, 10_000)) == codes


def test_ties_keep_the_order_of_codes_then_uris(searcher):
    leaves = [
        replace(make_concept(code, name), uri=f"http://example.org/{name}")
        for code, name in (("9112", "b"), ("0110", "z"), ("2512", "k"), ("0110", "a"))
    ]
    search = searcher(index_leaves(leaves, HashingEmbedder()), document=1.0)
    found = search.candidates(np.zeros(4, dtype=np.float32), 4)
    assert [(c.isco_code, c.label) for c in found] == [
        ("0110", "a"), ("0110", "z"), ("2512", "k"), ("9112", "b"),
    ]  # fmt: skip
    assert search.code_ranking(np.zeros(4, dtype=np.float32), 3) == ("0110", "2512", "9112")


def test_the_code_ranking_has_distinct_codes_by_their_nearest_leaf(searcher):
    search = searcher(document=1.0, labels=1.0)
    scores = search.scores([Profile("software developer", "")])[0]
    best = {}
    for leaf, score in zip(search.index.concepts, scores, strict=True):
        best[leaf.isco_code] = max(score, best.get(leaf.isco_code, -np.inf))
    expected = sorted(best, key=lambda code: -best[code])
    assert len(expected) < len(scores)
    assert search.code_ranking(scores, 7) == tuple(expected[:7])


# The index


def test_only_the_kinds_that_are_asked_for_are_searched():
    leaves = [make_concept("2512", "a"), make_concept("1120", "b")]
    group = replace(
        POINTS[0], leaf=replace(leaves[0], kind=Kind.GROUP, uri="http://example.org/group")
    )
    points = [group, *index_leaves(leaves, HashingEmbedder())]
    assert {leaf.kind for leaf in ConceptIndex.of(points, [Kind.LEAF]).concepts} == {Kind.LEAF}
    assert len(ConceptIndex.of(points, ["leaf", "unit group"]).concepts) == 3


def test_kinds_of_which_there_is_nothing_are_named():
    with pytest.raises(ConfigError, match=r"search\.kinds.*inner occupation"):
        ConceptIndex.of(POINTS, ["inner occupation"])


NAMED = ConceptIndex.of(
    index_leaves(
        [
            make_concept("1120", "managing director", "General  manager"),
            make_concept("1411", "hotel manager", "general manager"),
            make_concept("5120", "Cook", "chef"),
        ],
        HashingEmbedder(),
    ),
    ["leaf"],
)


@pytest.mark.parametrize(
    ("name", "of_any", "of_first"),
    [
        ("cook", {"5120"}, {"5120"}),
        (" COOK ", {"5120"}, {"5120"}),
        ("Chef", {"5120"}, set()),
        ("general manager", {"1120", "1411"}, set()),
        ("Managing\tDirector", {"1120"}, {"1120"}),
        ("cooks", set(), set()),
        ("", set(), set()),
    ],
)
def test_the_codes_of_a_name_are_known_whatever_its_case(name, of_any, of_first):
    assert NAMED.codes_named(name) == of_any
    assert NAMED.codes_named(name, first_names=True) == of_first


@pytest.mark.parametrize(
    ("everyday", "codes"),
    [
        ((), {"1120", "1411"}),
        (("1411",), {"1411"}),
        (("1411", "5120"), {"1411"}),
        (("5120",), {"5120"}),
        (("1120", "1411"), {"1120", "1411"}),
    ],
)
def test_of_several_groups_that_share_a_name_everyday_names_decide(everyday, codes):
    concepts = [
        replace(concept, everyday_names=("general manager",) * (concept.isco_code in everyday))
        for concept in NAMED.concepts
    ]
    index = replace(NAMED, concepts=tuple(concepts))
    assert index.codes_named("General Manager") == codes
    assert index.codes_named("Cook") == {"5120"}


def test_of_several_groups_one_of_which_is_called_so_first_everyday_names_decide_nothing():
    cook, chef = NAMED.concepts[2], NAMED.concepts[0]
    chef = replace(chef, label="chef", alt_labels=("cook",), everyday_names=("cook",))
    assert replace(NAMED, concepts=(chef, cook)).codes_named("cook") == {"1120", "5120"}


def test_every_row_of_the_index_belongs_to_its_leaf():
    index = ConceptIndex.of(POINTS[::-1], ["leaf"])
    by_uri = {point.leaf.uri: point for point in POINTS}
    for row, leaf in enumerate(index.concepts):
        point = by_uri[leaf.uri]
        np.testing.assert_array_equal(index.dense[row], point.dense)
        names = index.names.vectors[index.names.starts[row] :][: len(leaf.labels)]
        np.testing.assert_allclose(names, point.labels, atol=2e-4)
        spelling = index.lexical.products(SparseRows.of([point.lexical], lexical.DIMENSIONS))
        assert spelling[0, row] == pytest.approx(point.lexical[1] @ point.lexical[1])


# Qdrant


def test_the_order_by_document_alone_is_qdrants_own(make_settings):
    settings = make_settings(
        qdrant__mode="memory",
        search__weights={"document": 1.0, "labels": 0, "head": 0, "lexical": 0, "body": 0},
        search__centre=False,
    )
    embedder = HashingEmbedder()
    metadata = CollectionMetadata(
        taxonomy="test", taxonomy_version="1", language="en", model=embedder.name,
        model_revision=embedder.revision, dimension=embedder.dimension, embedding_options={},
        document_template="{label}", source_checksum="0", points=len(POINTS),
        leaves=len(POINTS), labels=1, codes=1,
    )  # fmt: skip
    client = QdrantClient(":memory:")
    with OccupationStore(settings, client) as store:
        name = store.build(metadata, POINTS)
        searcher = Searcher(
            ConceptIndex.of(store.read_indexed(name), settings.search.kinds),
            embedder,
            settings.search,
        )
        for profile in (ADS[0], ADS[1], ADS[2], ADS[4]):
            asked = client.query_points(
                settings.qdrant.alias,
                query=embedder.embed_queries([profile.title])[0].tolist(),
                using="dense",
                limit=15,
            ).points
            found = searcher.candidates(searcher.scores([profile])[0], 15)
            theirs = {point.payload["uri"]: point.score for point in asked}
            assert [c.uri for c in found[:3]] == list(theirs)[:3]
            by_theirs = [theirs[c.uri] for c in found]
            np.testing.assert_allclose([c.score for c in found], by_theirs, atol=ROUNDED)
            assert by_theirs == pytest.approx(sorted(by_theirs, reverse=True), abs=ROUNDED)
