"""No secret is shown, whoever says it."""

import pickle
from base64 import b64encode

import pytest

from isco.core import redaction
from isco.core.config import load_settings
from isco.core.errors import ConfigError, UnavailableError
from isco.core.redaction import keep_secret, redacted
from isco.core.store import qdrant_place
from isco.retriever.llm import choose_backend
from isco.retriever.llm.base import Completion, Failure, FailureKind

KEY, OTHER, PASSWORD = "sk-0123456789abcdef", "sk-0123456789abcdef-more", "p@ss/wörd"
ENVIRONMENT = {
    "ISCO_LLM__API_KEY": KEY,
    "ISCO_QDRANT__API_KEY": OTHER,
    "ISCO_QDRANT__URL": f"https://reader:{PASSWORD}@qdrant.example:6333",
    "ISCO_LLM__URL": "http://me:pa55word@llm.example/v1",
    "ISCO_QDRANT__MODE": "server",
}


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    monkeypatch.setattr(redaction, "_known", [])
    return load_settings(environment=ENVIRONMENT)


@pytest.mark.parametrize(
    "said",
    [
        f"bad key {KEY}", f"Bearer {KEY}.", f"{OTHER}", f"https://reader:{PASSWORD}@host",
        f"wrong password {PASSWORD}", "at http://me:pa55word@llm.example/v1", "HTTP://a:b@c",
        f"Basic {b64encode(b'me:pa55word').decode()}", "postgres://someone@host/db", "ftp://user:other-secret@host",
    ],
)  # fmt: skip
def test_keys_and_what_stands_before_a_host_are_hidden_in_every_message(said):
    for shown in (
        redacted(said),
        str(UnavailableError(said)),
        f"{ConfigError(said)}",
        Failure(FailureKind.REFUSED, said).detail,
        Completion(said, True, 1, 1).text,
    ):
        assert "***" in shown
        for secret in (KEY, "-more", PASSWORD, "pa55word", "reader", "a:b", "someone@", "other-"):
            assert secret not in shown


@pytest.mark.parametrize("said", ["", "mail me@x.org", "see http://x.org/a?b=c", "ollama", "C@fé"])
def test_what_is_no_secret_stays(said):
    keep_secret("ollama")
    keep_secret("abc")
    assert redacted(said) == said


def test_places_have_none_of_it(settings):
    assert qdrant_place(settings) == "https://***@qdrant.example:6333"
    assert "http://***@llm.example/v1" in choose_backend(settings.llm).reason


def test_a_process_that_is_given_settings_keeps_their_secrets(settings, monkeypatch):
    given = pickle.dumps(settings)
    monkeypatch.setattr(redaction, "_known", [])
    pickle.loads(given).keep_secrets()
    assert redacted(KEY) == "***"
