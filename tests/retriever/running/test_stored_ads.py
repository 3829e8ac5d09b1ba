"""Classified ads in Qdrant beside the taxonomy, and the leaves looked up from them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core import ESCO_NOTICE
from isco.core.errors import InputError, ModelMismatchError, UnavailableError
from isco.core.records import Ad, BrokenRow, Kind, Prediction
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.retriever.factory import open_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.running.ad_archive import AdArchive
from isco.retriever.searching.similar_leaves import similar_leaves
from tests.support.at_qdrant import settings_in
from tests.support.doubles import HashingEmbedder
from tests.support.qdrant_double import QdrantDouble, answer_with
from tests.support.real_qdrant import REAL_MODES
from tests.support.running import run_of
from tests.support.small_taxonomy import load

MODES = ("local", "server", *REAL_MODES)

BAKER = Ad("ad-1", "Pastry baker (m/f/d)", "You will bake bread at night.", 1, 1, language="en")
NURSE = Ad("ad-2", "Ward nurse", "You will care for the patients of one ward.", 2, 2, language="en")
PAGE = Ad("ad-3", "Just a moment...", "Verify you are a human.", 3, 3)
BROKEN = BrokenRow("4", 4, 4, "line 4 is not JSON")


@dataclass
class Place:
    """A Qdrant with a taxonomy in use, a classifier of it, and a client behind its back."""

    settings: Settings
    classifier: Classifier

    def keep(self, *rows: Ad | BrokenRow) -> list[str | None]:
        with OccupationStore(self.settings) as store:
            searcher = self.classifier.searchers.main
            archive = AdArchive(store, searcher.index, searcher.embed)
            found = self.classifier.classify_batch(rows)
            archive.write(found)
            return [prediction.isco_code for prediction in found]

    def points(self) -> dict[str, dict[str, object]]:
        with OccupationStore(self.settings) as store:
            records = store._client.scroll(self.settings.qdrant.ads_collection)[0]
        return {str(record.payload["id"]): record.payload for record in records}


@pytest.fixture(params=MODES)
def settings(
    request: pytest.FixtureRequest, make_settings: Callable[..., Settings]
) -> Iterator[Settings]:
    with settings_in(request.param, make_settings) as settings:
        yield settings


@pytest.fixture
def place(settings: Settings) -> Place:
    embedder = HashingEmbedder(256)
    load(settings, embedder)
    return Place(settings, open_classifier(settings, embedder))


class TestKeeping:
    def test_ads_that_are_jobs_are_kept_and_no_other_rows(self, place: Place) -> None:
        assert place.keep(BAKER, PAGE, BROKEN, NURSE) == ["7512", None, None, "2221"]
        assert place.points().keys() == {"ad-1", "ad-2"}

    def test_an_ad_reads_from_its_title_through_its_groups_to_the_details(
        self, place: Place
    ) -> None:
        if place.settings.qdrant.prefer_grpc:
            pytest.skip("gRPC sends a payload's keys in no order")
        place.keep(BAKER)
        kept = place.points()["ad-1"]
        assert list(kept) == [
            "title", "isco_code", "isco_label", "isco_major", "isco_sub_major", "isco_minor",
            "confidence", "path", "id", "description", "language", "candidates", "taxonomy",
        ]  # fmt: skip
        assert (kept["isco_code"], kept["isco_major"]) == ("7512", "7 Major")
        assert kept["taxonomy"] == "ESCO v1.2.1 en"
        assert kept["candidates"][0]["label"] == "baker"  # type: ignore[index]

    def test_the_same_ad_takes_its_place_again(self, place: Place) -> None:
        place.keep(BAKER, NURSE)
        place.keep(BAKER)
        assert len(place.points()) == 2

    def test_its_vector_has_the_name_of_the_taxonomy_s(self, place: Place) -> None:
        place.keep(BAKER)
        with OccupationStore(place.settings) as store:
            name = place.settings.qdrant.ads_collection
            vectors = store._client.get_collection(name).config.params.vectors
        assert vectors is not None
        assert set(vectors) == {"dense"}

    def test_ads_of_another_model_are_refused_with_both_names(self, place: Place) -> None:
        place.keep(BAKER)
        other = HashingEmbedder(256)
        other.revision = "2"
        load(place.settings, other)
        place.classifier = open_classifier(place.settings, other)
        with pytest.raises(ModelMismatchError, match=r"hashing-double@1.*hashing-double@2"):
            place.keep(BAKER)
        with pytest.raises(ModelMismatchError, match=r"qdrant\.ads_collection"):
            similar_leaves(place.settings, "ad-1")

    def test_an_ingest_leaves_them_alone(self, place: Place) -> None:
        place.keep(BAKER)
        for _ in range(3):
            load(place.settings, HashingEmbedder(256))
        assert place.points().keys() == {"ad-1"}


class TestLookup:
    def test_the_leaves_near_an_ad_are_those_near_its_title(self, place: Place) -> None:
        place.keep(BAKER, NURSE)
        found = similar_leaves(place.settings, "ad-2")
        assert found.candidates[0].label == "nurse"
        assert [candidate.rank for candidate in found.candidates] == [1, 2, 3, 4]
        vectors = place.classifier.searchers.main.embed(["ward nurse"])
        cosines = sorted(vectors[0] @ place.classifier.searchers.main.index.dense.T, reverse=True)
        scores = [candidate.score for candidate in found.candidates]
        assert scores == pytest.approx(cosines, abs=1e-3)
        assert found.versions.taxonomy == "ESCO v1.2.1 en"

    def test_only_as_many_and_of_the_kinds_that_are_searched(self, place: Place) -> None:
        place.keep(BAKER)
        search = place.settings.search.model_copy(update={"top": 2})
        fewer = place.settings.model_copy(update={"search": search})
        assert len(similar_leaves(fewer, "ad-1").candidates) == 2
        search = place.settings.search.model_copy(update={"kinds": (Kind.GROUP,)})
        groups = place.settings.model_copy(update={"search": search})
        assert similar_leaves(groups, "ad-1").candidates == ()

    def test_an_ad_that_is_not_kept_is_named(self, place: Place) -> None:
        place.keep(BAKER)
        with pytest.raises(InputError, match=r"no ad 'ad-9'.*--store-ads"):
            similar_leaves(place.settings, "ad-9")

    def test_before_any_ad_is_kept_the_command_is_named(self, place: Place) -> None:
        with pytest.raises(UnavailableError, match="isco classify --store-ads"):
            similar_leaves(place.settings, "ad-1")


class Written:
    """The output of a run, in memory."""

    def __init__(self) -> None:
        self.rows: list[Prediction] = []

    def write(self, predictions: Sequence[Prediction]) -> None:
        self.rows.extend(predictions)

    def close(self) -> None:
        pass


def test_stored_ads_are_those_that_are_written(place: Place) -> None:
    plain = place.classifier.classify_batch([BAKER, NURSE])
    writer = Written()
    with OccupationStore(place.settings) as store:
        searcher = place.classifier.searchers.main
        archive = AdArchive(store, searcher.index, searcher.embed)
        run_of([BAKER, NURSE], place.classifier, place.settings, also_to=[archive]).to_stream(
            writer
        )
    assert writer.rows == plain
    assert place.points().keys() == {"ad-1", "ad-2"}


def test_a_server_that_goes_away_ends_the_run_before_the_row_is_written(
    make_settings: Callable[..., Settings], pauses: list[float]
) -> None:
    with QdrantDouble() as server:
        settings = make_settings(qdrant__mode="server", qdrant__url=server.url, qdrant__retries=1)
        load(settings, HashingEmbedder(256))
        place = Place(settings, open_classifier(settings, HashingEmbedder(256)))
        server.faults = [answer_with(503, method="PUT", path=".*/points", times=99)]
        writer = Written()
        with OccupationStore(settings) as store:
            searcher = place.classifier.searchers.main
            archive = AdArchive(store, searcher.index, searcher.embed)
            run = run_of([BAKER], place.classifier, settings, also_to=[archive])
            with pytest.raises(UnavailableError, match="503"):
                run.to_stream(writer)
        assert writer.rows == []


class TestCommands:
    @pytest.fixture
    def isco(self, make_settings, monkeypatch, tmp_path):
        """Run a command on a folder with the four leaves, its model the double."""
        settings = make_settings()
        load(settings, HashingEmbedder(256))
        monkeypatch.setattr("isco.core.embedding.open_embedder", lambda _: HashingEmbedder(256))

        def run(*arguments: str):
            return CliRunner().invoke(cli, [*arguments, "--set", f"data_dir={settings.data_dir}"])

        return run

    @pytest.fixture
    def ads(self, tmp_path):
        file = tmp_path / "ads.jsonl"
        rows = [{"id": ad.id, "title": ad.title, "description": ad.description} for ad in
                (BAKER, NURSE)]  # fmt: skip
        file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
        return file

    def test_kept_ads_are_found_by_id_without_a_model(self, isco, ads, monkeypatch, tmp_path):
        done = isco("classify", str(ads), "-o", str(tmp_path / "out.jsonl"), "--store-ads")
        assert done.exit_code == 0, done.output
        monkeypatch.setattr("isco.core.embedding.open_embedder", None)
        result = isco("search", "--ad", "ad-1", "--json", "--top", "2")
        assert result.exit_code == 0, result.output
        answer = json.loads(result.stdout)
        assert answer["ad"] == "ad-1"
        assert answer["candidates"][0]["label"] == "baker"
        assert len(answer["candidates"]) == 2
        shown = isco("search", "--ad", "ad-1")
        assert "baker" in shown.stdout
        assert ESCO_NOTICE in shown.stderr

    @pytest.mark.parametrize("arguments", [[], ["nurse", "--ad", "ad-1"]])
    def test_search_wants_a_text_or_an_ad(self, isco, arguments):
        result = isco("search", *arguments)
        assert result.exit_code == 2
        assert "either a TEXT or --ad ID" in result.output

    def test_without_the_option_no_ads_are_kept(self, isco, ads, tmp_path):
        isco("classify", str(ads), "-o", str(tmp_path / "out.jsonl"))
        assert isinstance(isco("search", "--ad", "ad-1").exception, UnavailableError)
