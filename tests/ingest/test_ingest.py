"""A source into the embedded Qdrant: what is embedded, what is reused, what stays when it fails."""

from dataclasses import dataclass, field

import pytest

from isco.core import ESCO_NOTICE
from isco.core.errors import ConfigError, InputError, TaxonomyError, UnavailableError
from isco.core.records import Kind
from isco.core.store import OccupationStore
from isco.ingest.load import ingest
from isco.ingest.reference_ads import reference_ads
from isco.ingest.sources.starter import VERSION
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder
from tests.support.esco_download import BAKER, DEVELOPER, EscoDownload, group_uri

pytestmark = pytest.mark.slow

CONCEPTS = 436 + 6


class MortalEmbedder(HashingEmbedder):
    """Dies when it is asked for more than `life` texts."""

    def __init__(self, life: int) -> None:
        super().__init__()
        self.life = life

    def _embed(self, texts):
        if len(self.asked) + len(texts) > self.life:
            raise UnavailableError("the model is gone")
        return super()._embed(texts)


def asked_for_the_taxonomy(embedder):
    """What `embedder` was asked, without the ads that say where ads lie."""
    return [text for text in embedder.asked if text not in reference_ads()]


@dataclass
class RecordedProgress:
    """The stages in order, with their size and what was reported done."""

    stages: list[list] = field(default_factory=list)

    def start(self, stage, total):
        self.stages.append([stage, total, 0])

    def advance(self, done):
        self.stages[-1][2] += done


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    do_not_wait(monkeypatch)


@pytest.fixture
def load(tmp_path, make_settings):
    """Write a download and ingest it; every call is an ingest into the same Qdrant.

    Without everyday names, of which there are ten times as many as others, but where they are asked
    for.
    """
    plain = {"taxonomy__everyday_names": False}
    settings = make_settings(**plain)

    def load(download=None, embedder=None, force=False, progress=None, **values):
        source = (download or EscoDownload()).write_folder(tmp_path / "esco-v1.2.1")
        return ingest(
            make_settings(**plain | values) if values else settings,
            str(source),
            lambda _: embedder or HashingEmbedder(),
            progress or RecordedProgress(),
            force,
        )

    load.settings = settings
    return load


def collections(settings):
    with OccupationStore(settings) as store:
        return {info.name: info for info in store.collections()}


def in_use(settings):
    with OccupationStore(settings) as store:
        return store.require_active()[0]


def stored_leaves(settings):
    with OccupationStore(settings) as store:
        indexed = store.read_indexed(store.require_active()[0].name)
    return {one.leaf.uri: one for one in indexed}


