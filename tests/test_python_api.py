"""The library as a notebook uses it: on the starter taxonomy, with the default model."""

import ast
import doctest
import json
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import isco
from isco.core import errors
from isco.core.records import PredictionPath
from tests.conftest import ROOT
from tests.support.installation import command

TITLES = ["HGV class 1 driver", "Staff nurse", None, "Roofer"]
CODES = ["8332", "2221", None, "7121"]
EXAMPLES = ROOT / "examples" / "ads.jsonl"
ADDED = [
    "isco_code", "isco_label", "level", "confidence", "path", "best_code", "best_label",
    "best_confidence", "occupation_uri", "occupation_label", "occupation_probability", "reason",
]  # fmt: skip
HEAVY = {
    "click", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pydantic", "qdrant_client",
    "scipy", "tqdm", "yaml",
}  # fmt: skip


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def coder(starter):
    """A coder that reads alone."""
    return isco.open(data_dir=starter)


@pytest.fixture
def data_dir(starter, tmp_path):
    """An installation of our own."""
    return shutil.copytree(starter, tmp_path / "data")


def missing_is_none(values):
    return [None if pd.isna(value) else value for value in values]


class TestWhatGoesIn:
    @pytest.mark.parametrize(
        "ads",
        [
            TITLES,
            tuple(TITLES),
            deque(TITLES),
            (title for title in TITLES),
            [{"title": title} for title in TITLES],
            [isco.Ad(title=title or "") for title in TITLES],
            [TITLES[0], {"title": TITLES[1]}, float("nan"), isco.Ad(title="Roofer")],
            pd.Series(TITLES),
            pl.Series(TITLES),
            pa.chunked_array([TITLES]),
            pd.DataFrame({"title": TITLES}),
            pl.DataFrame({"title": TITLES}),
            pa.table({"title": TITLES}),
        ],
        ids=lambda ads: type(ads).__module__.partition(".")[0] + "." + type(ads).__name__,
    )
    def test_ads_of_any_kind_get_their_codes_in_order(self, coder, ads):
        assert coder.predict(ads) == CODES

    @pytest.mark.parametrize(
        "ad", ["Roofer", {"title": "Roofer"}, isco.Ad(title="Roofer")], ids=["text", "dict", "ad"]
    )
    def test_one_ad_is_a_list_of_one(self, coder, ad):
        assert coder.predict(ad) == ["7121"]
        assert coder.classify(ad).codes == ["7121"]

    @pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT, ""])
    def test_what_is_missing_is_empty(self, coder, nothing):
        [found] = coder.classify([{"title": nothing, "description": nothing, "id": nothing}])
        assert (found.path, found.id) == (PredictionPath.NOT_A_JOB, "1")

    def test_numbers_that_pandas_made_fractions_are_whole_again(self, coder):
        frame = pd.DataFrame({"id": [17.0, None], "title": ["Roofer", "Nurse"]})
        assert [found.id for found in coder.classify(frame.to_dict("records"))] == ["17", "2"]

    def test_an_ad_without_an_id_goes_by_its_place(self, coder):
        assert [found.id for found in coder.classify(["Roofer", isco.Ad(title="Nurse")])] == [
            "1",
            "2",
        ]

    def test_what_is_no_ad_among_dicts_is_a_row_that_says_why(self, coder):
        broken = coder.classify([{"title": "Roofer"}, {"title": ["Nurse"]}, {"salary": 3}])
        assert broken.codes == ["7121", None, None]
        assert [found.path for found in broken[1:]] == ["error", "error"]
        assert "title is a list" in broken[1].reason

    @pytest.mark.parametrize("given", [3, b"Roofer", [3], [["Roofer"]], Path("ads.csv")])
    def test_what_can_be_no_ad_is_refused(self, coder, given):
        with pytest.raises(isco.errors.InputError, match=r"isco\.Ad"):
            coder.predict(given)

    def test_nothing_gives_nothing(self, coder):
        assert coder.predict([]) == []
        assert len(coder.classify([])) == 0


