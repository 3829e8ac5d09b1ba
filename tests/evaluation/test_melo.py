"""The MELO benchmark: its files, its measures, and the names ranked as the search ranks them."""

import json

import numpy as np
import pytest

from isco.core.errors import ConfigError, InputError
from isco.evaluation.melo import as_table, evaluate_melo, first_rank, for_names, name_searcher
from isco.evaluation.melo_files import read_melo
from tests.support.doubles import HashingEmbedder

FILES = {
    "queries.tsv": "Q1\tCheese grader\nQ2\tLamp lighter\nQ3\tBridge watcher\nQ4\tCloud counter\n",
    "corpus_elements.tsv": (
        "C1_en_000\tcheese grader\nC1_en_001\tgrader of cheese\nC2_en_000\tlighter of lamps\n"
        "C2_en_001\tlamp man\nC3_en_000\tferry master\nC4_en_000\tsoup taster\n"
    ),
    "annotations.tsv": (
        "Q1\t0\tC1_en_000\t1\nQ1\t0\tC1_en_001\t1\nQ2\t0\tC2_en_000\t1\nQ2\t0\tC2_en_001\t1\n"
        "Q3\t0\tC4_en_000\t1\nQ4\t0\tC4_en_000\t0\n"
    ),
    "concept_mapping.tsv": (
        "C1_en_000\thttp://example.org/1\nC1_en_001\thttp://example.org/1\n"
        "C2_en_000\thttp://example.org/2\nC2_en_001\thttp://example.org/2\n"
        "C3_en_000\thttp://example.org/3\nC4_en_000\thttp://example.org/4\n"
    ),
}


@pytest.fixture
def write_melo(tmp_path):
    """Write a dataset of made-up titles; files given replace its own, None leaves one out."""

    def write(**changed):
        folder = tmp_path / "zzz_q_en_c_en"
        folder.mkdir(exist_ok=True)
        given = {f"{name}.tsv": content for name, content in changed.items()}
        for name, content in {**FILES, **given}.items():
            if content is not None:
                (folder / name).write_bytes(
                    content if isinstance(content, bytes) else content.encode("utf-8")
                )
        return folder

    return write


@pytest.fixture
def ranked(write_melo, make_settings):
    """The result on a dataset, by the real search over the hashing double."""

    def rank(weights=None, told=None, **changed):
        dataset = read_melo(write_melo(**changed))
        embedder = HashingEmbedder()
        search = make_settings().search
        if weights:
            search = search.model_copy(update={"weights": weights})
        vectors = embedder.embed_queries(list(dataset.elements.values()))
        searcher = name_searcher(dataset, vectors, embedder, for_names(search))
        return evaluate_melo(dataset, searcher, told)

    return rank