class TestFirstIngest:
    def test_summary_counts_what_the_collection_holds(self, load):
        embedder = HashingEmbedder()
        summary = load(embedder=embedder)
        stored = stored_leaves(load.settings)
        assert summary.taxonomy == "ESCO v1.2.1 en"
        assert summary.points == len(stored) == CONCEPTS
        assert summary.leaves == 436 - 5 + 5
        assert summary.leaves == sum(one.leaf.kind is Kind.LEAF for one in stored.values())
        assert summary.labels == sum(len(one.leaf.labels) for one in stored.values())
        assert summary.codes == len({one.leaf.isco_code for one in stored.values()}) == 436
        assert (summary.embedded, summary.reused) == (len(asked_for_the_taxonomy(embedder)), 0)
        assert summary.embedded == len(names(stored)) + len(documents(stored))
        assert (summary.unchanged, summary.warnings) == (False, {})
        assert summary.seconds > 0

    def test_collection_is_in_use_and_says_what_it_was_made_from(self, load):
        summary = load()
        info = in_use(load.settings)
        assert (info.name, info.points, info.state) == (summary.collection, CONCEPTS, "ready")
        assert (info.metadata.model, info.metadata.dimension) == ("hashing-double", 32)
        assert info.metadata.document_template == load.settings.taxonomy.document
        assert info.metadata.taxonomy_name == summary.taxonomy

    def test_main_labels_alone_are_embedded_and_stand_for_names_and_documents(self, load):
        embedder = HashingEmbedder()
        summary = load(embedder=embedder, taxonomy__embed="main_labels")
        stored = stored_leaves(load.settings)
        labels = {one.leaf.label for one in stored.values()}
        assert set(asked_for_the_taxonomy(embedder)) == labels
        assert summary.embedded == len(labels)
        baker = stored[BAKER]
        assert baker.leaf.labels == ("baker", "bread maker", "baker of bread")
        assert baker.labels == pytest.approx(embedder.embed_queries(["baker"]), abs=1e-5)
        assert baker.dense == pytest.approx(baker.labels[0], abs=1e-5)
        assert not load(taxonomy__embed="all").unchanged
        assert len(stored_leaves(load.settings)[BAKER].labels) == 3

    def test_each_leaf_has_the_vectors_of_its_own_names_and_document(self, load):
        embedder = HashingEmbedder()
        load()
        baker = stored_leaves(load.settings)[BAKER]
        assert baker.leaf.labels == ("baker", "bread maker", "baker of bread")
        document = "baker. The day of a baker, in one sentence."
        assert baker.labels == pytest.approx(embedder.embed_queries(baker.leaf.labels), abs=1e-5)
        assert baker.dense == pytest.approx(embedder.embed_documents([document])[0], abs=1e-5)

    def test_esco_is_named_as_its_terms_ask(self, load):
        assert load().notice == ESCO_NOTICE
        assert in_use(load.settings).metadata.notice == ESCO_NOTICE

    def test_the_starter_needs_no_notice(self, make_settings):
        settings = make_settings(taxonomy__language="en")
        embedder = HashingEmbedder(8)
        summary = ingest(settings, "starter", lambda _: embedder, RecordedProgress())
        assert summary.taxonomy == f"starter {VERSION} en"
        assert (summary.notice, summary.codes) == (None, 436)
        assert summary.points == 436 + summary.leaves > 436 + 2 * 436

    def test_several_downloads_are_ingested_as_one(self, tmp_path, make_settings):
        sources = [
            str(EscoDownload(language=code).write_zip(tmp_path / f"esco v1.2.1 {code}.zip"))
            for code in ("en", "pl")
        ]
        settings = make_settings(taxonomy__everyday_names=False)
        summary = ingest(settings, sources, lambda _: HashingEmbedder(), RecordedProgress())
        assert summary.taxonomy == "ESCO v1.2.1 en,pl"
        assert (summary.points, summary.leaves, summary.codes) == (2 * CONCEPTS, 436, 436)
        assert in_use(settings).points == 2 * CONCEPTS

    def test_everyday_names_stand_after_the_others_with_vectors_of_their_own(self, load):
        embedder = HashingEmbedder()
        load(embedder=embedder, taxonomy__everyday_names=True)
        group = stored_leaves(load.settings)[group_uri("7512")]
        assert "Night Baker" in group.leaf.everyday_names
        assert len(group.labels) == len(group.leaf.searched_names) > len(group.leaf.labels)
        place = group.leaf.searched_names.index("Night Baker")
        assert group.labels[place] == pytest.approx(embedder.embed_queries(["Night Baker"])[0])

    def test_warnings_of_source_and_graph_are_in_the_summary(self, load):
        download = EscoDownload()
        download.occupations.append(dict(download.occupation(BAKER)))
        download.relate(BAKER, "http://data.europa.eu/esco/occupation/unknown")
        assert load(download).warnings == {
            "duplicate occupation rows": 1,
            "relations to an unknown concept": 1,
        }

    def test_summary_is_plain_json_types(self, load):
        summary = load().as_dict()
        assert {type(value) for value in summary.values()} <= {
            str,
            int,
            float,
            bool,
            dict,
            list,
            type(None),
        }
        assert summary["seconds"] == round(summary["seconds"], 2)

    def test_progress_is_told_of_each_stage_and_of_all_that_is_done(self, load):
        progress = RecordedProgress()
        load(progress=progress)
        stored = stored_leaves(load.settings)
        sizes = {
            "embed names": len(names(stored)),
            "embed descriptions": len(documents(stored)),
            "upload": CONCEPTS,
        }
        assert progress.stages == [[stage, size, size] for stage, size in sizes.items()]


