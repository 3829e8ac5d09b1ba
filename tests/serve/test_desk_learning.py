"""What is decided at the desk, learned: by whoever asks for it, or at once."""

import re

import pytest
from starlette.testclient import TestClient

from isco.core.records import Ad
from isco.serve.app import make_app
from isco.serve.desk.desk import open_desk
from isco.serve.desk.learning import learn_decided
from isco.serve.desk.queued import read_queue
from tests.support.serving import engine_over, predictions_file

TITLES = ("Head of happiness", "Night owl", "Strange thing")
ADS = [Ad(title, title, "", row, row) for row, title in enumerate(TITLES, start=1)]


@pytest.fixture
def open_(make_settings, tmp_path):
    """An engine with these settings and a desk over the ads."""

    def open_(**given):
        engine = engine_over(make_settings(serve__double=0, **given))
        codes = predictions_file(engine, ADS, tmp_path / "codes.jsonl")
        queue = read_queue(str(codes), None, engine.settings, 1.0, None)
        return engine, open_desk(tmp_path / "desk.sqlite3", queue, engine.settings.serve)

    return open_


def test_decisions_are_on_ads_however_much_they_look_like_a_list_of_titles(open_, monkeypatch):
    monkeypatch.setattr("isco.retriever.learning.title_lists._FEWEST", 3)
    monkeypatch.setattr("isco.retriever.learning.title_lists._COMMONEST", 1.0)
    engine, desk = open_()
    with desk as opened:
        for title in TITLES:
            opened.decide("Ann", title, "5120")
        assert learn_decided(engine, opened, "desk").learned == 3
        assert len(engine.loaded.data.labelled) == 3


@pytest.mark.parametrize("immediately", [True, False])
def test_a_decision_is_learned_at_once_where_that_is_wished(open_, monkeypatch, immediately):
    monkeypatch.setattr("isco.serve.desk.learning._MOMENT", 60.0)
    engine, desk = open_(learning__immediately=immediately)
    with engine, desk as opened:
        client = TestClient(make_app(engine, opened), base_url="http://127.0.0.1")
        page = client.post("/desk/coder", data={"coder": "Ann"}).text
        mark = re.search(r'name="mark" value="(\w+)"', page)[1]
        client.post("/desk/decide", data={"mark": mark, "ad": TITLES[0], "said": "5120"})
        ad = {"id": TITLES[0], "title": TITLES[0]}
        path = client.post("/v1/classify", json=ad).json()["path"]
        assert (path == "coded") == immediately
        assert opened.has_learned() == immediately
