"""Learned ads are taken elsewhere, and are the same there."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isco.core.errors import ConfigError, UnavailableError
from isco.core.progress import Silent
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.retriever.factory import open_classifier, read_search_data
from isco.retriever.learning.exporting import export_learned
from isco.retriever.learning.learn import LearnSummary, learn
from isco.retriever.learning.refitting import refit
from isco.retriever.reading.text_files import read_ads
from tests.retriever.searching.test_snapshot import ADS, as_values
from tests.support.doubles import HashingEmbedder
from tests.support.learned import learned_fit
from tests.support.qdrant_double import QdrantDouble
from tests.support.small_taxonomy import LEAVES, load

CODED = [
    Ad("1", "Galley wizard", "You will cook for the crew.", 1, 1, "en", "5120"),
    Ad("2", "Pastry hero (m/f/d)", "<p>Bread &amp; cakes at night.</p>", 2, 2, "en", "7512|5120"),
    Ad("3", "", "You will care for the patients of one ward.", 3, 3, None, "2221"),
    Ad("4", "Asphalt \u201ccowboy\u201d", "", 4, 4, "pl", "8332"),
]


@pytest.fixture(params=["local", "server"])
def elsewhere(
    request: pytest.FixtureRequest, make_settings: Callable[..., Settings], tmp_path: Path
) -> Iterator[Settings]:
    """An empty place with the same taxonomy, embedded or on a server."""
    common = {"search__top": 4, "qdrant__retries": 0, "data_dir": tmp_path / "elsewhere"}
    with QdrantDouble() as double:
        at = {"qdrant__mode": "server", "qdrant__url": double.url}
        settings = make_settings(**common, **(at if request.param == "server" else {}))
        load(settings, HashingEmbedder())
        yield settings


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    settings = make_settings(search__top=4, qdrant__retries=0)
    load(settings, HashingEmbedder())
    learned(settings, CODED[:2], "survey")
    learned(settings, CODED[2:], "office")
    return settings


def learned(
    settings: Settings, ads: list[Ad], source: str, embedder: HashingEmbedder | None = None
) -> LearnSummary:
    return learn(settings, ads, source, lambda _: embedder or HashingEmbedder(), Silent())


def learned_from(
    settings: Settings, file: Path, named: bool = False, embedder: HashingEmbedder | None = None
) -> LearnSummary:
    rows = read_ads(str(file), settings.input)
    embedder = embedder or HashingEmbedder()
    return learn(settings, rows, "coded", lambda _: embedder, Silent(), named=named)


def assert_same(there: Settings, here: Settings) -> None:
    """The same labelled ads, and the same that is fitted on them.

    A vector that is of length one already may be brought to length one again where it is stored.
    """
    found, expected = (read_search_data(place, HashingEmbedder()) for place in (there, here))
    assert as_values(found)[2:] == as_values(expected)[2:]
    for one, other in zip(found.labelled, expected.labelled, strict=True):
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-7)


def without_vectors(file: Path) -> list[object]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [{**row, "isco_learned": {**row["isco_learned"], "vector": None}} for row in rows]


def predictions(settings: Settings) -> str:
    ads = [*ADS, *(replace(ad, isco_code=None) for ad in CODED)]
    found = open_classifier(settings, HashingEmbedder()).classify_batch(ads)
    return json.dumps([prediction.as_dict() for prediction in found])


def test_learned_elsewhere_they_are_the_same_and_give_the_same_predictions(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with OccupationStore(settings) as store:
        members = replace(learned_fit(), members="of an earlier moment")
        store.labelled().set_fit(members)
    file = tmp_path / "coded.jsonl"
    written = export_learned(settings, file)
    assert (written.ads, written.sources) == (4, 2)
    embedder = HashingEmbedder()
    summary = learned_from(elsewhere, file, embedder=embedder)
    assert (summary.learned, summary.refused, embedder.asked) == (4, (), [])
    assert_same(elsewhere, settings)
    assert predictions(elsewhere) == predictions(settings)
    again = tmp_path / "again.jsonl"
    export_learned(elsewhere, again)
    assert without_vectors(again) == without_vectors(file)


def test_what_was_fitted_on_all_of_them_comes_along_and_stands(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    fit = refit(settings, lambda _: HashingEmbedder(), Silent())
    file = tmp_path / "coded.jsonl"
    export_learned(settings, file)
    learned_from(elsewhere, file)
    assert refit(elsewhere, lambda _: HashingEmbedder(), Silent()) == fit
    assert_same(elsewhere, settings)


def test_a_file_is_as_people_read_and_change_it(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "coded.jsonl"
    export_learned(settings, file, "survey")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["isco_code"], row["source"]) for row in rows] == [
        ("1", "5120", "survey"), ("2", "7512|5120", "survey"),
    ]  # fmt: skip
    assert rows[1]["description"] == "Bread & cakes at night."
    rows[0]["isco_code"] = "2221"
    rows[1]["title"] = "Night baker"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    learned_from(elsewhere, file)
    found = {ad.id: ad for ad in read_search_data(elsewhere, HashingEmbedder()).labelled}
    assert (found["1"].isco_code, found["1"].source) == ("2221", "survey")
    assert (found["2"].title, found["2"].source) == ("Night baker", "coded")


def test_a_source_may_be_named_anew(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "coded.jsonl"
    export_learned(settings, file)
    learned_from(elsewhere, file, named=True)
    sources = {ad.source for ad in read_search_data(elsewhere, HashingEmbedder()).labelled}
    assert sources == {"coded"}


def test_another_model_embeds_them_again(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "coded.jsonl"
    export_learned(settings, file)
    content = file.read_text(encoding="utf-8").replace("hashing-double", "another")
    file.write_text(content, encoding="utf-8")
    embedder = HashingEmbedder()
    assert learned_from(elsewhere, file, embedder=embedder).learned == 4
    assert len(embedder.asked) == 4
    there = read_search_data(elsewhere, HashingEmbedder()).labelled
    here = read_search_data(settings, HashingEmbedder()).labelled
    for one, other in zip(there, here, strict=True):
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-6)


def test_codes_that_the_taxonomy_lacks_are_refused_with_the_reason(
    settings: Settings, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    file = tmp_path / "coded.jsonl"
    export_learned(settings, file)
    smaller = make_settings(qdrant__retries=0, data_dir=tmp_path / "smaller")
    load(smaller, HashingEmbedder(), LEAVES[:3])
    summary = learned_from(smaller, file)
    assert (summary.learned, [row.id for row in summary.refused]) == (3, ["3"])


def test_what_can_t_be_exported_is_told_and_nothing_is_overwritten(
    settings: Settings, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no ads were learned from 'away'"):
        export_learned(settings, tmp_path / "coded.jsonl", "away")
    with pytest.raises(ConfigError, match="no ads were learned: "):
        export_learned(make_settings(data_dir=tmp_path / "none"), tmp_path / "coded.jsonl")
    there = tmp_path / "there.jsonl"
    there.write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        export_learned(settings, there)
    assert there.read_text() == "mine"
    with pytest.raises(UnavailableError, match="can't write"):
        export_learned(settings, tmp_path / "away" / "coded.jsonl")
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["there.jsonl"]
