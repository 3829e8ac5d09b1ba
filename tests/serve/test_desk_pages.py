"""The pages of the desk in a real browser: by keyboard, by several coders, with hostile texts."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe

from isco.core.config import load_settings
from isco.core.records import Ad
from isco.serve.desk.desk import open_desk
from isco.serve.desk.entries import State
from isco.serve.desk.queued import read_queue
from tests.conftest import ROOT
from tests.support.serving import engine_over, listening, predictions_file

pytestmark = pytest.mark.slow

HOSTILE = "<script>document.title='owned'</script> javascript:alert(1) \x1b[2J \u202edneg"
TITLES = ["Chef", "chef", "Lorry driver", "Ward nurse", "Pastry baker", "Strange thing", HOSTILE]
ADS = [
    Ad(
        f"ad-{number}",
        title,
        f"<p>We look for a <b>{title}</b>.</p>",
        number,
        number,
        extra={"employer": HOSTILE},
    )
    for number, title in enumerate(TITLES, start=1)
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    flags = {"data_dir": tmp_path_factory.mktemp("desk"), "serve.double": 0}
    with engine_over(load_settings(environment={}, flags=flags)) as engine:
        yield engine


@pytest.fixture
def codes(engine, tmp_path):
    lines = [
        json.dumps({"id": ad.id, "title": ad.title, "description": ad.description}) for ad in ADS
    ]
    (tmp_path / "ads.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return predictions_file(engine, ADS, tmp_path / "codes.jsonl")


@pytest.fixture
def serve(engine, codes, monkeypatch):
    """Serve a desk over the ads; gives it and its address."""
    with ExitStack() as open_:

        def start(**settings):
            changed = engine.settings.serve.model_copy(update=settings)
            of = engine.settings.model_copy(update={"serve": changed})
            monkeypatch.setattr(engine, "settings", of)
            path = codes.with_name("desk.sqlite3")
            queue = read_queue(str(codes), str(codes.with_name("ads.jsonl")), of, 1.0, None)
            desk = open_.enter_context(open_desk(path, queue, changed))
            address, _ = open_.enter_context(listening(engine, desk=desk, path=path))
            return desk, address

        yield start


@pytest.fixture
def sit_down(chromium):
    """A page of a browser of that coder's own, before the first ad; faults of scripts are kept."""
    contexts = []

    def sit(address, coder, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
        page.goto(address)
        page.fill("#coder", coder)
        page.keyboard.press("Enter")
        page.wait_for_selector("#decision")
        return page

    yield sit
    for context in contexts:
        context.close()


def press(page, *keys):
    """Press keys, the last of which sends a form."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def title_of(page):
    return page.inner_text("#ad-title")


def violations(page):
    found = Axe().run(page)
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


def test_a_whole_session_by_keyboard_and_what_it_leaves(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "Ann")
    said = {}
    steps = {
        "chef": ["1"],
        "Lorry driver": ["b", "1"],
        "Ward nurse": ["u"],
        "Pastry baker": ["n"],
        "Strange thing": ["c", "2", "2", "Enter"],
    }
    undone = False
    for _ in range(12):
        if not page.query_selector("#decision"):
            break
        title = title_of(page)
        key = next((key for key in steps if key.lower() == title.lower()), None)
        if key is None:
            press(page, "m", *"who knows", "Enter", "s") if "s" not in said else press(page, "n")
            said["s"] = True
            continue
        press(page, *steps[key])
        if key == "Ward nurse" and not undone:
            undone = True
            assert f"You gave can't be coded to “{title}”" in " ".join(
                page.inner_text(".last").split()
            )
            press(page, "z")
            assert title_of(page) == title
    assert "Nothing is left for you" in page.inner_text("h1")
    final = {ad.title.lower(): standing.final.said for ad, standing in desk.standings()}
    answers = {ad.title.lower(): ad.answer.codes[0].isco_code for ad, _ in desk.standings()}
    assert final["chef"] == answers["chef"]
    assert final["lorry driver"] == answers["lorry driver"][:3]
    assert final["ward nurse"] == "can't be coded"
    assert final["pastry baker"] == "not a job"
    assert final["strange thing"] == "22"
    assert len(final) == len(ADS) - 1
    kinds = [str(entry.kind) for entry in desk.entries()]
    assert (kinds.count("undo"), kinds.count("skip")) == (1, 1)
    assert sum(entry.of is not None and entry.kind == "decide" for entry in desk.entries()) == 1
    assert all(entry.seconds is not None for entry in desk.entries() if entry.kind == "skip")
    shown = desk.entries()[0].shown
    assert shown["versions"]["taxonomy"] == "ESCO v1.2.1 en"
    assert page.faults == []


def test_somebody_else_can_sit_down_at_the_same_browser(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "Ann")
    page.click(".who")
    page.wait_for_selector("#coder:focus")
    page.keyboard.type("Bob")
    page.keyboard.press("Enter")
    page.wait_for_selector("#decision")
    press(page, "n")
    assert {entry.coder for entry in desk.entries()} == {"Bob"}


def test_a_code_that_is_none_is_told_and_nothing_is_written(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "Ann")
    title = title_of(page)
    for wrong in ("9999", ""):
        page.fill("#typed", wrong)
        press(page, "Enter")
        assert "is no group of the taxonomy" in page.inner_text("[role=alert]")
        assert title_of(page) == title
    assert desk.entries() == []


def test_two_coders_disagree_unseen_by_each_other_and_a_third_settles(serve, sit_down):
    desk, address = serve(double=1.0)
    ann, bob = sit_down(address, "Ann"), sit_down(address, "Bob")
    assert title_of(ann) == title_of(bob)
    key = ann.get_attribute("[name=ad]", "value")
    press(ann, "n")
    bob.reload()
    assert "Ann" not in bob.content()
    press(bob, "1")
    assert desk.standing(key).state is State.DISAGREED
    cem = sit_down(address, "Cem")
    cem.click("text=Adjudicate")
    assert {"Ann", "Bob"} <= {each.inner_text() for each in cem.query_selector_all(".why")}
    assert violations(cem) == []
    with cem.expect_navigation():
        cem.click("button[data-key='1']")
    assert desk.standing(key).settled.coder == "Cem"
    press(cem, "z")
    assert desk.standing(key).settled is None
    assert cem.query_selector("button[data-key='1']")
    press(cem, "1")
    cem.click("text=Agreement")
    assert "Ann and Bob" in cem.inner_text("table")
    assert violations(cem) == []


def test_the_machine_can_be_hidden_and_the_taxonomy_searched_and_opened_by_keyboard(
    serve, sit_down
):
    desk, address = serve(machine="hidden")
    page = sit_down(address, "Ann")
    assert page.query_selector(".candidates") is None
    page.keyboard.press("/")
    page.keyboard.type("ward nurse")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found summary")
    page.keyboard.press("Enter")
    assert "Includes: nurse" in page.inner_text("#found details[open]")
    page.keyboard.press("g")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tree .below details")
    page.click(".tree .below summary")
    page.click(".tree .below .below summary")
    assert violations(page) == []
    key = page.get_attribute("[name=ad]", "value")
    with page.expect_navigation():
        page.click(".tree .below .below details[open] button")
    assert len(desk.standing(key).label) == 3
    assert desk.entries()[0].shown["machine_hidden"] is True


def test_a_text_is_shown_without_its_markup(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "Ann")
    nurse = next(ad for ad, _ in desk.standings() if ad.title == "Ward nurse")
    page.goto(f"{address}desk?ad={nurse.key}")
    assert page.inner_text("article .text") == "We look for a Ward nurse."


def test_texts_of_others_do_nothing(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "<img src=x onerror=alert(1)>")
    hostile = next(ad for ad, _ in desk.standings() if "script" in ad.title)
    page.goto(f"{address}desk?ad={hostile.key}")
    assert page.query_selector("article script") is None
    assert "<script>" in title_of(page)
    assert not set("\x1b\u202e") & set(page.content())
    page.goto(f"{address}desk/find?q=<script>alert(1)</script>")
    assert page.query_selector("script") is None
    assert page.title() != "owned"
    assert page.query_selector("img") is None
    assert page.faults == []


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}]
)
def test_nobody_is_shut_out(serve, sit_down, options):
    _, address = serve()
    page = sit_down(address, "Ann", **options)
    assert violations(page) == []
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    page.click("#larger")
    assert page.evaluate(wide)
    assert page.get_attribute("#larger", "aria-pressed") == "true"
    page.goto(f"{address}docs")
    page.wait_for_selector("form")
    assert violations(page) == []


def test_the_rest_interface_can_be_tried_in_the_browser(serve, chromium):
    _, address = serve()
    page = chromium.new_page()
    page.goto(f"{address}docs")
    page.click("form:has(textarea) >> nth=0 >> text=Try it")
    page.wait_for_selector("pre:has-text('200 OK')")
    assert '"isco_code": "8332"' in page.inner_text("pre >> nth=0")
    page.close()


def test_a_form_that_this_desk_did_not_give_out_is_refused(serve, sit_down):
    desk, address = serve()
    page = sit_down(address, "Ann")
    page.evaluate("document.querySelector('#decision [name=mark]').value = 'made up'")
    press(page, "n")
    assert '"status": 403' in page.content()
    assert desk.entries() == []


def test_what_is_decided_is_learned_at_a_click_and_the_next_like_ad_shows_it(serve, sit_down):
    desk, address = serve()
    strange = next(ad for ad, _ in desk.standings() if ad.title == "Strange thing")
    page = sit_down(address, "Ann")

    def learn():
        press(page, "l")
        while "Learning" in page.inner_text("[data-key=l]"):
            page.reload()

    def path_and_code():
        ad = {"id": strange.id, "title": "Strange thing", "description": strange.text}
        found = page.request.post(f"{address}v1/classify", data=ad).json()
        return found["path"], found["isco_code"]

    page.goto(f"{address}desk?ad={strange.key}")
    page.fill("#typed", "2221")
    press(page, "Enter")
    learn()
    assert path_and_code() == ("coded", "2221")
    assert page.is_disabled("[data-key=l]")
    press(page, "z")
    learn()
    assert path_and_code()[0] != "coded"


@pytest.mark.processes
def test_a_server_that_is_killed_in_mid_decision_has_lost_nothing(engine, codes, sit_down):
    def start(port):
        command = [sys.executable, "-m", "tests.support.desk_service"]
        process = subprocess.Popen(
            [*command, str(engine.settings.data_dir), str(codes), port],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return process, process.stdout.readline().strip()

    process, address = start("0")
    try:
        page = sit_down(address, "Ann")
        press(page, "n")
        title = title_of(page)
        process.kill()
        process.wait()
        process, _ = start(address.rstrip("/").rpartition(":")[2])
        # The page that was open sends its decision to the service that is there now.
        press(page, "1")
        trail = page.request.get(f"{address}desk/audit.jsonl").text().splitlines()
        assert len(trail) >= 2
        assert '"said": "not a job"' in trail[0]
        assert title_of(page) != title
    finally:
        process.kill()
        process.wait()
