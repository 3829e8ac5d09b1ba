"""Ads classified, coded by keyboard in the browser, and classified again: as an office does it."""

import json
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest

from tests.conftest import ROOT
from tests.support.installation import command

pytestmark = [pytest.mark.slow, pytest.mark.processes]

CODED = 10
EXAMPLES = ROOT / "examples" / "ads.jsonl"


@pytest.fixture
def data_dir(starter, tmp_path):
    """An installation of our own, to learn in."""
    shutil.copytree(starter, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def ads(tmp_path):
    """The English example ads that are jobs, without their codes, and the codes."""
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["language"] == "en" and row["isco_code"] != "not_a_job"]
    codes = {row["id"]: row.pop("isco_code") for row in rows}
    path = tmp_path / "ads.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path, codes


def classified(data_dir, ads):
    """The predictions of a run, by id, and where they are."""
    out = ads.with_name("codes.jsonl")
    words = ("classify", str(ads), "-o", str(out), "--no-resume")
    subprocess.run(command(data_dir, *words), check=True, stderr=subprocess.DEVNULL)
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return out, {each["id"]: each for each in found}


@contextmanager
def served(data_dir, codes, ads):
    """The address of `isco serve` on these predictions, until told to end."""
    words = ["serve", str(codes), "--ads", str(ads), "--below", "1", "--port", "0"]
    process = subprocess.Popen(
        command(data_dir, *words, "--set", "serve.double=0"), stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stderr.readline()
        assert "serves at " in said
        yield said.split("serves at ")[1].split()[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    # As of a process that SIGTERM has ended.
    assert process.returncode == 143


def decide(page, code):
    """Give a code by one key where it is a candidate, else by typing it."""
    candidate = page.query_selector(f".candidates button[data-key][value='{code}']")
    with page.expect_navigation():
        if candidate:
            page.keyboard.press(candidate.get_attribute("data-key"))
        else:
            page.keyboard.press("c")
            page.keyboard.type(code)
            page.keyboard.press("Enter")


def test_ten_ads_coded_by_keyboard_are_coded_so_by_the_next_run(data_dir, ads, chromium):
    path, known = ads
    codes, _ = classified(data_dir, path)
    given = {}
    with served(data_dir, codes, path) as address:
        page = chromium.new_page()
        page.goto(address)
        page.keyboard.type("Ann")
        page.keyboard.press("Enter")
        page.wait_for_selector("#decision")
        while len(given) < CODED:
            key = page.get_attribute("[name=ad]", "value")
            given[key] = known[key]
            decide(page, known[key])
        assert f"{CODED} by you" in page.inner_text(".progress")
        with page.expect_navigation():
            page.keyboard.press("l")
        while "Learning" in page.inner_text("[data-key=l]"):
            page.reload()
        page.close()
    _, again = classified(data_dir, path)
    coded = {key: each["isco_code"] for key, each in again.items() if each["path"] == "coded"}
    assert coded == given
