"""A whole evaluation, of a classifier whose answers are known."""

import json
from dataclasses import replace

import pytest

from isco.core.records import Ad, BrokenRow, Candidate, Prediction, PredictionPath, Versions
from isco.evaluation.evaluate import evaluate
from isco.evaluation.text_report import as_table
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classified
from isco.retriever.running.executors import Inline

VERSIONS = Versions("esco v1 en", "model@1", None, None, "test")
LABELS = LabelReader(
    dict.fromkeys(
        ["251", "2512", "2514", "2519", "0110", "0210", "9112", "1111", "1120", "5120", "7512"], ""
    ),
    {},
    "isco_code",
)

# (id, label, answer, path, candidates' codes, ranking of codes)
ADS = [
    ("a", "2512", "2512", PredictionPath.UNANIMOUS, ["2512", "2512"], ["2512", "2514"]),
    ("b", "2512", "2519", PredictionPath.VOTE, ["2519", "2512"], ["2519", "2512"]),
    ("c", "0110", "0210", PredictionPath.VOTE, ["0210"], ["0210", *"12345678", "0110"]),
    ("d", "9112", "9112", PredictionPath.MAJORITY, ["9112", "9112", "1120"], ["9112"]),
    ("e", "5120", None, PredictionPath.NOT_A_JOB, [], []),
    ("page 1", "not_a_job", None, PredictionPath.NOT_A_JOB, [], []),
    ("page 2", "not_a_job", "1120", PredictionPath.VOTE, ["1120"], ["1120"]),
    ("not coded", None, "2512", PredictionPath.VOTE, ["2512"], ["2512"]),
    ("three digits", "251", "2512", PredictionPath.VOTE, ["2512"], ["2512"]),
    ("no group", "9998", "2512", PredictionPath.VOTE, ["2512"], ["2512"]),
    ("words", "nurse", "2512", PredictionPath.VOTE, ["2512"], ["2512"]),
]


class KnownAnswers:
    """Stands for a classifier: the three things that an evaluation asks of one."""

    versions = VERSIONS

    def __init__(self):
        self.usage = {}
        self.batches = []

    def classify_with_ranking(self, rows):
        self.batches.append(len(rows))
        return [self._answer(row) for row in rows]

    def _answer(self, row):
        if isinstance(row, BrokenRow):
            return Classified(_prediction(row.id, None, PredictionPath.ERROR, []), ())
        _, _, code, path, found, ranking = next(ad for ad in ADS if ad[0] == row.id)
        return Classified(_prediction(row.id, code, path, found), tuple(ranking))


def _prediction(ad_id, code, path, found):
    return Prediction(
        id=ad_id, isco_code=code, isco_label=code, level=len(code or ""), confidence=0.5,
        best_code=code, best_label=code, best_confidence=0.5,
        path=path, reason="", language="en",
        candidates=tuple(
            Candidate(c, c, f"http://example.org/{rank}", c, 1.0, rank)
            for rank, c in enumerate(found, start=1)
        ),
        profile=None, versions=VERSIONS,
    )  # fmt: skip


def rows():
    ads = [
        Ad(id=ad[0], title=ad[0], description="", row=n, line=n, isco_code=ad[1])
        for n, ad in enumerate(ADS, start=1)
    ]
    return [*ads, BrokenRow("10", 10, 10, "no JSON")]


def evaluated(rows, classifier, chunk=4, progress=None):
    executor = Inline(classifier.classify_with_ranking)
    return evaluate(rows, executor, chunk, classifier.versions, LABELS, classifier.usage, progress)


@pytest.fixture
def evaluation():
    return evaluated(rows(), KnownAnswers())


def test_only_ads_with_a_four_digit_code_count(evaluation):
    assert evaluation.n == 5


def test_measures_rest_on_the_counted_ads(evaluation):
    assert evaluation.accuracy == {4: 0.4, 3: 0.6, 2: 0.6, 1: 0.8}
    assert evaluation.lca == pytest.approx((4 + 3 + 1 + 4 + 0) / 20)
    # a and d at once, b within five, c as the tenth, e never.
    assert evaluation.recall == {1: 0.4, 5: 0.6, 10: 0.8, 15: 0.8}
    # 2512: found once of twice, never wrongly; 9112 right; 0110, 5120, 2519, 0210 at 0.
    assert evaluation.macro_f1 == pytest.approx((2 / 3 + 1) / 6)


def test_the_ceiling_is_the_share_of_codes_among_the_candidates_of_the_decision(evaluation):
    assert evaluation.ceiling == 0.6


