"""The REST interface against its own OpenAPI description, with requests made up by schemathesis."""

import importlib

import pytest

from isco.core.config import load_settings
from tests.support.serving import engine_over, listening

_MISSING = "schemathesis is missing: pip install 'isco[test]'"
schemathesis = pytest.importorskip("schemathesis", reason=_MISSING)
hypothesis = pytest.importorskip("hypothesis", reason=_MISSING)
# That what fits the description may be refused all the same, such as no ads, is described as well.
CHECKS = [
    importlib.import_module(f"schemathesis.{where}").__dict__[name]
    for where, name in (
        ("checks", "not_a_server_error"),
        ("specs.openapi.checks", "status_code_conformance"),
        ("specs.openapi.checks", "content_type_conformance"),
        ("specs.openapi.checks", "response_schema_conformance"),
    )
]


@schemathesis.serializer("application/x-ndjson")
def _lines(_, value):
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    flags = {"data_dir": tmp_path_factory.mktemp("description")}
    with (
        engine_over(load_settings(environment={}, flags=flags)) as engine,
        listening(engine) as (address, _),
    ):
        yield schemathesis.openapi.from_url(f"{address}openapi.json")


# The same requests at every time, and few of them: each resource is asked this often.
few = hypothesis.settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def test_whatever_is_sent_gets_an_answer_as_it_is_described(description):
    operations = [found.ok() for found in description.get_all_operations()]
    assert len(operations) == 10
    for operation in operations:

        @few
        @hypothesis.given(case=operation.as_strategy())
        def answers_as_described(case):
            case.call_and_validate(checks=CHECKS)

        answers_as_described()
