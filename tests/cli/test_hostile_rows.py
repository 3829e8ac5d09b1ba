"""Hostile rows through the command line: a row out for each that comes in, in order, by its id."""

import json

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.config import load_settings
from tests.campaign.isco import StandIn
from tests.support.hostile_rows import FORMATS, hostile_ads, write_hostile
from tests.support.small_taxonomy import load

ROWS = 120


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "data"
    settings = load_settings(environment={}, flags={"data_dir": folder, "llm.backend": "none"})
    load(settings, StandIn(settings.embedding))
    return folder


@pytest.fixture
def classify(data_dir, monkeypatch):
    """The ids of what `isco classify` makes of a file, and its exit code."""
    monkeypatch.setattr("isco.core.embedding.open_embedder", StandIn)

    def run(path, output):
        keys = ("--set", f"data_dir={data_dir}", "--set", "llm.backend=none")
        done = CliRunner().invoke(cli, ["classify", str(path), "-o", str(output), *keys])
        with output.open(encoding="utf-8") as lines:
            return [json.loads(line)["id"] for line in lines], done.exit_code

    return run


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_hostile_row_has_its_row_in_its_place(classify, tmp_path, kind, seed):
    rows = hostile_ads(ROWS, seed, kind)
    path = tmp_path / f"ads.{kind}"
    write_hostile(path, rows)
    found, exit_code = classify(path, tmp_path / "out.jsonl")
    assert found == [row["id"] for row in rows]
    assert exit_code in {0, 1}


def test_the_same_seed_draws_the_same_rows_and_another_others():
    assert repr(hostile_ads(50, 3)) == repr(hostile_ads(50, 3)) != repr(hostile_ads(50, 4))
