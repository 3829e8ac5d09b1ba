"""The similarity of ads, and what labelled ads say by it, against the definitions."""

import math

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from isco.core.store import LabelledAd
from isco.retriever.labelled.kernel import AdKernel, AdTexts
from isco.retriever.labelled.ridge import RidgeAds, fit_ridge
from tests.support.doubles import HashingEmbedder

TITLES = ["night baker", "pastry baker", "school cook", "ward nurse", "nurse"]
TEXTS = ["bread at night", "cakes and bread", "lunch for children", "patients", ""]
CODES = ["2221", "5120", "7512"]
GIVEN = ["7512", "7512", "5120", "2221", "2221"]


def texts(titles: list[str], bodies: list[str]) -> AdTexts:
    return AdTexts(titles, bodies, HashingEmbedder().embed_queries(titles))


def labelled(title: str, code: str, text: str = "", **more: object) -> LabelledAd:
    values: dict[str, object] = {
        "id": title, "source": "s", "title": title, "description": "", "isco_code": code,
        "isco_label": "", "language": "en", "learned": "2026", "text": text,
        "vector": HashingEmbedder().embed_queries([title])[0], "content": f"{title} {text}",
    }  # fmt: skip
    return LabelledAd(**{**values, **more})  # type: ignore[arg-type]


def cosine_of_grams(left: list[str], right: list[str]) -> np.ndarray:
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).fit(left)
    return (grams.transform(right) @ grams.transform(left).T).toarray()


def test_it_is_the_exponential_of_the_weighted_mean_of_the_cosines() -> None:
    ads = texts(TITLES, [""] * 5)
    kernel = AdKernel.of(ads, None).among()
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[^\W_]+")
    cut = [" ".join(word[:5] for word in title.split()) for title in TITLES]
    by_words = words.fit_transform(cut)
    mean = (
        cosine_of_grams(TITLES, TITLES)
        + (by_words @ by_words.T).toarray()
        + 2 * ads.vectors @ ads.vectors.T
    ) / 4
    np.testing.assert_allclose(kernel, np.expm1(mean) / (math.e - 1), atol=1e-4)


def test_the_same_ads_are_as_alike_from_outside_as_among_each_other() -> None:
    ads = texts(TITLES, TEXTS)
    kernel = AdKernel.of(ads, None)
    np.testing.assert_allclose(kernel.towards(ads), kernel.among(), atol=1e-6)
    assert np.linalg.eigvalsh(kernel.among().astype(np.float64)).min() > -1e-5


def test_terms_that_nobody_has_make_an_ad_less_alike() -> None:
    kernel = AdKernel.of(texts(TITLES, [""] * 5), None)
    (known, unknown) = kernel.towards(texts(["nurse", "nurse xylographer"], ["", ""]))[:, 4]
    assert known == pytest.approx(1, abs=1e-4)
    assert unknown < known


def test_texts_count_where_there_are_any() -> None:
    bodies = ["bake bread", "bake bread", "drive", "nurse", "nurse"]
    with_texts = AdKernel.of(texts(["a", "b", "c", "d", "e"], bodies), None).among()
    without = AdKernel.of(texts(["a", "b", "c", "d", "e"], [""] * 5), None).among()
    assert with_texts[0, 1] > without[0, 1]
    assert with_texts[0, 1] > with_texts[0, 2]


def test_kept_as_arrays_it_is_the_same() -> None:
    kernel = AdKernel.of(texts(TITLES, TEXTS), np.full(32, 0.1, np.float32))
    again = AdKernel.from_arrays(kernel.arrays())
    asked = texts(["night nurse"], ["bread and patients"])
    np.testing.assert_array_equal(again.towards(asked), kernel.towards(asked))
    assert all(array.size for array in kernel.arrays().values())


def members() -> RidgeAds:
    ads = [labelled(t, c, x) for t, c, x in zip(TITLES, GIVEN, TEXTS, strict=True)]
    return RidgeAds.of(ads, CODES, most=100)


def test_what_is_said_of_an_ad_without_itself_is_what_a_fit_without_it_says() -> None:
    ads = members()
    kernel = AdKernel.of(ads.ads, None).among().astype(np.float64)
    _, without_itself = fit_ridge(ads, None, 0.3)
    for row in range(5):
        others = [other for other in range(5) if other != row]
        inverse = np.linalg.inv(kernel[np.ix_(others, others)] + 0.3 * np.eye(4))
        expected = kernel[row, others] @ inverse @ ads.targets[others]
        np.testing.assert_allclose(without_itself[row], expected, atol=1e-4)


def test_it_says_the_codes_of_ads_that_are_alike() -> None:
    fit, _ = fit_ridge(members(), None, 0.3)
    said = fit.outputs(texts(["bakers", "nurses"], ["", ""]))
    assert [CODES[column] for column in said.argmax(axis=1)] == ["7512", "2221"]
    assert fit.counts.tolist() == [2, 1, 2]


def test_equal_ads_are_one_whose_codes_share_its_weight() -> None:
    ads = [labelled("baker", "7512"), labelled("baker", "5120", id="2"), labelled("cook", "5120")]
    found = RidgeAds.of(ads, CODES, most=100)
    assert found.rows == ((0, 1), (2,))
    assert found.targets.tolist() == [[0, 0.5, 0.5], [0, 1, 0]]


def test_shortlists_and_shorter_codes_share_their_weight() -> None:
    ads = [
        labelled("baker", "7512", also={"5120": "Cooks"}),
        labelled("nurse", "2"),
        labelled("someone", "3"),
    ]
    found = RidgeAds.of(ads, [*CODES, "2222"], most=100)
    assert found.targets.tolist() == [[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 0, 0, 0]]


def test_of_many_the_same_ones_are_fitted_in_whatever_order_they_come() -> None:
    ads = [labelled(f"baker {n}", "7512") for n in range(50)]
    some, again = RidgeAds.of(ads, CODES, most=10), RidgeAds.of(ads[::-1], CODES, most=10)
    assert len(some.rows) == 10
    assert some.ads.titles == again.ads.titles
