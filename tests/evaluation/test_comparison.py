"""Two configurations on the same ads."""

import json
from datetime import UTC, datetime

import pytest

from isco.evaluation.comparison import Side, compare
from isco.evaluation.html.comparison_page import comparison_page
from isco.evaluation.html.report_page import RunFacts
from isco.evaluation.text_comparison import as_table
from tests.evaluation.test_html_report import Page, plots
from tests.support.scored import measured, scored_ad

# (number of ads, A's answer, B's answer) for ads of 2512.
ANSWERS = [(10, "2512", "2512"), (9, "2519", "2512"), (1, "2512", None), (5, "2519", "9112")]


def sides(answers=ANSWERS):
    ads_a, ads_b = [], []
    for count, a, b in answers:
        for _ in range(count):
            name = f"ad {len(ads_a)}"
            ads_a.append(scored_ad("2512", a, 0.4, id=name))
            ads_b.append(scored_ad("2512", b, 0.6, id=name))
    return (
        Side("paper", measured(*ads_a), 2.5, {"search.top": 9, "data_dir": "x"}),
        Side("mine.yaml", measured(*ads_b), 1.25, {"data_dir": "x", "decision.majority": None}),
    )


def test_ads_are_counted_by_who_has_them_right():
    found = compare(*sides())
    assert (found.both, len(found.only_a), len(found.only_b), found.neither) == (10, 1, 9, 5)
    assert found.n == 25
    assert [ad.id for ad, _ in found.only_a] == ["ad 19"]
    assert {(a.code, b.code) for a, b in found.only_b} == {("2519", "2512")}


def test_accuracies_and_differences_stand_at_each_level():
    found = compare(*sides()).differences
    assert {level: (d.a, d.b) for level, d in found.items()} == {
        4: (11 / 25, 19 / 25), 3: (1, 19 / 25), 2: (1, 19 / 25), 1: (1, 19 / 25),
    }  # fmt: skip
    assert found[4].value == pytest.approx(8 / 25)
    assert found[3].value == pytest.approx(-6 / 25)


def test_the_interval_of_a_difference_is_that_of_paired_ads():
    found = compare(*sides()).differences[4]
    # The variance of a mean of +1 (9 ads), -1 (1 ad) and 0 (15 ads).
    margin = 1.96 * ((10 / 25 - (8 / 25) ** 2) / 25) ** 0.5
    low, high = found.interval
    assert (low, high) == pytest.approx((8 / 25 - margin, 8 / 25 + margin), abs=0.03)


def test_equal_answers_differ_by_nothing_with_certainty():
    found = compare(*sides([(4, "2512", "2512"), (4, "9112", "9112")]))
    assert found.p_value == 1
    assert {(d.value, d.interval) for d in found.differences.values()} == {(0, (0, 0))}


def test_mcnemars_test_is_exact_on_the_ads_of_which_one_side_is_right():
    # Of ten, one or fewer, or nine or more: 2 · (1 + 10) / 1024.
    assert compare(*sides()).p_value == pytest.approx(22 / 1024)


def test_other_ads_can_not_be_compared():
    a, b = sides()
    other = Side("other", measured(*b.evaluation.ads[::-1]), 1, {})
    with pytest.raises(ValueError, match="not the same ad"):
        compare(a, other)
    with pytest.raises(ValueError, match="zip"):
        compare(a, Side("fewer", measured(*b.evaluation.ads[1:]), 1, {}))


def test_settings_are_shared_or_differ():
    found = compare(*sides())
    assert found.shared_settings == {"data_dir": "x"}
    assert found.differing_settings == {
        "search.top": (9, "default"), "decision.majority": ("default", None),
    }  # fmt: skip


def test_the_plain_data_has_these_keys_and_is_json():
    data = compare(*sides()).as_dict()
    assert json.loads(json.dumps(data)) == data
    assert list(data) == [
        "n", "accuracy", "both_right", "only_a_right", "only_b_right", "neither_right",
        "mcnemar_p", "a", "b",
    ]  # fmt: skip
    assert data["accuracy"]["4"].keys() == {"a", "b", "difference", "interval"}
    assert data["accuracy"]["4"]["difference"] == 0.32
    assert data["only_a_right"] == ["ad 19"]
    assert (data["a"]["configuration"], data["a"]["seconds"]) == ("paper", 2.5)
    assert data["b"]["evaluation"]["n"] == 25


def test_the_table_holds_every_figure():
    text = as_table(compare(*sides()))
    assert "A: paper (esco v1 en, model@1), 2.5 s" in text
    assert "B: mine.yaml (esco v1 en, model@1), 1.2 s" in text
    row = next(line for line in text.splitlines() if line.startswith("4 digits  "))
    assert row.split()[2:5] == ["0.440", "0.760", "+0.320"]
    assert "by both 10, by A alone 1, by B alone 9, by neither 5" in text
    assert "p = 0.021; B is better at 4 digits by more than chance" in text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([(20, "2512", "2519"), (5, "9112", "2512")], "A is better"),
        ([(200, "2519", "2512")], "p < 0.001; B is better"),
        ([(3, "2512", "2519"), (4, "9112", "2512")], "can be chance"),
    ],
)
def test_a_difference_is_only_called_one_where_chance_does_not_explain_it(answers, said):
    assert said in as_table(compare(*sides(answers)))


def test_the_page_is_whole_shows_both_sides_and_escapes_what_ads_say():
    attack = "<script>alert(1)</script>"
    answers = [
        scored_ad("2512", code, 0.7, title=attack, snippet=attack) for code in ("2512", None)
    ]
    answers = [
        scored_ad("2512", a.code, 0.7, id="x", title=attack, snippet=attack) for a in answers
    ]
    comparison = compare(
        Side(attack, measured(answers[0]), 1, {"search.top": attack}),
        Side("b", measured(answers[1]), 1, {}),
    )
    facts = RunFacts("ads.jsonl", datetime(2025, 3, 7, tzinfo=UTC), {}, {}, "A notice.")
    text = comparison_page(comparison, facts)
    found = Page(text)
    assert found.open == []
    assert found.count("script") == 0
    assert len(plots(text)) == 1
    assert "A alone is right on 1 ad, B alone on 0" in found.text
    assert "instead of no code" in found.text
    assert "A notice." in found.text


def test_the_page_of_a_usual_comparison_names_what_differs():
    facts = RunFacts("ads.jsonl", datetime(2025, 3, 7, tzinfo=UTC), {"data_dir": "x"}, {}, None)
    found = Page(comparison_page(compare(*sides()), facts))
    assert "search.top 9 default" in found.text
    assert "4 digits 44.0% 76.0% +32.0" in found.text
