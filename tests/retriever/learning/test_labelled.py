"""Labelled ads in Qdrant: kept, read, listed, removed, and carried over to a new taxonomy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from isco.core.errors import ModelMismatchError, UnavailableError
from isco.core.settings import Settings
from isco.core.store import CarriedOver, CollectionMetadata, Groups, LabelledAd, OccupationStore
from isco.core.store.labelled import LabelledCollection
from isco.core.store.labelled_alias import LabelledAlias
from tests.support.at_qdrant import settings_in
from tests.support.doubles import HashingEmbedder
from tests.support.learned import learned_fit
from tests.support.real_qdrant import REAL_MODES
from tests.support.small_taxonomy import LEAVES, load

MODES = ("local", "server", *REAL_MODES)
GROUPS = Groups.of(LEAVES)
MODEL = HashingEmbedder(16)


def labelled(ad_id: str, title: str, code: str, source: str = "survey") -> LabelledAd:
    return LabelledAd(
        id=ad_id,
        source=source,
        title=title,
        description=f"You will work as a {title}.",
        isco_code=code,
        isco_label=f"Group {code}",
        language="en",
        learned="2026-01-02T03:04:05+00:00",
        vector=MODEL.embed_queries([title])[0],
    )


BAKER = labelled("1", "night baker", "7512")
NURSE = labelled("2", "ward sister", "2221")
DRIVER = labelled("1", "lorry man", "8332", source="portal")


@dataclass
class Place:
    """A Qdrant with the small taxonomy, and its labelled ads."""

    store: OccupationStore
    settings: Settings

    @property
    def ads(self) -> LabelledCollection:
        return self.store.labelled()

    @property
    def taxonomy(self) -> CollectionMetadata:
        return self.store.require_active()[1]

    def keep(self, *ads: LabelledAd) -> None:
        self.ads.prepare(self.taxonomy)
        self.ads.store(ads, GROUPS)

    def collections(self) -> set[str]:
        """Those of labelled ads."""
        prefix = self.settings.qdrant.labelled_collection
        found = self.store._client.get_collections().collections
        return {item.name for item in found if item.name.startswith(prefix)}

    def carry(
        self, taxonomy: CollectionMetadata | None = None, groups: Groups | None = None
    ) -> CarriedOver:
        return self.ads.carry_over(taxonomy or self.taxonomy, groups or GROUPS, other_model)


OTHER = {"model": "other", "model_revision": "9", "dimension": 24}


def other_model(texts: object) -> np.ndarray:
    return HashingEmbedder(24).embed_queries(list(texts))  # type: ignore[call-overload]


@pytest.fixture(params=MODES)
def settings(
    request: pytest.FixtureRequest, make_settings: Callable[..., Settings]
) -> Iterator[Settings]:
    with settings_in(request.param, make_settings, qdrant__upload_batch=2) as settings:
        yield settings


@pytest.fixture
def place(settings: Settings) -> Iterator[Place]:
    load(settings, MODEL)
    with OccupationStore(settings) as store:
        yield Place(store, settings)


def titles(place: Place) -> set[str]:
    return {ad.title for ad in place.ads.read(place.taxonomy)}


class TestKeeping:
    def test_what_is_kept_is_read_with_its_vector_in_the_order_of_points(
        self, place: Place
    ) -> None:
        place.keep(BAKER, NURSE, DRIVER)
        read = place.ads.read(place.taxonomy)
        expected = sorted((BAKER, NURSE, DRIVER), key=lambda ad: ad.point_id)
        assert [ad.point_id for ad in read] == [ad.point_id for ad in expected]
        for found, kept in zip(read, expected, strict=True):
            assert found.vector == pytest.approx(kept.vector, abs=1e-6)
            assert {**vars(found), "vector": None} == {**vars(kept), "vector": None}

    def test_the_payload_reads_from_the_title_through_the_groups_to_the_details(
        self, place: Place
    ) -> None:
        if place.settings.qdrant.prefer_grpc:
            pytest.skip("gRPC sends a payload's keys in no order")
        place.keep(BAKER)
        (payload,) = place.ads.payloads().values()
        assert list(payload) == [
            "title", "isco_code", "isco_label", "isco_major", "isco_sub_major", "isco_minor",
            "source", "id", "description", "language", "learned", "taxonomy_version",
            "text", "content",
        ]  # fmt: skip
        assert payload["isco_minor"] == "751 Minor"

    def test_the_same_ad_of_the_same_source_is_replaced(self, place: Place) -> None:
        place.keep(BAKER, DRIVER)
        place.keep(replace(BAKER, isco_code="5120"))
        codes = sorted(ad.isco_code for ad in place.ads.read(place.taxonomy))
        assert codes == ["5120", "8332"]

    def test_without_any_there_is_nothing_to_read_list_or_remove(self, place: Place) -> None:
        assert place.ads.read(place.taxonomy) == []
        assert place.ads.sources() == []
        assert place.ads.remove("survey") == 0
        assert place.carry() == CarriedOver()
        assert place.collections() == set()

    def test_what_a_killed_learn_has_begun_is_gone_on_with(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(LabelledAlias, "put_into_use", killed)
            with pytest.raises(KeyboardInterrupt):
                place.keep(BAKER)
        place.keep(BAKER)
        assert titles(place) == {"night baker"}
        assert len(place.collections()) == 1

    def test_ads_of_another_model_are_refused_with_both_names(self, place: Place) -> None:
        place.keep(BAKER)
        other = replace(place.taxonomy, model="other", model_revision="9")
        for use in (place.ads.read, place.ads.prepare):
            with pytest.raises(ModelMismatchError, match=r"hashing-double@1.*other@9.*isco ingest"):
                use(other)

    def test_they_stay_when_the_taxonomy_is_rebuilt_and_rolled_back(self, place: Place) -> None:
        place.keep(BAKER)
        leaves = place.store.read_indexed(place.store.require_active()[0].name)
        place.store.build(replace(place.taxonomy, taxonomy_version="v2"), leaves)
        place.store.rollback()
        assert titles(place) == {"night baker"}


class TestSources:
    def test_each_tells_its_ads_and_codes_and_when_they_were_learned(self, place: Place) -> None:
        later = replace(NURSE, learned="2026-02-03T00:00:00+00:00")
        place.keep(BAKER, later, DRIVER)
        portal, survey = place.ads.sources()
        assert (portal.name, portal.ads, portal.codes) == ("portal", 1, 1)
        assert (survey.name, survey.ads, survey.codes) == ("survey", 2, 2)
        assert (survey.first_learned, survey.last_learned) == (BAKER.learned, later.learned)

    def test_one_is_removed_and_the_others_stay(self, place: Place) -> None:
        place.keep(BAKER, NURSE, DRIVER)
        assert place.ads.remove("survey") == 2
        assert titles(place) == {"lorry man"}


class TestFit:
    def test_it_is_read_as_it_was_set_and_replaced(self, place: Place) -> None:
        place.keep(BAKER)
        assert place.ads.fit() is None
        place.ads.set_fit(learned_fit("first"))
        place.ads.set_fit(learned_fit("second"))
        assert place.ads.fit() == learned_fit("second")
        assert titles(place) == {"night baker"}
        place.ads.set_fit(None)
        assert place.ads.fit() is None

    def test_without_labelled_ads_there_is_no_place_for_it(self, place: Place) -> None:
        assert place.ads.fit() is None
        with pytest.raises(UnavailableError, match="isco learn"):
            place.ads.set_fit(learned_fit("first"))


class TestCarryingOver:
    def test_with_the_same_model_labels_and_version_are_renewed_and_vectors_stay(
        self, place: Place
    ) -> None:
        place.keep(BAKER, NURSE, DRIVER)
        place.ads.set_fit(learned_fit("stored"))
        before = {ad.point_id: ad.vector for ad in place.ads.read(place.taxonomy)}
        groups = Groups.of(
            replace(leaf, isco_label=f"New {leaf.isco_code}", taxonomy_version="v2")
            for leaf in LEAVES
        )
        assert place.carry(groups=groups) == CarriedOver(ads=3)
        for ad in place.ads.read(place.taxonomy):
            assert ad.isco_label == f"New {ad.isco_code}"
            assert ad.vector == pytest.approx(before[ad.point_id], abs=1e-6)
        assert {p["taxonomy_version"] for p in place.ads.payloads().values()} == {"v2"}
        assert place.ads.fit() == learned_fit("stored")

    def test_with_another_model_they_are_embedded_again_from_what_is_kept(
        self, place: Place
    ) -> None:
        untitled = replace(labelled("3", "", "5120"), description="You will cook.")
        place.keep(BAKER, untitled)
        place.ads.set_fit(learned_fit("of the old model"))
        other = replace(place.taxonomy, **OTHER)
        assert place.ads.texts_of_another_model(place.taxonomy) == []
        assert set(place.ads.texts_of_another_model(other)) == {"night baker", "You will cook."}
        assert place.carry(other) == CarriedOver(ads=2, embedded_again=2)
        vectors = {ad.id: ad.vector for ad in place.ads.read(other)}
        expected = other_model(["night baker", "You will cook."])
        assert vectors["1"] == pytest.approx(expected[0], abs=1e-6)
        assert vectors["3"] == pytest.approx(expected[1], abs=1e-6)
        assert len(place.collections()) == 1
        assert place.ads.fit() is None
        with pytest.raises(ModelMismatchError, match=r"other@9.*hashing-double@1"):
            place.ads.read(place.taxonomy)

    def test_other_prompts_count_as_another_model(self, place: Place) -> None:
        place.keep(BAKER)
        other = replace(place.taxonomy, embedding_options={"query_prompt": "q: "})
        assert place.ads.carry_over(other, GROUPS, MODEL.embed_queries).embedded_again == 1

    def test_codes_that_are_gone_are_kept_as_obsolete_and_revived(self, place: Place) -> None:
        place.keep(BAKER, NURSE)
        fewer = Groups.of(leaf for leaf in LEAVES if leaf.isco_code != "7512")
        assert place.carry(groups=fewer) == CarriedOver(2, 0, 1, ("7512",))
        assert titles(place) == {"ward sister"}
        assert [source.obsolete for source in place.ads.sources()] == [1]
        assert place.carry() == CarriedOver(ads=2)
        assert titles(place) == {"night baker", "ward sister"}
        assert not any("obsolete" in payload for payload in place.ads.payloads().values())

    @pytest.mark.parametrize("step", ["create", "write", "put_into_use", "delete_collection"])
    def test_killed_at_any_step_no_ad_is_lost_and_the_next_heals(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        place.keep(BAKER, NURSE, DRIVER)
        other = replace(place.taxonomy, **OTHER)
        holder = place.store._client if step == "delete_collection" else LabelledAlias
        real = getattr(holder, step)

        def killed(*arguments: object) -> None:
            if step in ("create", "write"):
                real(*arguments)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(holder, step, killed)
            with pytest.raises(KeyboardInterrupt):
                place.carry(other)
        assert len(place.ads.payloads()) == 3
        carried = place.carry(other)
        assert (carried.ads, carried.obsolete) == (3, 0)
        assert len(place.ads.read(other)) == 3
        assert len(place.collections()) == 1

    def test_a_reader_that_an_ingest_overtakes_reads_the_new_vectors(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.keep(BAKER, NURSE)
        other = replace(place.taxonomy, embedding_options={"query_prompt": "q: "})
        reader, read = place.ads, []

        def overtake(name: str, with_vectors: bool) -> Iterator[object]:
            read.append(name)
            if len(read) == 1:
                place.ads.carry_over(other, GROUPS, MODEL.embed_queries)
                raise UnavailableError("there is no such collection")
            return LabelledAlias.records(reader._alias, name, with_vectors)

        monkeypatch.setattr(reader._alias, "records", overtake)
        assert {ad.title for ad in reader.read(place.taxonomy)} == {"night baker", "ward sister"}
        assert len(read) == len(set(read)) == 2

    def test_trouble_while_ads_are_read_is_told(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.keep(BAKER)
        reader = place.ads

        def fail(name: str, with_vectors: bool) -> Iterator[object]:
            raise UnavailableError("the disk is gone")

        monkeypatch.setattr(reader._alias, "records", fail)
        with pytest.raises(UnavailableError, match="the disk is gone"):
            reader.read(place.taxonomy)

    def test_an_old_collection_that_can_not_be_deleted_is_cleared_the_next_time(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.keep(BAKER)
        other = replace(place.taxonomy, **OTHER)

        def fail(name: str) -> None:
            raise UnavailableError("not now")

        with monkeypatch.context() as patch:
            patch.setattr(place.store._client, "delete_collection", fail)
            assert place.carry(other).embedded_again == 1
        assert len(place.collections()) == 2
        place.carry(other)
        assert len(place.collections()) == 1

    def test_collections_of_others_are_left_alone(self, place: Place) -> None:
        place.keep(BAKER)
        name = f"{place.settings.qdrant.labelled_collection}__notes__of-others"
        place.store._client.create_collection(name, vectors_config={})
        place.carry()
        assert name in place.collections()
        place.store._client.delete_collection(name)
