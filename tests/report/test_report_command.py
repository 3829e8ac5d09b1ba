import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from tests.review.answered import row


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("ISCO_DATA_DIR", str(tmp_path / "data"))
    names = []
    for name, codes in (("now", ["5120", "5120", "3434"]), ("before", ["5120", "2512", "2512"])):
        file = tmp_path / f"{name}.jsonl"
        rows = [
            row(str(n), f"<script>alert({n})</script>", {code: 0.8}, language="de")
            for n, code in enumerate(codes)
        ]
        file.write_text("\n".join(map(json.dumps, rows)))
        names.append(str(file))
    return names[0], names[1]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_a_run_is_reported_without_a_taxonomy_or_a_model(
    runs: tuple[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "report"
    arguments = ["report", runs[0], "--against", runs[1], "--no-titles", "-o", str(out), "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found == json.loads((out / "report.json").read_text())
    assert found["distribution"]["4"]["5120"]["n"] == 2
    assert found["drift"]["groups"]["4"]["2512"]["difference"] == pytest.approx(-2 / 3, abs=1e-4)
    assert found["title_drift"] is None
    page = _Page()
    page.feed((out / "report.html").read_text())
    assert "script" not in page.tags
    assert not page.links
    assert "5120 Group 5120" in (out / "report.txt").read_text()
    assert "German" in (out / "report.html").read_text()


@pytest.mark.parametrize("content", ["", '{"id": "1", "title": "Cook"}'])
def test_what_is_no_run_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "ads.jsonl"
    file.write_text(content)
    result = CliRunner().invoke(cli, ["report", str(file)])
    assert "prediction" in str(result.exception)
