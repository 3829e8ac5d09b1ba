"""The command `isco serve`: what it refuses before it listens."""

import builtins

import pytest

from isco.cli.main import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder; its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISCO_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--port", "0", *arguments])
        return ended.value.code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 3, "isco ingest"),
        (["--host", "0.0.0.0"], 2, "ISCO_SERVE__TOKEN"),
        (["--host", "no.such.host.invalid", "--set", "serve.port=0"], 2, "ISCO_SERVE__TOKEN"),
        (["--budget", "3"], 2, "go with CODES"),
        (["codes.jsonl"], 2, "codes.jsonl"),
        (["--set", "serve.token=x"], 2, "only the variable ISCO_SERVE__TOKEN sets it"),
    ],
)
def test_what_can_t_be_served_is_told_with_the_next_step(run, arguments, code, said):
    found, told = run(*arguments)
    assert found == code
    assert said in told


def test_a_file_that_holds_no_predictions_is_told(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text('{"id": "1", "title": "Cook"}')
    code, told = run("ads.jsonl")
    assert code == 2
    assert "no file of predictions" in told
    assert not list(tmp_path.glob("*.sqlite3"))


def test_without_the_extra_it_is_named(run, monkeypatch):
    imported = builtins.__import__

    def without(name, *rest):
        if name == "isco.serve.running":
            raise ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    code, told = run()
    assert code == 3
    assert "pip install 'isco[serve]'" in told
