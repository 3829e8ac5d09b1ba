"""What is decided at the desk, learned: by whoever asks for it, or at once."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from isco.core.records import Ad
from isco.retriever.reading.text_files import read_ads
from isco.review.decisions import rows_to_learn
from isco.serve.app import make_app
from isco.serve.desk.desk import open_desk
from isco.serve.desk.exports import decisions_as_sheet
from isco.serve.desk.learning import learn_decided
from isco.serve.desk.queued import read_queue
from tests.support.serving import engine_over, predictions_file

TITLES = ("Head of happiness", "Night owl", "Strange thing")
ADS = [Ad(title, title, "", row, row) for row, title in enumerate(TITLES, start=1)]


@pytest.fixture
def open_(make_settings, tmp_path):
    """An engine with these settings and a desk over the ads."""

    def open_(ads=ADS, **given):
        engine = engine_over(make_settings(serve__double=0, **given))
        codes = predictions_file(engine, ads, tmp_path / "codes.jsonl")
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


def test_one_decision_on_several_ads_speaks_once(open_, tmp_path):
    engine, desk = open_(ads=[replace(ad, title="Night owl") for ad in ADS])
    with desk as opened:
        opened.decide("Ann", TITLES[1], "5120", with_alike=True)
        assert learn_decided(engine, opened, "desk").learned == 3
        sheet = tmp_path / "decisions.csv"
        sheet.write_text("".join(decisions_as_sheet(opened, engine.settings.input)))
    data = engine.loaded.data
    assert (len(data.labelled), [ad.id for ad in data.jobs]) == (3, [TITLES[1]])
    again = rows_to_learn(read_ads(str(sheet), engine.settings.input))
    assert {ad.id: ad.like for ad in again} == {
        TITLES[0]: TITLES[1], TITLES[1]: "", TITLES[2]: TITLES[1],
    }  # fmt: skip


def test_the_report_of_the_run_is_linked_and_allows_its_own_style_alone(open_, tmp_path):
    engine, desk = open_()
    with desk as opened:
        app = make_app(engine, opened, codes=str(tmp_path / "codes.jsonl"))
        client = TestClient(app, base_url="http://127.0.0.1")
        assert 'href="/desk/report"' in client.post("/desk/coder", data={"coder": "Ann"}).text
        before = client.get("/desk/report")
        assert "3 ads" in before.text
        policy = before.headers["content-security-policy"]
        (style,) = re.findall(r"<style>(.*?)</style>", before.text, re.DOTALL)
        assert b64encode(sha256(style.encode()).digest()).decode() in policy
        assert "unsafe" not in policy
        drawn = next(ad.key for ad, _ in opened.standings())
        opened.decide("Ann", drawn, "5120")
        assert client.get("/desk/report").status_code == 200
        (tmp_path / "codes.jsonl").unlink()
        assert client.get("/desk/report").status_code == 404


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
