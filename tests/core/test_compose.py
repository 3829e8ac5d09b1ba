"""docker-compose.yml: safe defaults, and a health check that tells a healthy server."""

import json
import re
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from isco.core.config import load_settings
from isco.core.errors import ConfigError
from isco.serve.guard import require_token

FILE = Path(__file__).parents[2] / "docker-compose.yml"
LOCALHOST = "127.0.0.1"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def qdrant(compose):
    return compose["services"]["qdrant"]


@pytest.fixture(scope="module")
def specification():
    """The JSON schema of the Compose specification, as check-jsonschema carries it."""
    schemas = files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads(schemas.joinpath("compose-spec.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_file_follows_the_compose_specification(specification, compose):
    assert [error.message for error in specification.iter_errors(compose)] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prots": ["1:1"]}, "prots"),
        ({"restart": True}, "True is not of type 'string'"),
        ({"healthcheck": {"retries": "many", "test": 5}}, "is not valid"),
    ],
)
def test_what_the_specification_does_not_know_would_be_noticed(
    specification, compose, qdrant, change, said
):
    broken = {**compose, "services": {"qdrant": {**qdrant, **change}}}
    assert any(said in error.message for error in specification.iter_errors(broken))


def test_the_image_is_pinned_within_one_minor_of_the_installed_client(qdrant):
    found = re.fullmatch(r"qdrant/qdrant:v(\d+)\.(\d+)\.(\d+)", qdrant["image"])
    assert found, qdrant["image"]
    major, minor = (int(part) for part in version("qdrant-client").split(".")[:2])
    assert int(found[1]) == major
    assert abs(int(found[2]) - minor) <= 1


def test_ports_are_reachable_from_this_machine_only(qdrant):
    assert qdrant["ports"]
    for port in qdrant["ports"]:
        assert re.fullmatch(rf"{re.escape(LOCALHOST)}:\d+:\d+", port), port


def test_the_default_address_and_the_server_profile_meet_the_published_port(qdrant):
    published = {port.rsplit(":", 1)[0] for port in qdrant["ports"]}
    for profiles in ([], ["server"]):
        url = load_settings(profiles=profiles, environment={}).qdrant.url
        assert url.removeprefix("http://") in published


def test_data_and_snapshots_are_kept_in_declared_volumes(compose, qdrant):
    mounted = dict(volume.split(":") for volume in qdrant["volumes"])
    assert set(mounted.values()) == {"/qdrant/storage", "/qdrant/snapshots"}
    serve = dict(volume.split(":") for volume in compose["services"]["serve"]["volumes"])
    assert mounted.keys() | serve.keys() == compose["volumes"].keys()


def test_telemetry_is_off(qdrant):
    assert qdrant["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"


def test_the_api_key_comes_from_the_environment_and_the_file_holds_none(qdrant):
    assert qdrant["environment"]["QDRANT__SERVICE__API_KEY"] is None  # taken over when it is set


def test_the_health_check_needs_no_program_that_the_image_lacks(qdrant):
    how, program, *arguments = qdrant["healthcheck"]["test"]
    assert (how, program, arguments[0]) == ("CMD", "bash", "-c")
    assert len(arguments) == 2
    assert not re.search(r"\b(curl|wget|nc|python)\b", arguments[1])


def test_the_health_check_asks_the_port_of_the_rest_interface(qdrant):
    assert f"/dev/tcp/{LOCALHOST}/6333" in qdrant["healthcheck"]["test"][-1]


def test_the_service_is_asked_for_by_a_profile_and_reached_from_this_machine_with_a_token(compose):
    serve = compose["services"]["serve"]
    assert serve["profiles"] == ["serve"]
    assert all(port.startswith(f"{LOCALHOST}:") for port in serve["ports"])
    given = {name: value for name, value in serve["environment"].items() if value is not None}
    settings = load_settings(environment=given)
    with pytest.raises(ConfigError, match="ISCO_SERVE__TOKEN"):
        require_token(settings.serve)
    assert {name for name, value in serve["environment"].items() if value is None} == {
        "ISCO_QDRANT__API_KEY",
        "ISCO_SERVE__TOKEN",
    }


def test_the_image_serves_without_pytorch_by_default():
    lines = (FILE.parent / "Dockerfile").read_text(encoding="utf-8")
    assert "/src[serve]" in lines
    assert re.findall(r"^(ENTRYPOINT|CMD) (.+)$", lines, re.MULTILINE) == [
        ("ENTRYPOINT", '["isco"]'),
        ("CMD", '["serve"]'),
    ]
    ignored = (FILE.parent / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv"} <= set(ignored)


# The command itself, against real servers


@contextmanager
def listening(status):
    """A loopback server that answers `status`; yields its port and the paths it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"all shards are ready")

        def log_message(self, *arguments):
            pass

    server = HTTPServer((LOCALHOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def check(qdrant):
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("bash is not there: not checked that the health check tells healthy servers")

    def run(port):
        # Compose turns $$ into $ before the container sees the command.
        command = qdrant["healthcheck"]["test"][-1].replace("$$", "$")
        assert "6333" in command
        command = command.replace("6333", str(port))
        return subprocess.run([bash, "-c", command], capture_output=True, timeout=30).returncode

    return run


def test_the_health_check_passes_for_a_server_that_is_ready(check):
    with listening(200) as (port, asked):
        assert check(port) == 0
    assert asked == ["/readyz"]


@pytest.mark.parametrize("status", [503, 404, 401, 500])
def test_the_health_check_fails_for_a_server_that_is_not_ready(check, status):
    with listening(status) as (port, asked):
        assert check(port) != 0
    assert asked == ["/readyz"]


def test_the_health_check_fails_where_nothing_listens(check):
    with socket.socket() as taken:
        # Bound and not listening: nobody else can take the port, and nobody answers.
        taken.bind((LOCALHOST, 0))
        assert check(taken.getsockname()[1]) != 0
