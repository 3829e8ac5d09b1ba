"""The loop with people, as a user goes round it, on a small taxonomy and a double of the model."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isco.cli.main import cli
from isco.core.errors import ConfigError, InputError
from isco.retriever.factory import open_classifier
from isco.retriever.reading.text_files import read_ads
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import load


@pytest.fixture
def desk(tmp_path: Path, make_settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with ads, and with what was classified of them."""
    settings = make_settings(search__top=4)
    load(settings, HashingEmbedder())
    embedder = HashingEmbedder()
    monkeypatch.setattr("isco.core.embedding.open_embedder", lambda _: embedder)
    monkeypatch.setattr("isco.core.embedding.model_identity", lambda _: embedder)
    for module in ("codes", "exporting"):
        monkeypatch.setattr(f"isco.review.{module}.model_identity", lambda _: embedder)
    monkeypatch.setenv("ISCO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ISCO_SEARCH__TOP", "4")
    titles = ["Dough person", "dough person", "Wheel holder", "Ward angel", "baker"]
    rows = [
        {"id": f"ad-{n}", "title": title, "description": f"You will be one of {n}.", "firm": "=Inn"}
        for n, title in enumerate(titles)
    ]
    (tmp_path / "ads.jsonl").write_text("\n".join(map(json.dumps, rows)))
    classify(tmp_path, settings)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def classify(folder: Path, settings) -> list[dict]:
    found = open_classifier(settings, HashingEmbedder()).classify_batch(
        list(read_ads(str(folder / "ads.jsonl"), settings.input))
    )
    rows = [each.as_dict() for each in found]
    (folder / "codes.jsonl").write_text("\n".join(json.dumps(row, default=str) for row in rows))
    return rows


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_a_sheet_goes_to_people_and_comes_back_into_one_final_file(
    desk: Path, make_settings
) -> None:
    made = run("review", "codes.jsonl", "-o", "todo.csv", "--below", "1", "--random-share", "0")
    assert made.exit_code == 0, made.output
    rows = list(csv.DictReader((desk / "todo.csv").open(encoding="utf-8-sig", newline="")))
    together = next(row for row in rows if row["ads"] == "2")
    together["isco_code"] = "7512"
    with (desk / "todo.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    learned = run("learn", "todo.csv", "--json")
    assert learned.exit_code == 0, learned.output
    told = json.loads(learned.stdout)
    assert (told["learned"], told["uncoded"]) == (2, len(rows) - 1)
    again = classify(desk, make_settings(search__top=4))
    coded = {row["id"]: row["isco_code"] for row in again if row["path"] == "coded"}
    assert coded == {"ad-0": "7512", "ad-1": "7512"}
    merged = run("merge", "codes.jsonl", "todo.csv", "-o", "final.csv", "--json")
    assert merged.exit_code == 0, merged.output
    assert json.loads(merged.stdout)["by_people"] == 2
    final = list(csv.DictReader((desk / "final.csv").open(encoding="utf-8-sig", newline="")))
    assert [(row["id"], row["decided_by"]) for row in final] == [
        ("ad-0", "person"), ("ad-1", "person"), ("ad-2", "machine"), ("ad-3", "machine"),
        ("ad-4", "machine"),
    ]  # fmt: skip
    assert final[0]["sheet"] == "todo.csv"
    assert final[0]["firm"] == "'=Inn"


def test_nothing_is_overwritten_unasked(desk: Path) -> None:
    (desk / "todo.csv").write_text("hours of work")
    assert "somebody may have coded in it" in run("review", "codes.jsonl", "-o", "todo.csv").output
    assert (desk / "todo.csv").read_text() == "hours of work"
    assert run("review", "codes.jsonl", "-o", "todo.csv", "--overwrite").exit_code == 0
    said = run("merge", "codes.jsonl", "todo.csv", "-o", "todo.csv", "--overwrite")
    assert "one of the files that are read" in said.output
    assert run("export", "codes.jsonl", "--to", "label-studio", "-o", "tasks").exit_code == 0
    again = run("export", "codes.jsonl", "--to", "label-studio", "-o", "tasks")
    assert isinstance(again.exception, ConfigError)


def test_a_sheet_of_another_run_leaves_its_ads_out_and_says_which(desk: Path) -> None:
    (desk / "other.csv").write_text("id,title,isco_code,like_ids\nad-77,Cook,5120,[]\n")
    arguments = ["merge", "codes.jsonl", "other.csv", "-o", "final.jsonl"]
    merged = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert merged.return_value == 1
    assert "ad-77" in merged.output
    assert len((desk / "final.jsonl").read_text().splitlines()) == 5


@pytest.mark.parametrize("command", ["review", "export", "merge", "report"])
def test_a_file_that_is_no_run_is_refused_and_nothing_is_written(command: str, desk: Path) -> None:
    options = {
        "review": ["-o", "x.csv"], "export": ["--to", "label-studio", "-o", "x"],
        "merge": ["ads.jsonl", "-o", "x.csv"], "report": ["-o", "x"],
    }[command]  # fmt: skip
    failed = run(command, "ads.jsonl", *options)
    assert isinstance(failed.exception, InputError)
    assert "ads.jsonl is no file of predictions" in str(failed.exception)
    assert not list(desk.glob("x*"))


def test_label_studio_brings_back_what_was_coded_there(desk: Path) -> None:
    run("export", "codes.jsonl", "--to", "label-studio", "-o", "tasks", "--below", "1")
    tasks = json.loads((desk / "tasks" / "tasks.json").read_text())
    choice = {"choices": [tasks[0]["data"]["candidates"][0]["value"]]}
    result = [{"from_name": "candidate", "to_name": "text", "type": "choices", "value": choice}]
    tasks[0]["annotations"] = [{"completed_by": 1, "result": result, "was_cancelled": False}]
    exported = [{"annotations": [], **task} for task in tasks]
    (desk / "export.json").write_text(json.dumps(exported))
    learned = json.loads(run("learn", "export.json", "--json").stdout)
    assert learned["learned"] == tasks[0]["data"]["ads"]
    assert learned["uncoded"] == len(tasks) - 1
