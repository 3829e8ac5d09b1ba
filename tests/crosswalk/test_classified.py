"""Tables of the configuration, added while ads are classified."""

import csv
import io
import json
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from isco.core.errors import ConfigError
from isco.core.records import Ad, Occupation, Prediction, Row
from isco.crosswalk.classified import Crossing
from isco.crosswalk.crosswalks import Crosswalks, read_tables
from isco.results import columns_of_tables
from isco.retriever.running.flat_csv import PLAIN_CSV
from isco.retriever.running.json_ld_lines import posting_of
from isco.retriever.running.writers import ParquetWriter
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


class TwoAnswers:
    """In the place of a classifier."""

    def classify_batch(self, _: Sequence[Row]) -> list[Prediction]:
        return [OFFICER, NO_AD]


def test_every_prediction_has_what_the_tables_have_wherever_it_is_made(crossing: Crossing) -> None:
    work_of = pickle.loads(pickle.dumps(crossing.work_of))
    coded, broken = work_of(TwoAnswers())([Ad("1"), Ad("2")])
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


def test_an_ad_s_own_column_of_such_a_name_is_called_otherwise(crossing: Crossing) -> None:
    ours = replace(OFFICER, extra={"own_code": "theirs", "city": "Linz"})
    form = replace(PLAIN_CSV, further=crossing.crosswalks.columns).settled([ours])
    text = form.header + form.encode(*crossing.added([ours]))
    (found,) = csv.DictReader(io.StringIO(text.decode(), newline=""))
    assert (found["input_own_code"], found["own_code"], found["city"]) == ("theirs", "C1", "Linz")


def test_parquet_has_their_columns_by_type_and_all_of_it_as_json(
    crossing: Crossing, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = crossing.added([OFFICER, NO_AD])
    writer = ParquetWriter(tmp_path / "codes.parquet", crossing.crosswalks.columns)
    writer.write(found)
    writer.close()
    table = parquet.read_table(tmp_path / "codes.parquet")
    coded, broken = table.to_pylist()
    assert (coded["own_code"], coded["own_ambiguous"], broken["own_code"]) == ("C1", False, None)
    assert coded["own_probability"] == found[0].crosswalks["own"]["probability"]
    assert coded["isei_value"] == 24.0
    assert json.loads(coded["crosswalks"]) == found[0].crosswalks
    assert str(table.schema.field("own_ambiguous").type) == "bool"
    plain = ParquetWriter(tmp_path / "plain.parquet")
    plain.write([OFFICER])
    plain.close()
    names = parquet.read_table(tmp_path / "plain.parquet").column_names
    assert table.column_names == [*names, "crosswalks", *crossing.crosswalks.columns]


@pytest.mark.parametrize("name", ["isco", "occupation", "t"])
def test_a_table_whose_columns_would_be_there_already_is_refused(
    make_settings, tmp_path: Path, name: str
) -> None:
    (tmp_path / "t.csv").write_text("isco,code,label\n5120,A1,Cooks\n")
    given = [f"t={tmp_path / 't.csv'}", f"{name}={tmp_path / 't.csv'}"]
    with pytest.raises(ConfigError, match=f"another name, as in {name}_2=FILE"):
        read_tables(make_settings(crosswalks=given).crosswalks)


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