class TestSecondIngest:
    def test_nothing_is_embedded_and_the_collection_stays(self, load):
        first = load()
        embedder, progress = HashingEmbedder(), RecordedProgress()
        second = load(embedder=embedder, progress=progress)
        assert second.unchanged
        assert (second.embedded, second.reused) == (0, first.embedded)
        assert (second.collection, embedder.asked, progress.stages) == (first.collection, [], [])
        assert set(collections(load.settings)) == {first.collection}

    def test_force_rebuilds_from_the_cache_without_embedding(self, load):
        first = load()
        embedder, progress = HashingEmbedder(), RecordedProgress()
        second = load(embedder=embedder, progress=progress, force=True)
        assert not second.unchanged
        assert (second.embedded, second.reused, embedder.asked) == (0, first.embedded, [])
        assert in_use(load.settings).name == second.collection != first.collection
        assert set(collections(load.settings)) == {first.collection, second.collection}
        assert all(done == total for _, total, done in progress.stages)

    def test_of_many_rebuilds_the_last_two_are_kept(self, load):
        made = [load(force=True).collection for _ in range(3)]
        assert set(collections(load.settings)) == set(made[1:])

    def test_a_further_name_is_all_that_is_embedded(self, load):
        load()
        download = EscoDownload()
        download.occupation(BAKER)["altLabels"] += "\nloaf artist"
        embedder = HashingEmbedder()
        summary = load(download, embedder)
        assert embedder.asked == ["loaf artist"]
        assert (summary.embedded, summary.unchanged) == (1, False)
        assert "loaf artist" in stored_leaves(load.settings)[BAKER].leaf.labels

    def test_a_changed_label_embeds_itself_and_the_document_that_holds_it(self, load):
        load()
        download = EscoDownload()
        download.occupation(DEVELOPER)["preferredLabel"] = "software artist"
        embedder = HashingEmbedder()
        load(download, embedder)
        assert embedder.asked == [
            "software artist",
            "software artist. The day of a software developer, in one sentence.",
        ]

    def test_another_template_embeds_documents_alone(self, load):
        first = load()
        embedder = HashingEmbedder()
        second = load(embedder=embedder, taxonomy__document="Work: {description}")
        stored = stored_leaves(load.settings)
        assert len(embedder.asked) == second.embedded > 400
        assert all(text.startswith("Work: ") for text in embedder.asked)
        assert second.reused == len(names(stored))
        assert second.collection != first.collection

    def test_another_revision_of_the_model_embeds_all_again(self, load):
        first = load()
        embedder = HashingEmbedder()
        embedder.revision = "2"
        second = load(embedder=embedder)
        assert (second.embedded, second.reused) == (first.embedded, 0)
        assert in_use(load.settings).metadata.model_revision == "2"

    def test_the_other_prompt_alone_makes_another_collection(self, load):
        load()
        second = load(embedding__query_prompt="title: ")
        assert not second.unchanged
        assert in_use(load.settings).metadata.embedding_options["query_prompt"] == "title: "

    def test_an_occupation_that_is_gone_is_gone_from_the_collection(self, load):
        load()
        download = EscoDownload()
        download.occupations = [r for r in download.occupations if r["conceptUri"] != BAKER]
        summary = load(download)
        stored = stored_leaves(load.settings)
        assert summary.points == len(stored) == CONCEPTS - 1
        assert BAKER not in stored
        assert stored[group_uri("7512")].leaf.kind is Kind.LEAF


