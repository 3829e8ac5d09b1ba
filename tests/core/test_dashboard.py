"""docs/dashboard.md: each request that people paste does what is said of it."""

import json
import re
from dataclasses import replace

import httpx
import pytest

from isco.core.records import Ad
from isco.core.store import OccupationStore, point_id
from isco.core.store.building import _INDEXED_KEYS
from isco.core.store.points import payload_of
from isco.core.store.stored_ads import ad_point_id
from isco.retriever.factory import open_classifier
from isco.retriever.running.ad_archive import AdArchive
from tests.conftest import ROOT
from tests.support.at_qdrant import CONTRACT
from tests.support.doubles import HashingEmbedder, make_concept
from tests.support.qdrant_double import QdrantDouble
from tests.support.small_taxonomy import LEAVES, load

PAGE = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r"```http\n(\w+) (\S+)\n(.*?)```", PAGE, re.DOTALL)
PICTURES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
BAKER = next(leaf for leaf in LEAVES if leaf.label == "baker")
AD = Ad("ad-1", "Pastry baker", "You will bake bread at night.", 1, 1, language="en")
FILLED = {
    "ID OF THE LEAF": point_id(BAKER.uri),
    "ID OF THE AD'S POINT": ad_point_id(AD.id),
    # The double's groups have titles of their own.
    "751 Food processing and related trades workers": BAKER.isco_minor,
    # Its few neighbours never agree so little.
    '"lt": 0.5': '"lt": 1.1',
}


@pytest.fixture
def server(make_settings):
    with QdrantDouble(CONTRACT) as double:
        settings = make_settings(qdrant__mode="server", qdrant__url=double.url)
        load(settings, HashingEmbedder(256))
        classifier = open_classifier(settings, HashingEmbedder(256))
        with OccupationStore(settings) as store:
            searcher = classifier.searchers.main
            archive = AdArchive(store, searcher.index, searcher.embed)
            archive.write(classifier.classify_batch([AD]))
        yield double
        assert double.violations == []


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=range(len(REQUESTS)))
def test_each_request_of_the_page_finds_something(server, method, path, body):
    for told, filled in FILLED.items():
        body = body.replace(told, filled)
    answer = httpx.request(method, f"{server.url}/{path}", json=json.loads(body))
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    found = result.get("points") or result.get("hits")
    assert found
    if "lookup_from" in json.loads(body):
        payload = found[0]["payload"]
        assert (payload.get("label") or payload["title"]) in ("baker", "Pastry baker")


def test_the_page_has_the_requests_that_people_ask_for():
    assert len(REQUESTS) >= 8
    bodies = [json.loads(body) for _, _, body in REQUESTS]
    assert sum("lookup_from" in body for body in bodies) == 2


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_are_coloured_by_a_key_of_the_payload_and_by_a_vector_there_is(picture):
    asked = json.loads(picture)
    assert asked["using"] == "dense"
    assert asked["color_by"]["payload"] in payload_of(LEAVES[0])


def test_the_picture_of_major_groups_is_there_to_paste():
    wanted = {"limit": 3000, "using": "dense", "color_by": {"payload": "isco_major"}}
    assert wanted in [json.loads(picture) for picture in PICTURES]


def test_what_the_page_filters_by_is_a_key_of_the_payload():
    filters = re.findall(r'"key": "(\w+)"', PAGE)
    leaf = payload_of(replace(make_concept("2512", "x")))
    assert set(filters) - {"confidence"} <= leaf.keys()
    assert "isco_major" in _INDEXED_KEYS  # a facet needs an index
