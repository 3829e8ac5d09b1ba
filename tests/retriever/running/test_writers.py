"""Predictions as records of an output, and back."""

import io
import json
import os
from pathlib import Path

import pytest

from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import (
    Candidate,
    Occupation,
    Prediction,
    PredictionPath,
    Profile,
    Versions,
)
from isco.retriever.running.flat_csv import PLAIN_CSV
from isco.retriever.running.writers import (
    PARQUET_COLUMNS,
    JsonLines,
    ParquetWriter,
    TextWriter,
    format_of,
)

CONTRACT = [
    "id", "isco_code", "isco_label", "level", "confidence", "path", "best_code", "best_label",
    "best_confidence", "reason", "language", "candidates", "occupation", "occupations", "profile",
    "versions", "extra",
]  # fmt: skip
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")
COLONEL = Occupation("http://example.org/1", "colonel", "0110", 0.5)
NASTY = 'a "b", c;\nd\r\ne\x0bf\u2028g\x85h\ti ü 厨 🙂'


def _coded(ad_id="1", text="Cook", extra=None):
    return Prediction(
        id=ad_id,
        isco_code="0110",
        isco_label=text,
        level=4,
        confidence=0.75,
        path=PredictionPath.VOTE,
        best_code="0110",
        best_label=text,
        best_confidence=0.75,
        reason=text,
        language="en",
        candidates=(Candidate("0110", text, "http://example.org/1", text, 0.5, 1),),
        profile=Profile(title=text, description=text),
        versions=VERSIONS,
        extra=extra or {},
        occupation=COLONEL,
        occupations=(COLONEL,),
    )


def _uncoded(ad_id="2"):
    return Prediction(
        id=ad_id,
        isco_code=None,
        isco_label=None,
        level=0,
        confidence=0.0,
        path=PredictionPath.ERROR,
        best_code=None,
        best_label=None,
        best_confidence=0.0,
        reason="line 2 is not JSON",
        language=None,
        candidates=(),
        profile=None,
        versions=VERSIONS,
    )


FORMS = {"jsonl": JsonLines(), "csv": PLAIN_CSV}


def encode(prediction, kind="jsonl"):
    return FORMS[kind].settled([prediction]).encode(prediction)


def decode(line, kind="jsonl"):
    return FORMS[kind].decode(line)


@pytest.mark.parametrize("prediction", [_coded(), _uncoded()])
def test_a_json_record_has_the_keys_of_the_contract_in_their_order(prediction):
    assert list(json.loads(encode(prediction))) == CONTRACT


def test_parquet_has_the_keys_of_the_contract_as_columns_and_the_occupation_as_three():
    at = CONTRACT.index("occupation")
    three = ["occupation_uri", "occupation_label", "occupation_probability"]
    assert list(PARQUET_COLUMNS) == [*CONTRACT[:at], *three, *CONTRACT[at + 1 :]]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize("text", ["Cook", NASTY, "", '"', "\n", "\r", ",,,"])
def test_a_record_is_one_line_whatever_its_texts_hold(kind, text):
    line = encode(_coded(text, text, {text: [text]}), kind)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line


@pytest.mark.parametrize("text", ["Cook", NASTY, "", '"'])
def test_json_gives_back_what_was_written(text):
    prediction = _coded("7", text, {"tags": [text, None, 1.5, {"a": True}]})
    row = decode(encode(prediction, "jsonl"), "jsonl")
    assert row == json.loads(json.dumps(prediction.as_dict()))
    assert row["extra"] == {"tags": [text, None, 1.5, {"a": True}]}
    assert row["candidates"][0]["label"] == text


def test_a_code_keeps_its_leading_zero():
    assert json.loads(encode(_coded()))["isco_code"] == "0110"


def test_texts_are_written_as_they_are_and_not_escaped():
    assert "Köchin 厨".encode() in encode(_coded("1", "Köchin 厨"), "jsonl")


def test_lone_surrogates_are_replaced():
    assert decode(encode(_coded("\udc80", "\ud800", {"\ud800": "\udfff"})))["id"] == "?"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"hello\n", "jsonl"),
        (b"[1]\n", "jsonl"),
        (b'{"id": "1"}\n', "jsonl"),
        (encode(_coded(), "jsonl")[:-9], "jsonl"),
        (b"\xff\n", "jsonl"),
        (b"a,b\n", "csv"),
        (b"\n", "csv"),
        (b"\xff\n", "csv"),
    ],
)
def test_what_is_no_record_is_a_value_error(line, kind):
    with pytest.raises(ValueError, match=r"."):
        decode(line, kind)


@pytest.mark.parametrize(
    ("output", "asked", "kind"),
    [
        ("out.jsonl", None, "jsonl"),
        ("out.csv", None, "csv"),
        ("out.CSV", None, "csv"),
        ("folder.csv/out", None, "jsonl"),
        ("out.parquet", None, "parquet"),
        ("out.ndjson", None, "jsonl"),
        ("out.txt", "csv", "csv"),
        ("out.2026", None, "jsonl"),
        ("out", None, "jsonl"),
        ("out.csv", "jsonl", "jsonl"),
        ("out", "parquet", "parquet"),
        (None, None, "jsonl"),
        (None, "csv", "csv"),
    ],
)
def test_the_format_is_the_one_asked_for_or_else_that_of_the_name(output, asked, kind):
    assert format_of(output, asked) == kind