class TestFiles:
    def test_titles_names_and_right_names_are_read_by_identifier(self, write_melo):
        dataset = read_melo(write_melo())
        assert dataset.name == "zzz_q_en_c_en"
        assert dataset.queries["Q3"] == "Bridge watcher"
        assert list(dataset.elements)[:2] == ["C1_en_000", "C1_en_001"]
        assert dataset.relevant["Q1"] == {"C1_en_000", "C1_en_001"}
        assert dataset.concepts == 4

    def test_names_that_are_judged_as_wrong_are_no_right_ones(self, write_melo):
        assert "Q4" not in read_melo(write_melo()).relevant

    def test_the_mapping_to_concepts_may_be_missing(self, write_melo):
        assert read_melo(write_melo(concept_mapping=None)).concepts is None

    def test_a_mark_at_the_start_windows_line_ends_and_blank_lines_do_no_harm(self, write_melo):
        marked = "\ufeff" + FILES["queries.tsv"].replace("\n", "\r\n") + "\r\n\r\n"
        assert read_melo(write_melo(queries=marked)).queries == read_melo(write_melo()).queries

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"queries": None}, "queries.tsv: No such file"),
            ({"corpus_elements": None}, "corpus_elements.tsv: No such file"),
            ({"annotations": None}, "annotations.tsv: No such file"),
            ({"queries": ""}, "queries.tsv is empty"),
            ({"queries": "Q1\tGrader\nQ2\n"}, "queries.tsv, line 2, column 2 (title): empty"),
            ({"queries": "Q1\tGrader\n\tLighter\n"}, "line 2, column 1 (query): empty"),
            ({"queries": "Q1 Grader\n"}, "parted by tabs"),
            ({"queries": "Q1\tGrader\tmore\n"}, "queries.tsv, line 1, column 2 (title): 2 columns"),
            ({"queries": "Q1\tA\nQ1\tB\n"}, "queries.tsv, line 2, column 1 (query): 'Q1' stands"),
            ({"corpus_elements": b"C1\tcaf\xe9\n"},
             "corpus_elements.tsv, line 1, column 2 (name): not UTF-8"),
            ({"annotations": "Q1\t0\tC1_en_000\t1\nQ9\t0\tC1_en_000\t1\n"},
             "annotations.tsv, line 2, column 1 (query): 'Q9' is not in queries.tsv"),
            ({"annotations": "Q1\t0\tC9\t1\n"},
             "annotations.tsv, line 1, column 3 (element): 'C9' is not in corpus_elements.tsv"),
            ({"annotations": "Q1\t0\tC1_en_000\tyes\n"},
             "annotations.tsv, line 1, column 4 (relevance): 'yes' is not a whole number"),
            ({"annotations": "Q1\tC1_en_000\n"}, "annotations.tsv, line 1, column 3 (element)"),
            ({"annotations": "Q1\t0\tC1_en_000\t0\n"}, "no element with a relevance above 0"),
            ({"concept_mapping": "C9\thttp://example.org/9\n"},
             "concept_mapping.tsv, line 1, column 1 (element): 'C9' is not in"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_what_is_wrong_with_a_file_is_named_with_line_and_column(
        self, write_melo, changed, said
    ):
        with pytest.raises(InputError) as raised:
            read_melo(write_melo(**changed))
        assert said in str(raised.value)

    def test_what_is_no_folder_is_named(self, tmp_path):
        with pytest.raises(InputError, match="is no folder"):
            read_melo(tmp_path / "nowhere")


class TestRank:
    ORDER = np.array([0, 1, 2, 3])

    def test_the_rank_is_that_of_the_best_right_element(self):
        scores = np.array([0.1, 0.9, 0.5, 0.3], dtype=np.float32)
        assert first_rank(scores, [0], self.ORDER) == 4
        assert first_rank(scores, [0, 2], self.ORDER) == 2
        assert first_rank(scores, [0, 2, 1], self.ORDER) == 1

    def test_of_equal_scores_the_later_identifier_comes_first(self):
        scores = np.array([0.5, 0.5, 0.5, 0.1], dtype=np.float32)
        assert [first_rank(scores, [right], self.ORDER) for right in range(4)] == [3, 2, 1, 4]
        assert first_rank(scores, [0, 1], self.ORDER) == 2

    def test_scores_are_equal_when_they_are_to_five_decimals(self):
        scores = np.array([0.500001, 0.500004, 0.50002, 0], dtype=np.float32)
        assert [first_rank(scores, [right], self.ORDER) for right in (0, 1, 2)] == [3, 2, 1]


class TestEvaluateMelo:
    def test_measures_are_those_of_the_ranks(self, ranked):
        result = ranked()
        # Q1 and Q2 share words with a right name; Q3's right name has nothing to find it by.
        assert result.n == 3
        assert result.accuracy[1] == pytest.approx(2 / 3)
        assert 2 / 3 < result.mrr < 1
        assert result.accuracy[10] == 1
        assert result.mrr_interval[0] <= result.mrr <= result.mrr_interval[1]

    def test_queries_without_a_right_name_are_left_out(self, ranked):
        told = []
        ranked(told=told.append)
        assert sum(told) == 3

    @pytest.mark.parametrize("weights", [{"labels": 1.0}, {"lexical": 1.0}])
    def test_one_signal_alone_can_rank(self, ranked, weights):
        assert ranked(weights).accuracy[1] == pytest.approx(2 / 3)

    def test_signals_that_look_at_more_than_names_do_not_count(self, ranked):
        weights = {"labels": 1.0, "lexical": 0.75, "document": 9.0, "body": 9.0}
        assert ranked(weights) == ranked({"labels": 1.0, "lexical": 0.75})

    def test_without_a_signal_for_names_the_setting_to_change_is_told(self, make_settings):
        search = make_settings("paper-rule").search
        with pytest.raises(ConfigError, match=r"search\.weights\.labels=1"):
            for_names(search)

    def test_titles_that_are_all_in_capitals_are_read_in_lower_case(self, ranked):
        shouted = FILES["queries.tsv"].upper()
        words = {"labels": 1.0}
        assert ranked(words, queries=shouted).mrr == ranked(words).mrr

    def test_a_lone_title_in_capitals_stays_as_it_is(self, write_melo, make_settings):
        one = FILES["queries.tsv"].replace("Cheese grader", "CHEESE GRADER")
        dataset = read_melo(write_melo(queries=one))
        embedder = HashingEmbedder()
        vectors = embedder.embed_queries(list(dataset.elements.values()))
        search = for_names(make_settings().search)
        evaluate_melo(dataset, name_searcher(dataset, vectors, embedder, search))
        assert "CHEESE GRADER" in embedder.asked

    def test_the_order_of_the_lines_changes_nothing(self, ranked):
        def turned(name):
            return "".join(reversed(FILES[name].splitlines(keepends=True)))

        given = ranked()
        other = ranked(
            queries=turned("queries.tsv"),
            corpus_elements=turned("corpus_elements.tsv"),
            annotations=turned("annotations.tsv"),
        )
        assert other.mrr == pytest.approx(given.mrr)
        assert other.accuracy == given.accuracy

    def test_the_plain_data_has_these_keys_and_is_json(self, ranked):
        data = ranked().as_dict()
        assert json.loads(json.dumps(data)) == data
        assert list(data) == [
            "dataset", "queries", "elements", "concepts", "mrr", "accuracy", "intervals",
        ]  # fmt: skip
        assert (data["queries"], data["elements"], data["concepts"]) == (3, 6, 4)
        assert data["accuracy"]["1"] == 0.6667

    def test_the_row_stands_under_the_names_of_the_measures(self, ranked):
        result = ranked()
        lines = as_table(result, "model@1").splitlines()
        assert lines[0] == "MELO zzz_q_en_c_en: 3 titles, 6 names of 4 concepts, model@1"
        assert lines[2].split() == ["MRR", "A@1", "A@5", "A@10"]
        assert lines[3].split()[:3] == ["isco", f"{result.mrr:.4f}", "0.6667"]