def test_paths_have_their_numbers_shares_and_accuracies(evaluation):
    found = {path: (r.n, r.share, r.accuracy) for path, r in evaluation.by_path.items()}
    assert found == {
        "unanimous": (1, 0.2, 1.0), "majority": (1, 0.2, 1.0),
        "vote": (2, 0.4, 0.0), "not_a_job": (1, 0.2, 0.0),
    }  # fmt: skip
    assert sum(result.share for result in evaluation.by_path.values()) == pytest.approx(1)


def test_pages_and_ads_taken_for_one_are_counted(evaluation):
    screening = evaluation.screening
    assert (screening.pages, screening.recognised, screening.ads_taken_for_pages) == (2, 1, 1)


def test_rows_that_can_not_be_judged_are_counted_by_reason(evaluation):
    (uncoded, no_group, no_code, broken) = evaluation.skipped.items()
    assert uncoded == ("not coded yet (a page that is no job has the code not_a_job)", 1)
    assert no_group == ("isco_code '9998' is no group of the taxonomy in use", 1)
    assert no_code[0].startswith("isco_code 'nurse' is not an ISCO-08 code")
    assert broken == ("broken row", 1)


def test_shorter_codes_count_apart(evaluation):
    found = evaluation.labelling
    assert (found.shorter, found.shorter_right, found.several) == (1, 1, 0)


def test_of_several_right_codes_the_first_counts_and_any_of_them_apart():
    ads = rows()
    ads[1] = replace(ads[1], isco_code="2512|2519")
    found = evaluated(ads[:4], KnownAnswers())
    assert found.accuracy[4] == 0.5
    labelling = found.labelling
    assert (labelling.several, labelling.unambiguous) == (1, 0.75)
    assert (labelling.one_of_many, labelling.accuracy_of_unambiguous) == (0.75, 2 / 3)
    assert "one of the codes right among all 0.750" in as_table(found)


def test_versions_are_the_classifiers(evaluation):
    assert (evaluation.versions.taxonomy, evaluation.versions.embedding) == (
        "esco v1 en",
        "model@1",
    )


def test_every_row_is_counted_once(evaluation):
    counted = evaluation.n + evaluation.screening.pages + sum(evaluation.skipped.values())
    assert counted + evaluation.labelling.shorter == len(rows())


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_the_chunk_changes_nothing_but_the_batches(evaluation, chunk):
    classifier, told = KnownAnswers(), []
    assert evaluated(iter(rows()), classifier, chunk, told.append) == evaluation
    # One of the rows is not coded yet: told of, and not classified.
    assert sum(told) == len(rows()) == sum(classifier.batches) + 1
    assert max(classifier.batches) == min(chunk, sum(classifier.batches))
    assert max(told) <= chunk
    assert sum(told) == len(rows())


def test_nothing_to_judge_gives_zeros_and_no_error():
    empty = evaluated([], KnownAnswers())
    assert (empty.n, empty.lca, empty.ceiling, empty.macro_f1, empty.by_path) == (0, 0, 0, 0, {})
    assert set(empty.recall.values()) == set(empty.accuracy.values()) == {0}
    assert "0 labelled ads" in as_table(empty)


def test_the_plain_data_has_these_keys_and_is_json(evaluation):
    data = evaluation.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert list(data) == [
        "n", "accuracy", "lca", "recall", "ceiling", "macro_f1", "intervals", "coverage_by_level",
        "coverage_at", "targets", "ece", "ece_by_chance", "brier", "reliability", "by_path",
        "by_language", "by_length", "confusion", "confused_pairs", "screening", "reranking",
        "disagreement", "labelling", "occupations", "usage", "skipped", "taxonomy", "embedding",
        "llm", "prompts", "software",
    ]  # fmt: skip
    assert data["accuracy"] == {"4": 0.4, "3": 0.6, "2": 0.6, "1": 0.8}
    assert data["recall"] == {"1": 0.4, "5": 0.6, "10": 0.8, "15": 0.8}
    assert data["macro_f1"] == 0.2778
    vote = data["by_path"]["vote"]
    assert (vote["n"], vote["share"], vote["accuracy"]) == (2, 0.4, 0.0)
    assert data["screening"] == {"pages": 2, "recognised": 1, "ads_taken_for_pages": 1}


def test_the_table_holds_every_figure(evaluation):
    lines = {line.split()[0]: line.split() for line in as_table(evaluation).splitlines() if line}
    assert lines["5"][1:] == ["labelled", "ads,", "esco", "v1", "en,", "model@1"]
    assert lines["accuracy"][1:] == ["0.400", "0.600", "0.600", "0.800", "0.600", "0.278"]
    assert lines["recall"][1:] == ["0.400", "0.600", "0.800", "0.800", "0.600"]
    assert lines["unanimous"][1:] == ["1", "0.200", "1.000"]
    assert lines["majority"][1:] == ["1", "0.200", "1.000"]
    assert lines["vote"][1:] == ["2", "0.400", "0.000"]
    assert lines["not_a_job"][1:] == ["1", "0.200", "0.000"]
    table = as_table(evaluation)
    assert "pages that are no job: 1 of 2 recognised" in table
    assert "job ads taken for such a page: 1" in table
    assert "skipped: 1 × isco_code '9998' is no group of the taxonomy in use" in table
    assert "1 more ads have a code of fewer digits; 1 answers agree with it" in table
    assert "skipped: 1 × broken row" in table


