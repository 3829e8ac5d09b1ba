"""What `make demo` shows of its predictions."""

import json
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from isco.core.records import Prediction, PredictionPath, Versions
from isco.results import Predictions
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def demo():
    spec = spec_from_file_location("demo", ROOT / "examples" / "demo.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predicted(number: int, code: str | None, confidence: float, language: str) -> Prediction:
    return Prediction(
        id=str(number),
        isco_code=code,
        isco_label=code and f"label of {code}",
        level=4 if code else 0,
        confidence=confidence,
        path=PredictionPath.VOTE if code else PredictionPath.NOT_A_JOB,
        best_code=code,
        best_label=None,
        best_confidence=confidence,
        reason="",
        language=language,
        candidates=(),
        profile=None,
        versions=Versions("starter", "model", None, None, "0"),
    )


def test_the_surest_of_each_language_and_the_least_sure_ads_are_shown(demo, capsys):
    found = [predicted(number, "7121", 0.9 - number / 100, "en") for number in range(9)]
    found += [predicted(number, "2512", 0.5 - number / 100, "pl") for number in range(9, 13)]
    found += [predicted(13, None, 0.0, "en"), predicted(14, "9112", 0.3, "en")]
    known = {each.id: each.isco_code or "not_a_job" for each in found} | {"14": "not_a_job"}
    demo.show(Predictions(found, [f"title {each.id}." for each in found]), known)
    said = capsys.readouterr().out
    surest, unsure = said.split("The 2 of which")
    assert [f"title {number}." in surest for number in range(15)] == [
        number in (0, 1, 2, 9, 10, 11) for number in range(15)
    ]
    assert "title 12." in unsure and "title 14." in unsure
    assert "its known code: not_a_job" in unsure
    assert "13 of 13 ads get the code that is known; 1 of 2 pages" in said


def test_examples_are_there_in_each_language_of_the_demo(demo):
    lines = (ROOT / "examples" / "ads.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(demo.LANGUAGES) <= {json.loads(line)["language"] for line in lines}