class TestFrames:
    def test_the_index_the_order_and_the_columns_of_a_pandas_frame_stay(self, coder):
        frame = pd.DataFrame(
            {"job_title": TITLES, "wage": [1.5, 2, 3, 4], 0: pd.Categorical(list("abab"))},
            index=pd.MultiIndex.from_tuples([(2, "x"), (2, "x"), (1, "y"), (0, "z")]),
        )
        before = frame.copy(deep=True)
        coded = coder.classify(frame, title="job_title")
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(coded[frame.columns], frame)
        assert list(coded.columns) == [*frame.columns, *ADDED]
        assert missing_is_none(coded["isco_code"]) == CODES
        assert coded["level"].tolist() == [4, 4, 0, 4]
        assert coded["confidence"].between(0, 1).all()

    def test_a_polars_frame_comes_back_as_one(self, coder):
        frame = pl.DataFrame({"title": TITLES, "wage": [1, 2, 3, 4]})
        coded = coder.classify(frame)
        assert coded.select(frame.columns).equals(frame)
        assert coded.columns == [*frame.columns, *ADDED]
        assert coded["isco_code"].to_list() == CODES
        assert coded.schema["isco_code"] == pl.String

    def test_a_table_of_pyarrow_comes_back_as_one(self, coder):
        coded = coder.classify(pa.table({"title": TITLES}))
        assert isinstance(coded, pa.Table)
        assert coded["isco_code"].to_pylist() == CODES

    @pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
    def test_an_empty_frame_gets_the_columns(self, coder, kind):
        coded = coder.classify(kind({"title": []}))
        assert len(coded) == 0
        assert list(coded.columns) == ["title", *ADDED]

    def test_a_wide_frame_is_read_by_the_columns_of_an_ad_alone(self, coder):
        frame = pl.DataFrame({f"x{number}": [[number]] * 4 for number in range(2000)})
        coded = coder.classify(frame.with_columns(title=pl.Series(TITLES)))
        assert coded.width == 2001 + len(ADDED)
        assert coded["isco_code"].to_list() == CODES

    def test_a_column_that_is_there_is_not_overwritten(self, coder):
        frame = pd.DataFrame({"title": TITLES, "isco_code": ["8332"] * 4})
        with pytest.raises(isco.errors.InputError, match="'isco_code' already: prefix="):
            coder.classify(frame)
        coded = coder.classify(frame, prefix="predicted_")
        assert coded["isco_code"].tolist() == ["8332"] * 4
        assert missing_is_none(coded["predicted_isco_code"]) == CODES

    def test_a_missing_column_is_told_with_those_that_there_are(self, coder):
        frame = pd.DataFrame({"job": ["Roofer"], "wage": [1]})
        with pytest.raises(
            isco.errors.InputError, match=r"no column 'title' or 'description'.* job, wage"
        ):
            coder.classify(frame)
        with pytest.raises(
            isco.errors.InputError, match="no column 'jb'; the columns are job, wage"
        ):
            coder.predict(frame, title="jb")
        with pytest.raises(
            isco.errors.InputError, match=r"no column 'isco_code'.*isco_code= names"
        ):
            coder.evaluate(frame, title="job")
        with pytest.raises(isco.errors.InputError, match="no column 'jb'; the columns are job"):
            coder.predict([{"job": "Roofer"}], title="jb")

    def test_frames_that_are_none_are_refused(self, coder):
        with pytest.raises(isco.errors.InputError, match=r"collect\(\) it"):
            coder.classify(pl.LazyFrame({"title": TITLES}))
        twice = pd.DataFrame([["a", "b"]], columns=["title", "title"])
        with pytest.raises(isco.errors.InputError, match="two columns of one name"):
            coder.classify(twice)


