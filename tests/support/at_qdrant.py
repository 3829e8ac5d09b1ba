"""The double of a Qdrant server as fixtures, settings that reach it, and pauses without time."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from isco.core.settings import Settings
from tests.conftest import SHARED
from tests.support.qdrant_double import QdrantDouble
from tests.support.real_qdrant import REAL_MODES, real_server

CONTRACT = SHARED / "contracts" / "qdrant-openapi-v1.19.json"
MakeSettings = Callable[..., Settings]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between retries that were made; none takes time."""
    made: list[float] = []
    monkeypatch.setattr("isco.core.retries.time.sleep", made.append)
    return made


@pytest.fixture
def double() -> Iterator[QdrantDouble]:
    """A server that answers REST and gRPC, and was never asked against its contract."""
    with QdrantDouble(CONTRACT, grpc=True) as server:
        yield server
        assert server.violations == []


@pytest.fixture(params=["rest", "grpc"])
def settings_at_double(
    request: pytest.FixtureRequest, double: QdrantDouble, make_settings: MakeSettings
) -> MakeSettings:
    """`make_settings` for the double, the test once over REST and once over gRPC."""
    at = {"qdrant__mode": "server", "qdrant__url": double.url}
    if request.param == "grpc":
        at |= over_grpc(double.grpc_port)
    return lambda **values: make_settings(**at, **values)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not there: not checked that isco speaks TLS to Qdrant")
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-out", str(files[0]), "-keyout", str(files[1]),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return files


@contextmanager
def settings_in(mode: str, make_settings: MakeSettings, **values: Any) -> Iterator[Settings]:
    """Settings for a Qdrant of its own: `memory`, `local`, at a double `server`, or a real one."""
    if mode == "server":
        with QdrantDouble(CONTRACT) as server:
            yield make_settings(qdrant__mode="server", qdrant__url=server.url, **values)
            assert server.violations == []
    elif mode in REAL_MODES:
        with real_server(mode) as at:
            yield make_settings(**at, **values)
    else:
        yield make_settings(qdrant__mode=mode, **values)


def over_grpc(port: int | str) -> dict[str, Any]:
    """Settings for talking gRPC."""
    return {"qdrant__prefer_grpc": True, "qdrant__grpc_port": int(port)}


def keyed(settings: Settings, **keys: str | None) -> Settings:
    """The settings with keys, which files and flags may not hold."""
    secrets = {name: SecretStr(key) if key else None for name, key in keys.items()}
    qdrant = settings.qdrant.model_copy(update=secrets)
    return settings.model_copy(update={"qdrant": qdrant})


def address(settings: Settings, double: QdrantDouble) -> str:
    """Where the double is really asked."""
    return f"127.0.0.1:{double.grpc_port} (gRPC)" if settings.qdrant.prefer_grpc else double.url
