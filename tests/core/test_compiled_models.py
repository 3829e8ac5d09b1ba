"""Compiled models that are kept: the same one comes back, and nothing else is ever taken."""

import os

import pytest

from isco.core.embedding import compiled_models
from isco.core.embedding.compiled_models import keep_compiled, load_compiled, place_of


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled_models, "_root", lambda: tmp_path / "compiled")


def test_what_is_kept_comes_back_to_the_byte():
    place = place_of(["model", {"threads": 2}])
    assert load_compiled(place) is None
    keep_compiled(place, b"\0graph\xff")
    assert load_compiled(place) == b"\0graph\xff"
    keep_compiled(place, b"another")
    assert load_compiled(place) == b"another"


def test_another_model_another_place():
    keys = [["model", {"threads": 2}], ["model", {"threads": 1}], ["other", {"threads": 2}]]
    assert len({place_of(key) for key in keys}) == 3


@pytest.mark.parametrize("file", ["model.npy", "checksums.json", "content.json"])
@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_what_is_broken_is_not_taken_and_made_anew(file, content):
    place = place_of(["model"])
    keep_compiled(place, b"graph")
    if content is None:
        (place / file).unlink()
    else:
        (place / file).write_bytes(content)
    assert load_compiled(place) is None
    keep_compiled(place, b"graph")
    assert load_compiled(place) == b"graph"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_everybody_could_have_written_is_not_taken():
    place = place_of(["model"])
    keep_compiled(place, b"graph")
    (place / "model.npy").chmod(0o666)
    assert load_compiled(place) is None


def test_those_that_were_used_last_are_kept():
    places = [place_of([number]) for number in range(7)]
    for age, place in enumerate(places[:6]):
        keep_compiled(place, b"graph")
        os.utime(place, (age, age))
    assert load_compiled(places[0]) == b"graph"
    keep_compiled(places[6], b"graph")
    assert [place.exists() for place in places] == [True, False, *[True] * 5]


def test_where_nothing_can_be_written_nothing_is_lost(tmp_path):
    (tmp_path / "compiled").write_text("no folder")
    keep_compiled(place_of(["model"]), b"graph")
    assert load_compiled(place_of(["model"])) is None
