"""Tables of the configuration, added while ads are classified."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from isco.core.errors import ConfigError
from isco.core.records import Ad, Occupation, Prediction
from isco.crosswalk.classified import Crossing, open_crossing
from isco.crosswalk.crosswalks import Crosswalks
from isco.results import columns_of_tables
from isco.retriever.running.executors import Inline
from isco.retriever.running.flat_csv import PLAIN_CSV
from isco.retriever.running.json_ld_lines import posting_of
from tests.crosswalk.tables import COOK, crosswalk
from tests.retriever.running.test_flat_csv import CODED, NO_AD

OFFICER = replace(
    CODED, isco_code="5120", level=4, best_code="5120",
    occupations=(Occupation(COOK.uri, "cook", "5120", 0.75),),
)  # fmt: skip


@pytest.fixture
def crossing(tmp_path: Path) -> Crossing:
    table = crosswalk(tmp_path, [f"{COOK.uri},,C1,=Köche,exactMatch,"], name="own")
    scale = crosswalk(tmp_path, ["5120,24"], "isco,isei", name="isei")
    return Crossing(Crosswalks.of([table, scale]), None, "mark")


def test_every_prediction_has_what_the_tables_have(crossing: Crossing) -> None:
    work: Inline[Prediction] = Inline(lambda _: [OFFICER, NO_AD])
    ((_, (coded, broken)),) = crossing.executor(work).run([[Ad("1"), Ad("2")]])
    assert coded.as_dict()["crosswalks"]["own"]["code"] == "C1"
    assert broken.crosswalks["own"]["code"] is None
    assert list(coded.as_dict())[-1] == "crosswalks"
    assert "crosswalks" not in OFFICER.as_dict()


def test_a_csv_has_their_columns_after_the_answer_and_is_read_back(crossing: Crossing) -> None:
    form = replace(PLAIN_CSV, further=crossing.crosswalks.columns)
    found = crossing.added([OFFICER, NO_AD])
    form = form.settled(found)
    text = form.header + b"".join(map(form.encode, found))
    coded, broken = csv.DictReader(io.StringIO(text.decode(), newline=""))
    assert (coded["own_code"], coded["own_label"]) == ("C1", "'=Köche")
    assert (broken["own_code"], broken["isei_value"]) == ("", "")
    assert form.of_header(form.header).own == form.own
    assert form.decode(form.encode(found[0]))["own_label"] == "=Köche"
    with pytest.raises(ValueError, match="another header"):
        PLAIN_CSV.of_header(form.header)


def test_formats_without_a_place_for_them_are_refused(make_settings, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("isco,isei\n5120,24\n")
    settings = make_settings(crosswalks=[str(tmp_path / "t.csv")])
    with pytest.raises(ConfigError, match="parquet has no place"):
        open_crossing(settings, "parquet")
    assert open_crossing(make_settings(), "parquet") is None


def test_a_file_may_be_named_and_its_columns_said(make_settings, tmp_path: Path) -> None:
    given = ["kldb=a.csv", {"file": "b.csv", "kind": "scale", "levels": [4, 2]}]
    first, second = make_settings(crosswalks=given).crosswalks
    assert (first.name, first.file.name, second.levels) == ("kldb", "a.csv", (4, 2))
    assert json.dumps(first.model_dump(mode="json"))


def test_a_job_posting_has_the_codes_and_no_values_of_scales(crossing: Crossing) -> None:
    coded, broken = crossing.added([OFFICER, NO_AD])
    *_, code = posting_of(coded)["occupationalCategory"]
    assert (code["codeValue"], code["inCodeSet"]["name"]) == ("C1", "own")
    assert "occupationalCategory" not in posting_of(broken)


def test_a_frame_has_columns_of_the_tables(crossing: Crossing) -> None:
    columns = columns_of_tables(crossing.crosswalks.columns)
    coded, broken = crossing.added([OFFICER, NO_AD])
    assert {name: kind for name, (kind, _) in columns.items() if kind is float} == dict.fromkeys(
        ("own_probability", "isei_value", "isei_probability"), float
    )
    assert [columns["own_code"][1](each) for each in (coded, broken)] == ["C1", None]
    assert columns["own_ambiguous"][1](coded) == "false"
