"""The desk without its pages: who gets which ad, what counts, what stays."""

import json
import sqlite3

import pytest

from isco.core.errors import UnavailableError
from isco.review.decisions import decision_of
from isco.serve.desk.desk import open_desk
from isco.serve.desk.entries import Entry, Kind, Standing, State, last_of
from isco.serve.desk.exports import audit_trail, decisions_as_sheet
from isco.serve.desk.marking import NameWords
from isco.serve.desk.queued import QueuedAd, is_doubled, read_queue
from isco.serve.groups import GroupTree
from tests.support.small_taxonomy import LEAVES


def queued(key, title="", code="5120", **given):
    row = {"id": key, "path": "vote", "confidence": 0.4, "isco_code": code, "reason": ""}
    return QueuedAd(key, key, title or f"title {key}", "", None, row, **given)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "codes.jsonl.desk.sqlite3"


@pytest.fixture
def opened(path, make_settings):
    """Open the desk at `path` over these ads."""

    def open_(*ads, double=0.0):
        return open_desk(path, ads, make_settings(serve__double=double).serve)

    return open_


ADS = [queued(key) for key in "abc"]


def test_two_coders_never_have_the_same_ad_unless_two_are_to_decide_it(opened):
    with opened(*ADS) as desk:
        first = [desk.take_next(coder).key for coder in ("Ann", "Bob")]
        assert first == ["a", "b"]
        assert desk.take_next("Ann").key == "a"
        assert desk.take_next("Cem", key="a").key == "c"
        assert desk.take_next("Dan") is None
    with opened(queued("x"), queued("y"), double=1.0) as desk:
        assert {desk.take_next(coder).key for coder in ("Ann", "Bob")} == {"x"}
        assert desk.take_next("Eva").key == "y"


def test_what_differs_is_adjudicated_and_what_agrees_counts(opened):
    with opened(*ADS, double=1.0) as desk:
        desk.decide("Ann", "a", "5120")
        assert desk.standing("a").state is State.HALF
        desk.decide("Bob", "a", "7512")
        desk.decide("Ann", "b", "5120")
        desk.decide("Bob", "b", "5120")
        assert [ad.key for ad in desk.disagreed()] == ["a"]
        assert desk.to_learn()[0] == {"b": "5120"}
        desk.settle("Cem", "a", "7512")
        assert desk.standing("a").label == "7512"
        assert desk.said_by()["the machine"] == {"a": "5120", "b": "5120"}
        assert desk.undo("Cem").ad == "a"
        assert desk.standing("a").state is State.DISAGREED


def test_a_decision_that_comes_late_is_kept_and_shows_as_a_disagreement(opened):
    with opened(*ADS) as desk:
        desk.decide("Ann", "a", "5120")
        desk.decide("Bob", "a", "2221")
        assert desk.standing("a").state is State.DISAGREED


def test_ads_of_one_title_are_decided_together_and_taken_back_together(opened):
    ads = [queued("a", "Chef"), queued("b", "Other"), queued("c", "chef"), queued("d", "CHEF")]
    with opened(*ads) as desk:
        desk.take_next("Bob", key="d")
        written = desk.decide("Ann", "a", "5120", with_alike=True)
        assert [entry.ad for entry in written] == ["a", "c"]
        assert desk.standing("d").state is State.OPEN
        assert desk.undo("Ann").ad == "a"
        assert {desk.standing(key).state for key in "ac"} == {State.OPEN}
        assert desk.undo("Ann") is None
        assert len(desk.entries()) == 4


def test_what_is_skipped_comes_back_last(opened):
    with opened(*ADS) as desk:
        desk.skip("Ann", "a")
        assert desk.take_next("Ann").key == "b"
        desk.decide("Ann", "b", "5120")
        desk.decide("Ann", "c", "not a job")
        assert desk.take_next("Ann").key == "a"


def test_an_ad_that_was_shown_long_ago_is_given_to_others(opened, monkeypatch):
    with opened(*ADS[:1]) as desk:
        monkeypatch.setattr("time.time", lambda: 1000.0)
        assert desk.take_next("Ann").key == "a"
        monkeypatch.setattr("time.time", lambda: 1012.5)
        assert desk.take_next("Bob") is None
        assert desk.decide("Ann", "a", "5120")[0].seconds == 12.5
        desk.undo("Ann")
        monkeypatch.setattr("time.time", lambda: 1012.5 + 16 * 60)
        assert desk.take_next("Bob").key == "a"


def test_everything_is_there_again_and_a_new_queue_leaves_what_was_decided(opened):
    with opened(*ADS) as desk:
        desk.take_next("Bob", key="b")
        desk.decide("Ann", "a", "5120", "sure?", {"candidates": []})
    with opened(queued("c"), queued("x")) as desk:
        assert [ad.key for ad, _ in desk.standings()] == ["c", "x", "a"]
        (entry,) = desk.entries()
        assert (entry.coder, entry.said, entry.note) == ("Ann", "5120", "sure?")
        assert desk.standing("a").label == "5120"