class TestWhatComesOut:
    @pytest.fixture
    def examples(self):
        return [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]

    def test_predictions_are_those_of_the_command_line_to_the_last_digit(
        self, coder, starter, examples, tmp_path
    ):
        output = tmp_path / "codes.jsonl"
        subprocess.run(
            command(starter, "classify", str(EXAMPLES), "-o", str(output)),
            check=True,
            capture_output=True,
        )
        lines = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
        assert json.loads(json.dumps(coder.classify(examples).to_dicts())) == lines
        coded = coder.classify(pd.DataFrame(examples), prefix="found_")
        for name in ADDED:
            key, _, part = name.partition("_") if name.startswith("occupation") else (name, "", "")
            told = [line[key] and line[key][part] if part else line[key] for line in lines]
            assert missing_is_none(coded[f"found_{name}"]) == told

    def test_predictions_print_as_a_table_and_draw_themselves(self, coder):
        found = coder.classify([{"id": "<b>", "title": "Roofer"}] * 25)
        assert len(str(found).splitlines()) == 2 + 20 + 1
        assert str(found).endswith("… and 5 more")
        drawn = found._repr_html_()
        assert drawn.count("<tr>") == 21
        assert "<td>&lt;b&gt;</td><td>Roofer</td><td>7121</td>" in drawn
        assert "7121 Roofers" in found[:1].explain()

    def test_predictions_are_a_sequence(self, coder):
        found = coder.classify(["Roofer", "Nurse"])
        assert [each.isco_code for each in found] == found.codes == ["7121", "2221"]
        assert found[1] is found[-1]
        assert found[1:].titles == ("Nurse",)

    @pytest.mark.parametrize(
        ("backend", "kind"),
        [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)],
    )
    def test_predictions_make_a_frame(self, coder, backend, kind):
        frame = coder.classify(["Roofer", None]).to_frame(backend)
        assert isinstance(frame, kind)
        columns = frame.column_names if backend == "pyarrow" else list(frame.columns)
        assert columns == ["id", "title", *ADDED, "language"]

    def test_a_frame_of_a_library_that_makes_none_is_refused(self, coder):
        with pytest.raises(isco.errors.InputError, match="pandas, polars, pyarrow"):
            coder.classify("Roofer").to_frame("numpy")

    def test_a_search_gives_what_the_command_line_gives(self, coder, starter):
        done = subprocess.run(
            command(starter, "search", "roofer", "--top", "3", "--json"),
            check=True,
            capture_output=True,
        )
        found = coder.search("roofer", top=3)
        assert found.as_dict() == json.loads(done.stdout)
        assert "Roofers" in str(found)
        assert "<td>7121</td>" in found._repr_html_()
        assert found.to_frame("polars")["rank"].to_list() == [1, 2, 3]
        with pytest.raises(isco.errors.InputError, match="empty"):
            coder.search(" ")

    def test_an_evaluation_gives_what_the_command_line_gives(self, coder, starter, examples):
        done = subprocess.run(
            command(starter, "evaluate", str(EXAMPLES), "--json"), check=True, capture_output=True
        )
        found = coder.evaluate(examples)
        assert found.as_dict() == json.loads(done.stdout)
        assert found.accuracy[4] == found.evaluation.accuracy[4]
        assert str(found).startswith("54 labelled ads, starter")
        assert "<td>4 digits</td>" in found._repr_html_()

    def test_an_evaluation_without_a_known_code_is_refused(self, coder):
        with pytest.raises(
            isco.errors.InputError, match="no ad has a code of four digits in 'code'"
        ):
            coder.evaluate([{"title": "Roofer", "code": "71"}], isco_code="code")

    def test_progress_is_told_to_whoever_asks(self, coder, capsys):
        coder.predict(TITLES)
        assert capsys.readouterr().err == ""
        coder.predict(TITLES, progress=True)
        assert "4/4" in capsys.readouterr().err


class TestLearning:
    def test_the_next_call_sees_what_was_learned(self, data_dir):
        coder = isco.open(data_dir=data_dir)
        assert coder.predict("Zauberlehrling") != ["2659"]
        frame = pl.DataFrame({"title": ["Zauberlehrling", "Roofer"], "isco_code": ["2659", "9998"]})
        found = coder.learn(frame, source="lfs-2025")
        assert (found.learned, [row.line for row in found.refused]) == (1, [2])
        assert "lfs-2025" in str(found)
        assert "lfs-2025" in found._repr_html_()
        assert coder.predict("Zauberlehrling") == ["2659"]
        assert isco.open(data_dir=data_dir).predict("Zauberlehrling") == ["2659"]

    def test_codes_that_are_numbers_are_taken_as_written(self, data_dir):
        frame = pd.DataFrame({"title": ["Zauberlehrling", "Nurse"], "isco_code": [2659, None]})
        found = isco.open(data_dir=data_dir).learn(frame, source="lfs")
        assert (found.learned, found.refused, found.summary.uncoded) == (1, (), 1)

    @pytest.mark.parametrize(("ads", "source"), [([], "lfs"), (["Roofer"], " ")])
    def test_nothing_and_from_nowhere_is_refused(self, coder, ads, source):
        with pytest.raises(isco.errors.InputError):
            coder.learn(ads, source=source)


class TestOpening:
    def test_a_mistake_in_the_configuration_is_told_at_once(self):
        with pytest.raises(isco.errors.ConfigError, match=r"search\.top"):
            isco.open(search={"tpo": 3})
        with pytest.raises(isco.errors.ConfigError, match="paper-rule"):
            isco.open(profile="papr")

    def test_profiles_sections_and_files_overlay_each_other(self, tmp_path):
        file = tmp_path / "mine.yaml"
        file.write_text("decision: {neighbours: 9}\nsearch: {top: 7}\n")
        settings = isco.open("paper-rule", config=file, search={"top": 20}).settings
        assert settings.search.top == 20
        assert settings.decision.neighbours == isco.open("paper-rule").settings.decision.neighbours
        assert isco.open(config=file).settings.decision.neighbours == 9

    def test_where_nothing_is_ingested_the_first_use_says_what_to_do(self, tmp_path):
        coder = isco.open(data_dir=tmp_path / "nowhere")
        with pytest.raises(isco.errors.UnavailableError, match=r"isco\.ingest\(\)"):
            coder.predict("Roofer")

    def test_what_is_loaded_is_let_go_and_loaded_again(self, starter):
        with isco.open(data_dir=starter) as coder:
            assert coder.predict("Roofer") == ["7121"]
            assert "starter" in repr(coder)
        assert "first use" in repr(coder)
        assert coder.predict("Roofer") == ["7121"]

    def test_threads_share_a_coder(self, starter):
        coder, found = isco.open(data_dir=starter), {}

        def ask(number):
            found[number] = coder.predict(TITLES)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(found.values()) == [CODES] * 4

    def test_the_notice_of_the_taxonomy_can_be_asked_for(self, coder):
        assert coder.notice is None


