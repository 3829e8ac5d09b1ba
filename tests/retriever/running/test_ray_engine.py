"""Ray on a machine of two cores: the same rows as without it, whatever happens to its workers."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pyarrow
import pyarrow.parquet
import pytest
import ray

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.errors import ConfigError, InputError, UnavailableError
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.factory import SearchData, make_classifier, read_search_data
from isco.retriever.labelled.labelled_ads import ridge_of
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.inputs import ad_files, read_files
from isco.retriever.running.identity import identify_run
from isco.retriever.running.part_folder import SUCCESS
from isco.retriever.running.parts import PartRecord
from isco.retriever.running.ray_engine import classify_on_ray
from isco.retriever.running.run import RunSummary
from tests.conftest import ROOT
from tests.support.installation import command
from tests.support.learned import learned_fit
from tests.support.llm_double import LlmDouble
from tests.support.running import run_of

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("one_model")]

EXAMPLES = [json.loads(line) for line in (ROOT / "examples" / "ads.jsonl").read_text().splitlines()]
LEARNED = "Llama whisperer"
# 18, 9 and 5 rows in chunks of 4, two chunks a part: 3, 2 and 1 parts.
CHUNK, PART, PARTS, ROWS = 4, 2, 6, 32


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One Ray for all tests of this file."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(
        "local",
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=150_000_000,
        log_to_driver=False,
    )
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each format, rows without id and rows that are no ads."""
    folder = tmp_path_factory.mktemp("ads")
    lines = [json.dumps(ad) for ad in EXAMPLES[:15]]
    lines[5:5] = ["broken", '{"title": ["Cook"]}', json.dumps({"title": LEARNED})]
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (folder / "b.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["title", "description", "city"])
        writer.writerows([ad["title"], ad["description"], "Linz"] for ad in EXAMPLES[20:29])
    (folder / "more").mkdir()
    table = pyarrow.Table.from_pylist(EXAMPLES[40:45])
    pyarrow.parquet.write_table(table, folder / "more" / "c.parquet")
    (folder / SUCCESS).touch()
    return folder


@pytest.fixture(scope="module")
def settings(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    flags = {
        "data_dir": tmp_path_factory.mktemp("data"),
        "qdrant.path": starter / "qdrant",
        "classify.chunk": CHUNK,
        "classify.part": PART,
    }
    return load_settings(environment={}, flags=flags)


@pytest.fixture(scope="module")
def data(settings: Settings) -> SearchData:
    """The starter, an ad that was learned beside it, and a fit that is unlike the shipped one."""
    embedder = open_embedder(settings.embedding)
    title = LEARNED.lower()
    vector = embedder.embed_queries([title])[0]
    text = "Bathes and clips dogs."
    ad = LabelledAd(
        "1", "ours", title, "", "5164", "Pet groomers", "en", "2026-01-01", vector, text
    )  # fmt: skip
    found = read_search_data(settings, embedder)
    fitted = ridge_of([ad], found.index.titles, found.index.mean_name, settings.learning)
    assert fitted
    return replace(found, labelled=(ad,), fit=learned_fit(bias=-3.0), ridge=fitted[0])


@pytest.fixture(scope="module")
def classifier(data: SearchData, settings: Settings) -> Classifier:
    return make_classifier(data, settings, open_embedder(settings.embedding))


Run = Callable[..., RunSummary]


@pytest.fixture
def on_ray(ads: Path, data: SearchData, settings: Settings) -> Run:
    """Classifies the folder of ads on Ray; keywords change one thing of the usual run."""

    def start(output: Path, kind: str = "jsonl", **others: Any) -> RunSummary:
        usual = {"resume": None, "limit": None, "address": None, "report": lambda record: None}
        given = {name: others.pop(name, value) for name, value in usual.items()}
        settings_of_run = others.get("settings", settings)
        return classify_on_ray(
            ad_files(str(others.get("ads", ads))),
            others.get("identity", identify_run(settings_of_run, data)),
            data,
            settings_of_run,
            output,
            kind,
            **given,
        )[0]

    return start


def in_process(ads: Path, classifier: Classifier, settings: Settings, output: Path) -> bytes:
    """What the engine without Ray makes of the ads."""
    rows = read_files(ad_files(str(ads)), settings.input)
    run_of(rows, classifier, settings).to_file(output, "jsonl")
    return output.read_bytes()


@pytest.fixture(scope="module")
def expected(
    ads: Path, classifier: Classifier, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    return in_process(ads, classifier, settings, tmp_path_factory.mktemp("local") / "codes.jsonl")


@pytest.fixture(scope="module")
def killed(
    ads: Path,
    data: SearchData,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, RunSummary, list[int]]:
    """The output of a run of which every worker was killed once the first part was done."""
    output = tmp_path_factory.mktemp("ray") / "codes"
    victims: list[int] = []

    def kill_the_workers_once(record: PartRecord) -> None:
        if not victims:
            victims.extend(workers())
            for process in victims:
                os.kill(process, signal.SIGKILL)

    files = ad_files(str(ads))
    summary, _ = classify_on_ray(
        files, identify_run(settings, data), data, settings, output, "jsonl",
        resume=None, limit=None, address=None, report=kill_the_workers_once,
    )  # fmt: skip
    return output, summary, victims


def workers() -> list[int]:
    """The processes of our Ray that classify."""
    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if "ray::MapWorker" in " ".join(child.cmdline())]


def content(output: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(output.glob("part-*")))


def rows_of(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def test_workers_that_are_killed_change_nothing_in_the_rows(
    killed: tuple[Path, RunSummary, list[int]], expected: bytes
) -> None:
    output, summary, victims = killed
    assert victims
    assert content(output) == expected
    assert len(list(output.glob("part-*"))) == PARTS
    assert (output / SUCCESS).exists()
    assert summary.paths == Counter(row["path"] for row in rows_of(expected))
    assert (summary.rows, summary.errors, summary.resumed) == (ROWS, 2, 0)


def test_rows_that_are_no_ads_are_there_with_file_and_line(expected: bytes) -> None:
    errors = [row for row in rows_of(expected) if row["path"] == "error"]
    assert [(row["id"], row["extra"]) for row in errors] == [
        ("a.jsonl:6", {"line": 6}), ("a.jsonl:7", {"line": 7}),
    ]  # fmt: skip
    assert errors[0]["reason"].startswith("a.jsonl: line 6 is not JSON")


def test_labelled_ads_and_their_fit_reach_the_workers(
    killed: tuple[Path, RunSummary, list[int]], ads: Path, data: SearchData, settings: Settings,
    tmp_path: Path,
) -> None:  # fmt: skip
    embedder = open_embedder(settings.embedding)
    without = make_classifier(replace(data, labelled=(), fit=None, ridge=None), settings, embedder)
    plain = {row["id"]: row for row in rows_of(in_process(ads, without, settings, tmp_path / "x"))}
    rows = {row["id"]: row for row in rows_of(content(killed[0]))}
    assert rows["a.jsonl:8"]["isco_code"] == "5164"
    assert plain["a.jsonl:8"]["isco_code"] != "5164"
    both = [(rows[ad]["confidence"], plain[ad]["confidence"]) for ad in rows if ad[0] == "b"]
    assert all(ours < theirs for ours, theirs in both if theirs)


def test_finished_parts_are_not_made_again(
    killed: tuple[Path, RunSummary, list[int]], on_ray: Run, expected: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "codes"
    shutil.copytree(killed[0], output)
    lost = output / "part-000000-000001.jsonl"
    lost.unlink()
    kept = {path: path.stat().st_ino for path in output.glob("part-*")}
    summary = on_ray(output)
    assert content(output) == expected
    assert {path: path.stat().st_ino for path in output.glob("part-*") if path != lost} == kept
    assert (summary.rows, summary.resumed) == (ROWS, ROWS - CHUNK * PART)
    assert (output / SUCCESS).exists()


def test_the_output_of_another_configuration_is_refused(
    killed: tuple[Path, RunSummary, list[int]], on_ray: Run, settings: Settings
) -> None:
    other = settings.model_copy(
        update={"search": settings.search.model_copy(update={"top": settings.search.top + 1})}
    )
    with pytest.raises(ConfigError, match="another configuration"):
        on_ray(killed[0], settings=other)


def test_another_file_s_unreadable_header_ends_the_run_in_words(
    on_ray: Run, tmp_path: Path
) -> None:
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "a.csv").write_text("name\nCook\n")
    with pytest.raises(InputError, match=r"a\.csv has neither a column 'title'"):
        on_ray(tmp_path / "codes", ads=tmp_path / "ads")
    assert not (tmp_path / "codes" / SUCCESS).exists()


def test_a_worker_that_has_other_versions_ends_the_run_instead_of_mixing_them(
    on_ray: Run, data: SearchData, settings: Settings, tmp_path: Path
) -> None:
    now = identify_run(settings, data)
    older = replace(now, versions=replace(now.versions, software="0.0.1"))
    with pytest.raises(UnavailableError, match=r"0\.0\.1.*install the same on all of them"):
        on_ray(tmp_path / "codes", identity=older)


def test_workers_ask_an_llm_server_and_what_it_cost_is_summed(
    ads: Path, data: SearchData, settings: Settings, tmp_path: Path
) -> None:
    with LlmDouble() as server:
        server.stand_in.first_tokens = [{"A": -0.5, "B": -1.5, "C": -2.5, "D": -4.0}]
        llm = settings.llm.model_copy(update={"url": server.url})
        asking = settings.model_copy(update={"llm": llm, "data_dir": tmp_path / "one"})
        embedder = open_embedder(settings.embedding)
        local = make_classifier(data, asking, embedder)
        expected = in_process(ads, local, asking, tmp_path / "codes.jsonl")
        asked = len(server.requests)
        apart = asking.model_copy(update={"data_dir": tmp_path / "two"})
        _, usage = classify_on_ray(
            ad_files(str(ads)), identify_run(apart, data), data, apart, tmp_path / "codes", "jsonl",
            resume=None, limit=None, address=None, report=lambda record: None,
        )  # fmt: skip
    assert content(tmp_path / "codes") == expected
    assert asked > 0
    assert usage["reranking"].calls == local.llm.usage["reranking"].calls
    assert usage["reranking"].tokens_in == local.llm.usage["reranking"].tokens_in > 0


def test_the_command_needs_no_ray_of_its_own_and_says_the_same_as_without(
    starter: Path, ads: Path, tmp_path: Path
) -> None:
    table = tmp_path / "isei.csv"
    table.write_text("isco,isei\n" + "".join(f"{major},{10 * major}\n" for major in range(1, 10)))
    shared = [
        "classify", str(ads), "--limit", "20", "--set", f"classify.chunk={CHUNK}",
        "--set", f"crosswalks=[isei={table}]",
    ]  # fmt: skip
    local = subprocess.run(
        command(starter, *shared, "-o", str(tmp_path / "codes.jsonl")),
        capture_output=True, text=True,
    )  # fmt: skip
    done = subprocess.run(
        command(starter, *shared, "-o", str(tmp_path / "codes"), "--engine", "ray"),
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr == local.stderr
    assert content(tmp_path / "codes") == (tmp_path / "codes.jsonl").read_bytes()
    assert rows_of(content(tmp_path / "codes"))[0]["crosswalks"]["isei"]["value"]


class TestReaching:
    """Ray that is not there, each time in words; ours is not looked at."""

    @pytest.fixture(autouse=True)
    def not_connected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def test_without_the_package_the_extra_is_named(
        self, on_ray: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(UnavailableError, match=r"extra 'ray': pip install 'isco\[ray\]'"):
            on_ray(tmp_path / "codes")
        assert not (tmp_path / "codes").exists()

    def test_a_cluster_that_is_away_is_named_before_anything_is_written(
        self, on_ray: Run, tmp_path: Path
    ) -> None:
        with pytest.raises(UnavailableError, match=r"Ray at 127\.0\.0\.1:1 can't be reached"):
            on_ray(tmp_path / "codes", address="127.0.0.1:1")
        assert not (tmp_path / "codes").exists()

    def test_an_address_of_ray_s_client_is_refused_with_what_to_do(
        self, on_ray: Run, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match=r"run the command on a machine of the cluster"):
            on_ray(tmp_path / "codes", address="ray://127.0.0.1:10001")

    def test_one_that_starts_too_slowly_is_unavailable_and_no_fault_of_the_program(
        self, on_ray: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slow(*args: Any, **keys: Any) -> None:
            raise Exception("The current node timed out during startup.")

        monkeypatch.setattr(ray, "init", slow)
        with pytest.raises(UnavailableError, match=r"on this machine can't be .* timed out"):
            on_ray(tmp_path / "codes")
        assert not (tmp_path / "codes").exists()
