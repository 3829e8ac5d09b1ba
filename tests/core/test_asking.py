"""A server asked without Qdrant's client: what it says, or None for the client to find out."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.core.store.asking import ask_in_use, ask_indexed
from tests.support.at_qdrant import keyed
from tests.support.few_leaves import LEAVES, described
from tests.support.qdrant_double import Fault, Keys, QdrantDouble, answer_with


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    settings = settings_at_double(qdrant__retries=0)
    with OccupationStore(settings) as store:
        store.build(described(), LEAVES)
    return settings


def test_it_says_what_the_client_finds(settings: Settings) -> None:
    with OccupationStore(settings) as store:
        in_use = store.in_use()
        points = store.read_indexed(in_use.collection, "en")
    assert ask_in_use(settings.qdrant) == in_use
    asked = ask_indexed(settings.qdrant, in_use.collection, "en")
    if settings.qdrant.prefer_grpc:
        assert asked is None
        return
    assert asked is not None
    assert [one.leaf for one in asked] == [point.leaf for point in points]
    for one, point in zip(asked, points, strict=True):
        assert (one.dense == point.dense).all()
        assert (one.labels == point.labels).all()


def test_a_key_is_sent(settings: Settings, double: QdrantDouble) -> None:
    double.keys = Keys("all", "look")
    assert ask_in_use(settings.qdrant) is None
    reading = keyed(settings, api_key="all", read_only_api_key="look")
    assert ask_in_use(reading.qdrant) is not None


def test_a_path_of_the_address_stands_before_every_other(
    settings: Settings, double: QdrantDouble
) -> None:
    behind = settings.qdrant.model_copy(update={"url": f"{double.url}/qdrant/"})
    double.requests.clear()
    assert ask_in_use(behind) is None
    assert double.requests[0].path == "/qdrant/aliases"
    double.violations.clear()


@pytest.mark.parametrize(
    "fault", [answer_with(503), answer_with(200, raw="no JSON"), answer_with(200, raw="{}")]
)
def test_what_is_not_as_expected_is_nothing(
    settings: Settings, double: QdrantDouble, fault: Fault
) -> None:
    double.faults = [replace(fault)]
    assert ask_in_use(settings.qdrant) is None
    assert double.faults == []


def test_a_server_that_is_away_is_nothing(settings: Settings, double: QdrantDouble) -> None:
    double.close()
    assert ask_in_use(settings.qdrant) is None


def test_where_there_is_a_proxy_the_client_is_left_to_use_it(
    settings: Settings, double: QdrantDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    double.requests.clear()
    assert ask_in_use(settings.qdrant) is None
    assert double.requests == []
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert ask_in_use(settings.qdrant) is not None


def test_a_server_with_a_certificate_is_asked_by_who_trusts_it(
    certificate: tuple[Path, Path], make_settings: Callable[..., Settings]
) -> None:
    with QdrantDouble(tls=certificate) as server:
        at = {"qdrant__mode": "server", "qdrant__url": server.url, "qdrant__retries": 0}
        trusting = make_settings(**at, qdrant__tls_ca=certificate[0])
        with OccupationStore(trusting) as store:
            name = store.build(described(), LEAVES)
        found = ask_in_use(trusting.qdrant)
        assert found is not None
        assert found.collection == name
        assert ask_in_use(make_settings(**at).qdrant) is None


def test_one_that_does_not_answer_is_not_waited_for_forever(
    make_settings: Callable[..., Settings],
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = make_settings(qdrant__mode="server", qdrant__url=url, qdrant__timeout=1)
        assert ask_in_use(settings.qdrant) is None