class TestImporting:
    def told(self, *lines, cwd=None):
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, cwd=cwd
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_importing_the_library_imports_none_of_what_the_work_needs(self):
        found = self.told("import isco, sys", f"print({HEAVY} & set(sys.modules))")
        assert found == "set()\n"

    def test_all_that_is_promised_is_there(self):
        for name in isco.__all__:
            assert getattr(isco, name) is not None

    def test_ingest_is_the_call_and_the_package_in_any_order(self):
        ways = (
            "import isco",
            "import isco.ingest",
            "import isco.ingest.load",
            "from isco.ingest.load import dry_run",
            "from isco.ingest import load",
            "from isco import ingest",
            "import isco.api",
            "import isco.cli.ingest",
            "import importlib; importlib.import_module('isco.ingest.load')",
        )
        self.told(
            "import itertools, sys, types",
            f"for ways in itertools.permutations({ways}, 2):",
            "    for name in [name for name in sys.modules if name.split('.')[0] == 'isco']:",
            "        del sys.modules[name]",
            "    for way in ways:",
            "        exec(way)",
            "        call = sys.modules['isco'].ingest",
            "        assert isinstance(call, types.FunctionType), ways",
            "    from isco.ingest.load import ingest",
            "    assert ingest is sys.modules['isco.ingest'].load.ingest is not call, ways",
        )

    @pytest.mark.parametrize("library", ["pandas", "polars"])
    def test_it_works_beside_folders_of_the_same_names(self, data_dir, tmp_path, library):
        for name in ("evaluation", "ingest", "retriever"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text(f"raise RuntimeError({name!r})")
        found = self.told(
            f"import isco, {library}",
            "given = dict(source='starter', language='en', profile='quick')",
            f"made = isco.ingest(data_dir={str(data_dir)!r}, **given)",
            f"coder = isco.open(data_dir={str(data_dir)!r})",
            "print(coder.predict(['HGV class 1 driver']))",
            f"frame = {library}.DataFrame({{'title': ['Zauberlehrling'], 'isco_code': ['2659']}})",
            "print(coder.search('roofer')[0].isco_code, coder.learn(frame, source='lfs').learned)",
            "found = coder.classify(frame, prefix='my_')",
            "print(type(found).__module__.split('.')[0], list(found['my_isco_code']))",
            "print(coder.evaluate(frame).accuracy[4])",
            cwd=tmp_path,
        )
        assert found.splitlines() == ["['8332']", "7121 1", f"{library} ['2659']", "1.0"]

    def test_the_command_line_runs_as_a_module(self):
        done = subprocess.run(
            [sys.executable, "-m", "isco", "--version"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("isco, version ")

    def test_errors_to_catch_are_those_that_are_raised(self):
        for name in isco.errors.__all__:
            assert getattr(isco.errors, name) is getattr(errors, name)


BLOCK = re.compile(r"^```(python)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_of_the_documentation_runs_and_shows_what_it_says(data_dir, monkeypatch, capsys):
    monkeypatch.setenv("ISCO_DATA_DIR", str(data_dir))
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    told = None
    for kind, content in BLOCK.findall(page):
        if kind:
            told = run_cell(content, names, capsys)
            continue
        # The last digits depend on the processor.
        shown, found = (re.sub(r"\d\.\d+", "0.0", text) for text in (content, told))
        same = doctest.OutputChecker().check_output(shown, found, doctest.ELLIPSIS)
        assert same, f"the page shows\n{content}\nbut it was\n{told}"


def run_cell(source, names, capsys):
    """What a notebook shows below a cell: what it prints, then its last value."""
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "docs/python.md", "exec"), names)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "docs/python.md", "eval"), names)
        if value is not None:
            print(repr(value))
    else:
        exec(compile(ast.Module([last], []), "docs/python.md", "exec"), names)
    return capsys.readouterr().out
