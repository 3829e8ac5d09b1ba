"""`isco.Coder` over the small taxonomy."""

import json

import polars as pl
import pytest

from isco.coder import Coder
from isco.kept import Kept
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import load


@pytest.fixture
def coder(make_settings):
    settings = make_settings()
    load(settings, HashingEmbedder())
    coder = Coder(settings)
    coder._kept = Kept(settings, HashingEmbedder())
    return coder


SHEET = [
    {"id": "a", "title": "Night owl", "isco_code": "5120", "like_ids": json.dumps(["b", "c"])},
    {"id": "d", "title": "Strange thing", "isco_code": "can't be coded", "like_ids": "[]"},
    {"id": "e", "title": "Page", "isco_code": "no job", "like_ids": ""},
]


@pytest.mark.parametrize("form", [list, pl.DataFrame])
def test_a_coder_s_sheet_is_learned_as_the_command_line_does(coder, form):
    found = coder.learn(form(SHEET), source="sheet")
    assert (found.learned, found.summary.pages, found.summary.uncoded) == (4, 1, 1)
    assert [ad.id for ad in coder._kept.read_data().jobs] == ["a"]
    answers = coder.classify([{"id": id_, "title": "Night owl"} for id_ in "abc"])
    assert [(each.path, each.isco_code) for each in answers] == [("coded", "5120")] * 3