class TestRefusedIngest:
    @pytest.mark.parametrize("code", ["9624", "0110"])
    def test_a_source_that_lacks_a_code_fails_before_qdrant_and_model_are_touched(
        self, load, tmp_path, code
    ):
        download = EscoDownload()
        download.drop_group(code)
        download.occupations = [r for r in download.occupations if r["iscoGroup"] != code]
        with pytest.raises(TaxonomyError, match="435"):
            ingest(
                load.settings,
                str(download.write_folder(tmp_path / "esco")),
                untouchable,
                RecordedProgress(),
            )
        assert not load.settings.qdrant_path.exists()
        assert not load.settings.cache_path.exists()

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({"taxonomy__document": "{title}"}, ConfigError),
            ({"taxonomy__language": "fr"}, InputError),
        ],
    )
    def test_wrong_settings_fail_before_qdrant_and_model_are_touched(
        self, make_settings, tmp_path, values, error
    ):
        settings = make_settings(**values)
        source = EscoDownload().write_folder(tmp_path / "esco")
        with pytest.raises(error):
            ingest(settings, str(source), untouchable, RecordedProgress())
        assert not settings.qdrant_path.exists()

    def test_a_source_that_became_unusable_leaves_the_collection_in_use(self, load):
        first = load()
        download = EscoDownload()
        download.drop_group("9624")
        with pytest.raises(TaxonomyError):
            load(download)
        assert in_use(load.settings).name == first.collection
        assert list(collections(load.settings)) == [first.collection]


class TestInterruptedIngest:
    def test_the_old_collection_stays_in_use_when_the_model_dies(self, load):
        first = load()
        mortal = MortalEmbedder(life=300)
        mortal.revision = "2"
        with pytest.raises(UnavailableError, match="the model is gone"):
            load(embedder=mortal)
        info = in_use(load.settings)
        assert (info.name, info.points) == (first.collection, CONCEPTS)
        assert list(collections(load.settings)) == [first.collection]

    def test_the_next_ingest_reuses_what_was_embedded_before(self, load):
        mortal = MortalEmbedder(life=300)
        with pytest.raises(UnavailableError):
            load(embedder=mortal)
        assert 0 < len(mortal.asked) <= 300
        embedder = HashingEmbedder()
        summary = load(embedder=embedder)
        assert summary.reused == len(asked_for_the_taxonomy(mortal))
        assert summary.embedded == len(embedder.asked)
        assert not set(embedder.asked) & set(mortal.asked)

    def test_a_model_that_dies_over_documents_has_its_names_kept(self, load):
        whole = load()
        stored = stored_leaves(load.settings)
        mortal = MortalEmbedder(life=len(names(stored)) + len(reference_ads()))
        mortal.revision = "2"
        with pytest.raises(UnavailableError):
            load(embedder=mortal)
        embedder = HashingEmbedder()
        embedder.revision = "2"
        summary = load(embedder=embedder)
        assert set(asked_for_the_taxonomy(embedder)) == documents(stored)
        assert summary.reused + summary.embedded == whole.embedded

    def test_progress_counts_reused_texts_as_done(self, load):
        with pytest.raises(UnavailableError):
            load(embedder=MortalEmbedder(life=300))
        progress = RecordedProgress()
        load(progress=progress)
        assert [stage for stage, _, _ in progress.stages] == [
            "embed names",
            "embed descriptions",
            "upload",
        ]
        assert all(done == total for _, total, done in progress.stages)

    def test_a_failing_upload_leaves_the_old_collection_in_use_and_no_remains(self, load):
        first = load()

        class FailingUpload(RecordedProgress):
            def advance(self, done):
                if self.stages[-1][0] == "upload":
                    raise KeyboardInterrupt
                super().advance(done)

        with pytest.raises(KeyboardInterrupt):
            load(progress=FailingUpload(), force=True)
        assert in_use(load.settings).name == first.collection
        assert list(collections(load.settings)) == [first.collection]


class TestPublishedTaxonomy:
    def test_esco_is_ingested_whole_and_reaches_all_codes(self, shared_data, make_settings):
        folder = shared_data("esco/v1.2.1", "all of ESCO v1.2.1 goes into Qdrant")
        settings = make_settings(taxonomy__language="en")
        summary = ingest(settings, str(folder), lambda _: HashingEmbedder(8), RecordedProgress())
        assert summary.taxonomy == "ESCO v1.2.1 en"
        assert (summary.points, summary.leaves, summary.codes) == (3475, 2776, 436)
        assert summary.warnings == {"duplicate occupation rows": 4}
        assert in_use(settings).points == 3475


def names(stored):
    return {label for one in stored.values() for label in one.leaf.labels}


def documents(stored):
    return {f"{one.leaf.label}. {one.leaf.description}" for one in stored.values()}


def untouchable(_):
    raise AssertionError("the model was opened")
