"""Keys for a Qdrant server: refused ones are named, tokens for one collection are enough."""

import re
import warnings
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from isco.core.errors import ConnectionWarning, UnavailableError
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.core.store.connection import open_client
from isco.retriever.factory import open_classifier, read_search_data
from tests.support.at_qdrant import address, keyed
from tests.support.doubles import HashingEmbedder
from tests.support.few_leaves import LEAVES, described
from tests.support.qdrant_double import Keys, QdrantDouble
from tests.support.small_taxonomy import load

ALIAS = "isco_occupations"

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    return settings_at_double(qdrant__retries=2)


NOT_TOLD = "Must provide an API key or an Authorization bearer token"


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        (None, "401|UNAUTHENTICATED", f"knows no such key .*{NOT_TOLD}"),
        ("wrong", "401|UNAUTHENTICATED", "knows no such key .*Invalid API key or JWT"),
        ("old", "403|PERMISSION_DENIED", "has expired .*ExpiredSignature"),
        ("look", "403|PERMISSION_DENIED", "lacks a right .*Global manage access is required"),
    ],
)
def test_a_key_that_won_t_do_is_told_at_once_with_the_reason_and_the_step(
    settings: Settings, double: QdrantDouble, pauses: list[float], key: str, code: str, said: str
) -> None:
    double.keys = Keys("all", "look", expired=frozenset({"old"}))
    with (
        OccupationStore(keyed(settings, api_key=key)) as store,
        pytest.raises(UnavailableError, match=said) as caught,
    ):
        store.build(described(), LEAVES)
    words = str(caught.value)
    assert re.search(f"({code}): ", words)
    assert address(settings, double) in words
    assert "ISCO_QDRANT__API_KEY" in words
    assert "{" not in words
    assert pauses == []


@pytest.mark.parametrize(
    ("key", "status", "text"),
    [
        (None, 401, NOT_TOLD),
        ("wrong", 401, "Invalid API key or JWT"),
        ("old", 403, "ExpiredSignature"),
    ],
)
def test_the_double_refuses_a_key_in_plain_text_without_a_content_type(
    double: QdrantDouble, key: str | None, status: int, text: str
) -> None:
    double.keys = Keys("all", "look", expired=frozenset({"old"}))
    answer = httpx.get(f"{double.url}/aliases", headers={"api-key": key} if key else {})
    assert (answer.status_code, answer.text) == (status, text)
    assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:6333", False),
        ("http://localhost:6333", False),
        ("http://[::1]:6333", False),
        ("https://qdrant.example.org:6333", False),
        ("http://qdrant.example.org:6333", True),
        ("http://10.1.2.3:6333", True),
    ],
)
def test_a_key_in_the_open_is_one_line_of_ours_and_none_on_this_machine(
    make_settings: Callable[..., Settings], url: str, told: bool
) -> None:
    settings = keyed(make_settings(qdrant__mode="server", qdrant__url=url), api_key="secret")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        open_client(settings).close()
    assert [found.category for found in caught] == [ConnectionWarning] * told
    assert all("https:// encrypts it" in str(found.message) for found in caught)
    assert all("secret" not in str(found.message) for found in caught)


@pytest.fixture
def with_tokens(settings: Settings, double: QdrantDouble) -> Callable[[str], Settings]:
    """A small taxonomy, and tokens for it: alone, with the labelled ads, and for something else."""
    load(settings, HashingEmbedder())
    double.keys = Keys(
        "all",
        tokens={
            "taxonomy": frozenset({ALIAS}),
            "both": frozenset({ALIAS, "isco_labelled_ads"}),
            "other": frozenset({"something"}),
        },
    )
    return lambda token: keyed(settings, api_key=token)


def test_a_token_for_the_alias_reads_the_taxonomy_by_it(
    with_tokens: Callable[[str], Settings], double: QdrantDouble
) -> None:
    embedder = HashingEmbedder()
    with OccupationStore(with_tokens("all")) as store:
        name = store.require_active()[0].name
    with OccupationStore(with_tokens("both"), reads_only=True) as store:
        info, metadata = store.require_active()
        assert (info.name, info.points) == (name, metadata.points)
    data = read_search_data(with_tokens("both"), embedder)
    assert np.array_equal(
        data.index.dense, read_search_data(with_tokens("all"), embedder).index.dense
    )
    assert open_classifier(with_tokens("both"), embedder)


def test_a_token_without_the_labelled_ads_is_told_and_does_without(
    with_tokens: Callable[[str], Settings],
) -> None:
    with pytest.warns(ConnectionWarning, match="Access to collection isco_labelled_ads"):
        data = read_search_data(with_tokens("taxonomy"), HashingEmbedder())
    assert data.labelled == ()


def test_a_token_without_the_taxonomy_is_told_which_right_is_missing(
    with_tokens: Callable[[str], Settings],
) -> None:
    said = f"lacks a right .*Access to collection {ALIAS} is required"
    with pytest.raises(UnavailableError, match=said):
        read_search_data(with_tokens("other"), HashingEmbedder())
