"""isco crosswalk, as a user runs it, on a small taxonomy."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isco.cli.main import cli
from isco.core.errors import ConfigError
from tests.review.answered import row
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import LEAVES, load

URIS = {leaf.isco_code: leaf.uri for leaf in LEAVES}
TABLE = "uri,target_code,target_label,relation\n" + "".join(
    f"{uri},{code[:2]}.{n},Beruf {code},{relation}Match\n"
    for code, uri in URIS.items()
    for n, relation in ((1, "exact"), (2, "broad"))
)
SCALE = "isco,isei\n5120,24\n7512,30\n"


def occupation(code: str, probability: float) -> dict[str, object]:
    return {"uri": URIS[code], "label": "x", "isco_code": code, "probability": probability}


@pytest.fixture
def folder(tmp_path: Path, make_settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    settings, embedder = make_settings(), HashingEmbedder()
    load(settings, embedder)
    monkeypatch.setattr("isco.crosswalk.crosswalks.model_identity", lambda _: embedder)
    monkeypatch.setenv("ISCO_DATA_DIR", str(settings.data_dir))
    rows = [
        row("1", "Cook", {"5120": 0.9, "7512": 0.05}, occupations=[occupation("5120", 0.9)]),
        row("2", "Baker", {"7512": 0.4, "5120": 0.3}, isco_code="7", level=1, confidence=0.8,
            best_code="7512", best_confidence=0.4,
            occupations=[occupation("7512", 0.4), occupation("5120", 0.3)]),
        row("3", "Page", {}, path="not_a_job", confidence=0.0),
        row("4", "?", {"5120": 0.3}, isco_code=None, path="declined", confidence=0.0,
            best_code="5120", best_confidence=0.3, occupations=[occupation("5120", 0.3)]),
        row("5", "Old", {"2221": 0.6}, occupations=[
            {"uri": "http://x.org/old", "label": "x", "isco_code": "2221", "probability": 0.5}]),
    ]  # fmt: skip
    (tmp_path / "codes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "table.csv").write_text(TABLE)
    (tmp_path / "scale.csv").write_text(SCALE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["crosswalk", *arguments])


def test_every_row_comes_back_with_what_the_tables_have(folder: Path) -> None:
    done = run("codes.jsonl", "--table", "own=table.csv", "--table", "scale.csv", "-o", "out.jsonl")
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [each["id"] for each in rows] == list("12345")
    first, shorter, page, declined, old = (each["crosswalks"]["own"] for each in rows)
    assert (first["code"], first["label"], first["via"]) == ("51.1", "Beruf 5120", "occupation")
    assert first["relation"] == "exact" and not first["ambiguous"]
    assert first["candidates"][0]["source"] == URIS["5120"]
    # No code is sure enough for an answer of one digit, and none where there is none.
    assert (shorter["code"], shorter["candidates"][0]["code"]) == (None, "75.1")
    assert (page["code"], page["candidates"]) == (None, [])
    assert (declined["code"], declined["candidates"][0]["code"]) == (None, "51.1")
    assert (old["code"], old["via"]) == ("22.1", "unit group")
    assert rows[0]["crosswalks"]["isei"]["value"] == 24.32
    assert "own: 2 of 5 ads" in done.stderr
    assert "1 occupations of the predictions are not in the taxonomy" in done.stderr


def test_a_csv_has_columns_of_each_table_after_the_answer(folder: Path) -> None:
    done = run("codes.jsonl", "--table", "own=table.csv", "--table", "scale.csv", "-o", "out.csv")
    assert done.exit_code == 0, done.output
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert (rows[0]["own_code"], rows[0]["own_ambiguous"]) == ("51.1", "false")
    assert rows[0]["own_candidates"].startswith("51.1 Beruf 5120 (86%); 75.1")
    assert (rows[0]["isei_value"], rows[0]["occupation_uri"]) == ("24.32", URIS["5120"])
    assert rows[2]["own_code"] == ""
    again = run("out.csv", "--table", "again=table.csv", "-o", "again.csv")
    assert again.exit_code == 0, again.output
    with (folder / "again.csv").open(encoding="utf-8-sig", newline="") as stream:
        (one, *_) = csv.DictReader(stream)
    assert (one["own_code"], one["again_code"]) == ("51.1", "51.1")


def test_a_second_table_leaves_what_the_first_had(folder: Path) -> None:
    assert run("codes.jsonl", "--table", "own=table.csv", "-o", "one.jsonl").exit_code == 0
    assert run("one.jsonl", "--table", "scale.csv", "-o", "two.jsonl").exit_code == 0
    one, two = (
        json.loads((folder / f"{name}.jsonl").read_text().splitlines()[0])["crosswalks"]
        for name in ("one", "two")
    )
    assert two == {**one, "isei": two["isei"]}


def test_parquet_is_read_into_what_a_run_writes_as_json(folder: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [json.loads(line) for line in (folder / "codes.jsonl").read_text().splitlines()]
    flat = [
        {n: json.dumps(v) if isinstance(v, list | dict) else v for n, v in each.items()}
        for each in rows
    ]
    parquet.write_table(arrow.Table.from_pylist(flat), folder / "codes.parquet")
    done = run("codes.parquet", "--table", "own=table.csv")
    first = json.loads(done.stdout.splitlines()[0])
    assert first["crosswalks"]["own"]["code"] == "51.1"
    assert first["candidates"] == rows[0]["candidates"]


def test_the_same_table_again_in_a_csv_takes_the_place_of_its_columns(folder: Path) -> None:
    assert run("codes.jsonl", "--table", "own=table.csv", "-o", "one.csv").exit_code == 0
    assert run("one.csv", "--table", "own=table.csv", "-o", "two.csv").exit_code == 0
    header = (folder / "two.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.split(",").count("own_code") == 1


def test_a_target_accuracy_asks_as_much_of_the_code(folder: Path) -> None:
    wanted = ("--table", "own=table.csv", "--set", "decision.target_accuracy=0.89")
    done = run("codes.jsonl", *wanted)
    first = json.loads(done.stdout.splitlines()[0])["crosswalks"]["own"]
    assert first["code"] is None and first["candidates"]


def test_tables_of_the_configuration_are_taken_where_none_is_named(folder: Path) -> None:
    done = run("codes.jsonl", "--set", "crosswalks=[own=table.csv]", "-o", "o.jsonl", "--json")
    assert json.loads(done.stdout)["tables"]["own"]["coded"] == 2
    assert run("codes.jsonl", "-o", "p.jsonl").exit_code == 2


def test_check_tells_the_quality_and_needs_no_predictions(folder: Path) -> None:
    done = run("--check", "--table", "own=table.csv", "--json")
    (found,) = json.loads(done.stdout)["tables"]
    assert (found["occupations"]["covered"], found["relations"]["exact"]) == (4, 4)
    assert "occupations" in run("--check", "--table", "own=table.csv").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["codes.jsonl", "--check", "--table", "table.csv"], "either CODES or --check"),
        (["codes.jsonl"], "name a mapping table"),
        (["codes.jsonl", "--table", "table.csv", "-o", "codes.jsonl"], "file of the predictions"),
        (["codes.jsonl", "--table", "table.csv", "-o", "scale.csv"], "--overwrite"),
        (["codes.jsonl", "--table", "table.csv", "--json"], "needs -o"),
        (["codes.jsonl", "--target", "x"], "one --table"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(
    folder: Path, arguments: list[str], said: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_two_tables_of_one_name_are_told(folder: Path) -> None:
    done = run("codes.jsonl", "--table", "a=table.csv", "--table", "a=scale.csv")
    assert isinstance(done.exception, ConfigError)