@pytest.mark.parametrize("suffix", ["txt", "tsv", "xlsx", "json", "JSON"])
def test_a_name_that_says_another_format_is_refused_with_those_that_there_are(suffix):
    with pytest.raises(ConfigError, match=rf"\.{suffix.lower()} is no format .*\.csv, \.jsonld or"):
        format_of(f"out.{suffix}", None)


@pytest.mark.parametrize("suffix", ["gz", "zip", "bz2", "xz", "zst", "GZ"])
def test_a_compressed_output_is_an_error_that_says_what_to_drop(suffix):
    with pytest.raises(ConfigError, match=rf"drop the \.{suffix.lower()}"):
        format_of(f"out.jsonl.{suffix}", None)


def test_parquet_to_standard_output_is_an_error_that_says_to_name_a_file():
    with pytest.raises(ConfigError, match="name a file with -o"):
        format_of(None, "parquet")


@pytest.mark.parametrize("begun", [True, False])
def test_csv_begins_with_its_header_unless_it_is_there_already(begun):
    stream = io.BytesIO()
    form = PLAIN_CSV.settled([_coded()])
    TextWriter(stream, form, begun).write([_coded()])
    header = b"" if begun else form.header
    assert stream.getvalue() == header + encode(_coded(), "csv")


def test_csv_of_no_ads_has_a_header(tmp_path):
    with (tmp_path / "out.csv").open("wb") as stream:
        TextWriter(stream, PLAIN_CSV).close()
    assert (tmp_path / "out.csv").read_bytes() == PLAIN_CSV.header


def test_what_write_has_returned_from_is_in_the_file(tmp_path):
    path = tmp_path / "out.jsonl"
    with path.open("wb") as stream:
        TextWriter(stream, JsonLines()).write([_coded(), _uncoded()])
        assert path.read_bytes() == encode(_coded(), "jsonl") + encode(_uncoded(), "jsonl")


def test_closing_closes_the_file(tmp_path):
    stream = (tmp_path / "out.jsonl").open("wb")
    TextWriter(stream, JsonLines()).close()
    assert stream.closed


class _Full(io.BytesIO):
    def write(self, data):
        raise OSError(28, os.strerror(28))


class _Gone(io.BytesIO):
    def write(self, data):
        raise BrokenPipeError(32, os.strerror(32))


def test_a_full_disk_is_an_error_that_says_so():
    with pytest.raises(UnavailableError, match="can't write the output: No space left on device"):
        TextWriter(_Full(), JsonLines()).write([_coded()])


def test_a_reader_that_has_gone_is_left_to_the_caller():
    with pytest.raises(BrokenPipeError):
        TextWriter(_Gone(), JsonLines()).write([_coded()])


def _read_parquet(path):
    return pytest.importorskip("pyarrow.parquet").read_table(path)


def test_parquet_gives_back_what_was_written(tmp_path):
    path = tmp_path / "out.parquet"
    predictions = [_coded("007", NASTY, {"a": [1]}), _uncoded(), _coded("3")]
    writer = ParquetWriter(path)
    writer.write(predictions[:2])
    writer.write(predictions[2:])
    writer.close()
    table = _read_parquet(path)
    assert table.column_names == list(PARQUET_COLUMNS)
    for row, prediction in zip(table.to_pylist(), predictions, strict=True):
        expected = json.loads(json.dumps(prediction.as_dict()))
        for name in ("candidates", "occupations", "profile", "versions", "extra"):
            row[name] = json.loads(row[name])
        found = expected.pop("occupation") or {}
        for name in ("uri", "label", "probability"):
            assert row.pop(f"occupation_{name}") == found.get(name)
        assert row == expected


def test_a_parquet_file_has_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "out.parquet"
    writer = ParquetWriter(path)
    writer.write([_coded()])
    assert not path.exists()
    writer.close()
    assert [found.name for found in Path(tmp_path).iterdir()] == ["out.parquet"]


def test_a_parquet_file_without_rows_still_has_its_columns(tmp_path):
    path = tmp_path / "out.parquet"
    ParquetWriter(path).close()
    table = _read_parquet(path)
    assert (table.num_rows, table.column_names) == (0, list(PARQUET_COLUMNS))


def test_lone_surrogates_do_not_stop_parquet(tmp_path):
    path = tmp_path / "out.parquet"
    writer = ParquetWriter(path)
    writer.write([_coded("\udc80", "a\ud800", {"x": "\udfff"})])
    writer.close()
    (row,) = _read_parquet(path).to_pylist()
    assert (row["id"], row["reason"], row["extra"]) == ("?", "a?", '{"x": "?"}')
