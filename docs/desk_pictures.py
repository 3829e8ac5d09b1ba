"""The pictures of the desk in pictures/, made anew by whoever has Chromium and Playwright.

    python docs/desk_pictures.py

The starter taxonomy in the languages of the demo, its ads classified, `isco serve` over them, some
decided. Takes minutes, most of which is embedding.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = Path(__file__).with_name("pictures")
LANGUAGES = ("en", "de", "es", "fr", "pl")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1200, "height": 900}
PHONE = {"width": 390, "height": 844}
DECIDED = 12


def isco(data_dir: Path, *words: str) -> list[str]:
    """A command line on that folder."""
    entry = "from isco.cli.main import main; main()"
    return [sys.executable, "-c", entry, *words, "--set", f"data_dir={data_dir}"]


def classified(data_dir: Path, folder: Path) -> list[str]:
    """The example ads in the demo's languages, coded; what `isco serve` is told of them."""
    ads, codes = folder / "ads.jsonl", folder / "codes.jsonl"
    lines = (ROOT / "examples" / "ads.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines if (row := json.loads(line))["language"] in LANGUAGES]
    unlabelled = [{key: row[key] for key in row if key != "isco_code"} for row in rows]
    ads.write_text("\n".join(map(json.dumps, unlabelled)), encoding="utf-8")
    subprocess.run(isco(data_dir, "classify", str(ads), "-o", str(codes)), check=True)
    return [str(codes), "--ads", str(ads), "--below", "1"]


@contextmanager
def served(data_dir: Path, words: Sequence[str]) -> Iterator[str]:
    """The address of the desk."""
    command = isco(data_dir, "serve", *words, "--port", "0", "--set", "serve.double=0")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        yield process.stderr.readline().split("serves at ")[1].split()[0]
    finally:
        process.terminate()
        process.wait()


def sat_down(browser: Browser, address: str, coder: str, **looks: Any) -> Page:
    """The page before a coder."""
    page = browser.new_context(**looks).new_page()
    page.goto(address)
    page.wait_for_selector("#coder:focus")
    page.keyboard.type(coder)
    page.keyboard.press("Enter")
    page.wait_for_selector("#decision")
    return page


def draw(browser: Browser, address: str) -> None:
    """All pictures."""
    page = sat_down(browser, address, "Anna", viewport=DESKTOP)
    for _ in range(DECIDED):
        with page.expect_navigation():
            page.keyboard.press("1")
    page.screenshot(path=PICTURES / "desk-light.png")
    page.keyboard.press("/")
    page.keyboard.type("gardener")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found summary")
    page.keyboard.press("Enter")
    page.locator("#look-up").scroll_into_view_if_needed()
    page.locator(".look-up").screenshot(path=PICTURES / "desk-taxonomy.png")
    dark = sat_down(browser, address, "Bob", viewport=DESKTOP, color_scheme="dark")
    dark.screenshot(path=PICTURES / "desk-dark.png")
    phone = sat_down(browser, address, "Cem", viewport=PHONE)
    phone.screenshot(path=PICTURES / "desk-phone.png")


def main() -> None:
    """Ingest, classify, serve, draw."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        data_dir = Path(folder) / "data"
        ingest = ("ingest", "--source", "starter", "--language", ",".join(LANGUAGES))
        subprocess.run(isco(data_dir, *ingest), check=True)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with served(data_dir, classified(data_dir, Path(folder))) as address:
            draw(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