def test_the_file_itself_refuses_to_change_what_was_written(opened, path):
    with opened(*ADS) as desk:
        desk.decide("Ann", "a", "5120")
    with sqlite3.connect(path) as database:
        for statement in ("UPDATE entries SET said = '1'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                database.execute(statement)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_one_service_at_a_time_has_a_desk(opened):
    with opened(*ADS), pytest.raises(UnavailableError), opened(*ADS):
        pass


def test_what_was_taken_back_after_it_was_learned_is_to_be_forgotten(opened):
    with opened(*ADS) as desk:
        desk.decide("Ann", "a", "5120")
        desk.decide("Ann", "b", "not a job")
        desk.decide("Ann", "c", "can't be coded")
        assert desk.to_learn() == ({"a": "5120", "b": "not_a_job"}, [])
        desk.set_learned({"a": "5120", "b": "not_a_job"}, ())
        assert desk.to_learn() == ({}, [])
        desk.decide("Ann", "a", "7512")
        assert desk.to_learn() == ({"a": "7512"}, [])
        for _ in range(4):
            desk.undo("Ann")
        assert desk.to_learn() == ({}, ["a", "b"])


def test_decisions_leave_as_a_sheet_and_entries_as_lines(opened, make_settings, tmp_path):
    from isco.retriever.labelled.labels import LabelReader
    from isco.retriever.reading.text_files import read_ads

    columns = make_settings().input
    with opened(queued("a", "=chef"), *ADS[1:]) as desk:
        desk.decide("Ann", "a", "5120", "=1+1")
        desk.decide("Ann", "b", "not a job")
        desk.skip("Ann", "c")
        sheet = tmp_path / "sheet.csv"
        sheet.write_text("".join(decisions_as_sheet(desk, columns)), encoding="utf-8")
        trail = [json.loads(line) for line in audit_trail(desk.entries())]
    assert "\n=" not in sheet.read_text()
    labels = LabelReader.of(LEAVES, "isco_code")
    found = [decision_of(ad, labels, "sheet") for ad in read_ads(str(sheet), columns)]
    assert [(each.title, each.said, each.coder, each.note) for each in found] == [
        ("=chef", "5120", "Ann", "=1+1"),
        ("title b", "not a job", "Ann", ""),
    ]
    assert [entry["kind"] for entry in trail] == ["decide", "decide", "skip"]


def test_who_did_last_what_is_not_what_others_did():
    entries = [
        Entry(1, "", "Ann", "a", Kind.DECIDE, "5120"),
        Entry(2, "", "Bob", "b", Kind.DECIDE, "5120"),
        Entry(3, "", "Ann", "c", Kind.DECIDE, "5120", of=1),
    ]
    assert [entry.number for entry in last_of(entries, "Ann")] == [1, 3]
    assert last_of(entries, "Cem") == []
    assert Standing((), 1).state is State.OPEN


def test_about_the_share_that_is_asked_for_is_coded_twice_the_same_titles_every_time():
    ads = [queued(str(number), f"title {number}") for number in range(2000)]
    drawn = [ad for ad in ads if is_doubled(ad, 0.1)]
    assert 150 < len(drawn) < 250
    assert is_doubled(queued("x", drawn[0].title.upper()), 0.1)


def test_words_that_names_of_the_candidates_have_are_marked():
    words = NameWords.of(GroupTree.of(LEAVES))
    pieces = words.mark("Our <b>truck</b> driver, no nurse", ["8332"])
    assert [piece.text for piece in pieces if piece.marked] == ["truck", "driver"]
    assert "".join(piece.text for piece in pieces) == "Our <b>truck</b> driver, no nurse"


def test_the_queue_is_of_unsure_ads_with_their_whole_texts_where_these_are_given(
    tmp_path, make_settings
):
    rows = [
        {"id": "a", "path": "vote", "reason": "r", "confidence": 0.2, "isco_code": "5120",
         "profile": {"title": "cook", "description": "cooks"}},
        {"id": "b", "path": "unanimous", "reason": "r", "confidence": 0.99, "isco_code": "7512",
         "profile": {"title": "baker", "description": ""}},
    ]  # fmt: skip
    codes, ads = tmp_path / "codes.jsonl", tmp_path / "ads.jsonl"
    codes.write_text("\n".join(map(json.dumps, rows)))
    ads.write_text(json.dumps({"id": "a", "title": "Cook (m/f)", "description": "All of it."}))
    settings = make_settings()
    (bare,) = read_queue(str(codes), None, settings, 0.8, None)
    assert (bare.title, bare.text, bare.whole) == ("cook", "cooks", False)
    (whole,) = read_queue(str(codes), str(ads), settings, 0.8, None)
    assert (whole.title, whole.text, whole.whole) == ("Cook (m/f)", "All of it.", True)