def test_the_tables_heads_stand_over_their_columns(evaluation):
    lines = as_table(evaluation).splitlines()
    head = next(line for line in lines if "4 digits" in line)
    figures = next(line for line in lines if line.startswith("accuracy"))
    end = head.index("LCA") + len("LCA")
    assert figures[:end].split()[-1] == "0.600"
    assert figures[end - 1] != " " != figures[end - len("0.600")]
    assert len(head) == len(figures)


# (label, vote, answer, path, codes offered)
RERANKED = [
    ("2512", "2512", "2512", PredictionPath.MAJORITY, ()),
    ("2512", "2519", "2512", PredictionPath.RERANK, ("2519", "2512")),
    ("5120", "5120", "7512", PredictionPath.RERANK, ("5120", "7512")),
    ("7512", "7512", "7512", PredictionPath.FALLBACK, ("5120", "7512")),
    ("1111", "1120", None, PredictionPath.DECLINED, ("1120", "1112")),
]


class Reranking(KnownAnswers):
    """Answers of a classifier with a second opinion."""

    versions = Versions("esco v1 en", "model@1", "llm@2", "reranking 1-abc", "test")

    def __init__(self, rows=RERANKED):
        super().__init__()
        self.usage = {"reranking": StageUsage(4, 100, 4, 1, 1, 2.5)}
        self._rows = rows

    def _answer(self, row):
        _, voted, code, path, offered = self._rows[int(row.id)]
        return Classified(_prediction(row.id, code, path, [voted]), (voted,), voted, offered)


def reranked(rows=RERANKED):
    ads = [Ad(str(n), "", "", n, n, isco_code=row[0]) for n, row in enumerate(rows)]
    return evaluated(ads, Reranking(rows))


def test_a_second_opinion_is_judged_by_what_it_changes():
    result = reranked().reranking
    assert (result.asked, result.share, result.failed, result.declined) == (4, 0.8, 1, 1)
    assert result.accuracy_without == 0.6
    assert result.accuracy_with == 0.6
    # The first by its vote, three where the code was offered; the last never was.
    assert result.ceiling == 0.8
    assert not result.harms


def test_the_evaluation_says_what_the_second_opinion_cost_and_by_whom():
    data = reranked().as_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["usage"]["reranking"]["tokens_in"] == 100
    assert (data["llm"], data["prompts"]) == ("llm@2", "reranking 1-abc")
    assert data["reranking"]["asked"] == 4
    table = as_table(reranked())
    assert "reranked by llm@2: 4 ads (80.0%), 1 without an answer, 1 declined" in table
    assert "without it 0.600, with it 0.600; 0.800 if it were always right" in table


def test_asking_less_is_judged_from_the_answers_that_were_least_sure():
    sure = {"1": 0.2, "2": 0.6, "3": 0.4, "4": 0.5}

    class Unsure(Reranking):
        def _answer(self, row):
            found = super()._answer(row)
            return replace(found, vote_confidence=sure.get(row.id))

    ads = [Ad(str(n), "", "", n, n, isco_code=row[0]) for n, row in enumerate(RERANKED)]
    curve = evaluated(ads, Unsure()).reranking.curve
    assert [(point.share, point.below) for point in curve] == [
        (0.0, 0.2), (0.2, 0.4), (0.4, 0.5), (0.6, 0.6), (0.8, 1.0),
    ]  # fmt: skip
    # The least sure is put right, the surest is spoilt.
    assert [point.accuracy for point in curve] == [0.6, 0.8, 0.8, 0.8, 0.6]
    assert "LLM asked" in as_table(evaluated(ads, Unsure()))


def test_a_second_opinion_that_lowers_the_accuracy_is_named_as_such():
    harmful = [row for row in RERANKED if row[2] != "2512" or row[3] == PredictionPath.MAJORITY]
    assert reranked(harmful).reranking.harms
    assert "lowers the accuracy" in as_table(reranked(harmful))
    assert "lowers the accuracy" not in as_table(reranked())


def test_without_a_second_opinion_nothing_is_said_of_one(evaluation):
    assert evaluation.reranking is None
    assert evaluation.as_dict()["reranking"] is None
    assert "reranked" not in as_table(evaluation)
