"""An ingest takes labelled ads along: to a new version, to another model, through a kill."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.progress import Silent
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import CarriedOver, Groups, LabelledAd, OccupationStore
from isco.ingest.load import ingest
from isco.ingest.summary import IngestSummary
from isco.retriever.learning.learn import learn
from isco.status import find_status
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder
from tests.support.ending import Moment, ingest_until
from tests.support.esco_download import EscoDownload

pytestmark = pytest.mark.slow

LABELLED = "isco.core.store.labelled_alias:LabelledAlias"
ADS = [
    Ad("a", "Night baker", "", 1, 1, isco_code="7512"),
    Ad("b", "Web weaver", "", 2, 2, isco_code="2512"),
]


def other_model() -> HashingEmbedder:
    embedder = HashingEmbedder(16)
    embedder.revision = "0"
    return embedder


class Place:
    """A folder in which ESCO is ingested and ads are learned."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.source = EscoDownload().write_folder(folder / "esco-v1.2.1")

    def ingest(self, embedder: HashingEmbedder | None = None, source: Path | None = None,
               force: bool = False) -> IngestSummary:  # fmt: skip
        opened = embedder or HashingEmbedder()
        return ingest(self.settings, str(source or self.source), lambda _: opened, Silent(), force)

    def learn(self, embedder: HashingEmbedder | None = None) -> None:
        opened = embedder or HashingEmbedder()
        learn(self.settings, ADS, "survey", lambda _: opened, Silent())

    def read(self) -> dict[str, LabelledAd]:
        with OccupationStore(self.settings) as store:
            read = store.labelled().read(store.require_active()[1])
        return {ad.id: ad for ad in read}

    def folders(self) -> set[str]:
        """Of collections of labelled ads."""
        found = (self.settings.qdrant_path / "collection").iterdir()
        return {path.name for path in found if path.name.startswith("isco_labelled_ads")}


@pytest.fixture
def place(
    make_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    do_not_wait(monkeypatch)
    return Place(make_settings(), tmp_path)


def test_before_anything_is_learned_nothing_is_carried_over(place: Place) -> None:
    assert place.ingest().labelled == CarriedOver()
    assert place.folders() == set()


def test_a_new_version_renews_labels_and_keeps_vectors(place: Place, tmp_path: Path) -> None:
    place.ingest()
    place.learn()
    before = place.read()
    download = EscoDownload()
    download.group("7512")["preferredLabel"] = "People who bake"
    embedder = HashingEmbedder()
    newer = download.write_folder(tmp_path / "esco-v1.3.0")
    assert place.ingest(embedder, newer).labelled == CarriedOver(ads=2)
    after = place.read()
    assert after["a"].isco_label == "People who bake"
    assert after["a"].vector == pytest.approx(before["a"].vector, abs=1e-6)
    assert "Night baker" not in embedder.asked


def test_another_model_embeds_them_again_and_before_the_switch(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.ingest(other_model())
    place.learn(other_model())
    embedder, at_switch = HashingEmbedder(), []
    swap = OccupationStore._swap

    def watched(self: OccupationStore, name: str) -> None:
        at_switch.extend(embedder.asked)
        swap(self, name)

    monkeypatch.setattr(OccupationStore, "_swap", watched)
    assert place.ingest(embedder).labelled == CarriedOver(ads=2, embedded_again=2)
    assert {"Night baker", "Web weaver"} <= set(at_switch)
    assert embedder.asked.count("Night baker") == 1
    expected = HashingEmbedder().embed_queries(["Night baker"])[0]
    assert place.read()["a"].vector == pytest.approx(expected, abs=1e-6)
    assert len(place.folders()) == 1


def test_an_unchanged_ingest_leaves_them_as_they_are(place: Place) -> None:
    place.ingest()
    place.learn()
    again = place.ingest()
    assert (again.unchanged, again.labelled) == (True, CarriedOver(ads=2))


@pytest.mark.parametrize(
    "moment",
    [
        Moment("isco.core.store.collections:OccupationStore._swap", at_end=True),
        Moment("isco.core.store.embedded:EmbeddedQdrant._save", call=6),
        Moment(f"{LABELLED}.create", at_end=True),
        Moment(f"{LABELLED}.write", at_end=True),
        Moment(f"{LABELLED}.put_into_use"),
        Moment(f"{LABELLED}.put_into_use", at_end=True),
    ],
    ids=lambda moment: f"{moment.function.rsplit('.')[-1]}-{moment.call}-{moment.at_end}",
)
def test_killed_while_they_move_to_another_model_none_is_lost_and_the_next_ingest_heals(
    place: Place, moment: Moment
) -> None:
    place.ingest(other_model())
    place.learn(other_model())
    assert ingest_until(moment, place.settings.data_dir, place.source) == -signal.SIGKILL
    with OccupationStore(place.settings) as store:
        assert len(store.labelled().payloads()) == 2
    assert place.ingest().labelled.ads == 2
    expected = HashingEmbedder().embed_queries(["Night baker", "Web weaver"])
    read = place.read()
    assert read["a"].vector == pytest.approx(expected[0], abs=1e-6)
    assert read["b"].vector == pytest.approx(expected[1], abs=1e-6)
    assert len(place.folders()) == 1


def test_what_is_obsolete_is_told_with_its_codes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.ingest()
    place.learn()
    with OccupationStore(place.settings) as store:
        metadata = store.require_active()[1]
        concepts = store.read_concepts(store.active().name)  # type: ignore[union-attr]
        groups = Groups.of(leaf for leaf in concepts if leaf.isco_code != "2512")
        carried = store.labelled().carry_over(metadata, groups, HashingEmbedder().embed_queries)
    monkeypatch.setattr("isco.core.store.LabelledCollection.carry_over", lambda *_: carried)
    monkeypatch.setattr("isco.core.embedding.open_embedder", lambda _: HashingEmbedder())
    data = f"data_dir={place.settings.data_dir}"
    alone = "taxonomy.everyday_languages=[]"
    arguments = ["ingest", "--source", str(place.source), "--set", data, "--set", alone]
    shown = CliRunner().invoke(cli, arguments)
    assert "labelled    2 ads carried over, 0 embedded again" in shown.stdout
    assert "1 labelled ads have codes that this taxonomy does not have (2512)" in shown.stderr
    told = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert told["labelled"] == {
        "ads": 2,
        "embedded_again": 0,
        "obsolete": 1,
        "obsolete_codes": ["2512"],
    }
    assert place.read().keys() == {"a"}


class TestStatus:
    @pytest.fixture(autouse=True)
    def double(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("isco.status.open_embedder", lambda _: HashingEmbedder())

    def test_it_tells_what_was_learned_by_source(self, place: Place) -> None:
        place.ingest()
        assert find_status(place.settings).labelled == ()
        place.learn()
        found = find_status(place.settings)
        assert found.ready
        assert [(source.name, source.ads) for source in found.labelled] == [("survey", 2)]
        assert "labelled    survey (2 ads, 2 codes)" in found.as_text()
        assert found.as_dict()["labelled"][0]["name"] == "survey"

    def test_ads_of_another_model_stand_in_the_way(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.ingest(other_model())
        place.learn(other_model())
        with monkeypatch.context() as patch:
            patch.setattr("isco.core.store.LabelledCollection.carry_over", lambda *_: CarriedOver())
            place.ingest()
        found = find_status(place.settings)
        assert not found.ready
        assert "run isco ingest" in found.problems[0]
