"""The HTML report: whole, self-contained, and deaf to what ads would have it do."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from isco.core.records import PredictionPath, Versions
from isco.evaluation.evaluation import ScreeningResult
from isco.evaluation.html.plots import Row, interval_plot
from isco.evaluation.html.report_page import RunFacts, report_page
from tests.support.scored import measured, scored_ad

FACTS = RunFacts(
    labelled="ads.jsonl",
    made=datetime(2025, 3, 7, 9, 5, tzinfo=UTC),
    changed={"search.top": 20, "decision.majority": None, "data_dir": "/srv/isco"},
    names={"2": "Professionals", "2512": "Software developers", "2519": "Other developers"},
    notice="This service uses the ESCO classification of the European Commission.",
)
ADS = [
    scored_ad("2512", "2512", 0.9, path=PredictionPath.UNANIMOUS, characters=0),
    scored_ad("2512", "2519", 0.8, candidates=("2519", "2512"), characters=400),
    scored_ad("2512", "251", 0.6, language="de", characters=900),
    scored_ad("9112", "2512", 0.4, language=None),
    scored_ad("9112", None, 0.1),
    scored_ad("5120", None, 0.0, path=PredictionPath.NOT_A_JOB),
    *(scored_ad("4110", "4110", step / 20) for step in range(20)),
]
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """What a page holds: its text, its elements with their attributes, whether they close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


def page(*ads, facts=FACTS, **other):
    return report_page(measured(*ads, **other), facts)


def plots(text):
    return [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", text, re.S)]


def test_the_page_is_whole_and_every_element_closes():
    text = page(*ADS)
    found = Page(text)
    assert found.open == []
    assert text.startswith("<!doctype html>")
    assert found.count("h1") == 1
    assert found.count("section") == 9


def test_nothing_is_fetched_from_anywhere():
    text = page(*ADS)
    for tag, attributes in Page(text).elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "href", "srcset", "data", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_every_plot_is_described_and_has_a_table_with_a_caption():
    text = page(*ADS)
    found = plots(text)
    assert len(found) == 6
    for svg in found:
        title, described = svg.find("title"), svg.find("desc")
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
        assert title.text
        assert "%" in described.text
    ids = [attributes["id"] for _, attributes in Page(text).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert Page(text).count("caption") >= len(found)


def test_what_is_drawn_lies_within_the_plot():
    for svg in plots(page(*ADS)):
        _, _, width, height = map(float, svg.get("viewBox").split())
        for dot in svg.iter("circle"):
            assert 0 <= float(dot.get("cx")) <= width
            assert 0 <= float(dot.get("cy")) <= height
        for line in (*svg.iter("polyline"), *svg.iter("polygon")):
            for point in line.get("points").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "</article><h1>All codes are right</h1>",
        '"><img src=x onerror=alert(1)>',
        "{{ evaluation }}{% include 'page.css' %}",
        "<svg/onload=alert(1)>",
    ],
)
def test_ads_are_shown_as_they_are_and_do_nothing(attack):
    ad = scored_ad("2512", "2519", 0.99, title=attack, snippet=attack, language=attack, id=attack)
    text = page(*ADS, ad)
    found = Page(text)
    assert found.open == []
    assert (found.count("h1"), found.count("script"), found.count("img")) == (1, 0, 0)
    assert " ".join(attack.split()) in found.text
    names = {**FACTS.names, "2512": attack}
    facts = RunFacts(attack, FACTS.made, {"embedding.model": attack}, names, attack)
    again = Page(page(ad, facts=facts))
    assert (again.count("h1"), again.count("script"), again.count("img")) == (1, 0, 0)


def test_it_says_what_was_run():
    versions = Versions("ESCO v1 en", "model@1", "llm@2", "reranking 1-abc", "9.9")
    text = Page(page(*ADS, versions=versions, skipped={"broken row": 3})).text
    for said in ("ESCO v1 en", "model@1", "llm@2", "reranking 1-abc", "isco 9.9", "ads.jsonl",
                 "7 March 2025, 09:05", "26 of ads.jsonl", "3: broken row", "search.top 20",
                 "decision.majority null", FACTS.notice):  # fmt: skip
        assert said in text, said


def test_an_unchanged_configuration_is_named_as_such():
    facts = RunFacts("ads.jsonl", FACTS.made, {}, {}, None)
    assert "The configuration is the default one." in Page(page(*ADS, facts=facts)).text


def test_pages_and_ads_taken_for_one_are_counted():
    text = Page(page(*ADS, screening=ScreeningResult(5, 4, 1))).text
    assert "Pages that are no job 4 of 5 recognised" in text
    assert "Job ads taken for such a page 1" in text


def test_accuracies_stand_with_their_intervals():
    text = Page(page(*[scored_ad("2512", "2512")] * 81, *[scored_ad("2512", "9112")] * 182)).text
    assert "4 digits 30.8% 25.5–36.6%" in text


def test_short_answers_and_none_are_counted_by_level_and_judged_at_it():
    text = Page(page(*ADS)).text
    assert "4 unit group 23 88.5% 91.3%" in text
    assert "3 minor group 1 3.8% 100.0%" in text
    assert "2 sub-major group 0 0.0% –" in text
    assert "– no code 2 7.7% –" in text


def test_confused_pairs_have_both_names_and_their_ads():
    text = Page(page(*ADS)).text
    assert "2512 Software developers → 2519 Other developers 1 ad Work of 2512" in text
    assert "confidence 0.80 We look for somebody." in text


def test_the_column_of_ads_without_a_code_is_there_where_there_are_any():
    heads = r'<abbr title="[^"]*">(\w+)</abbr>'
    assert re.findall(heads, page(*ADS)) == [*"0123456789", "none"]
    assert re.findall(heads, page(scored_ad("2512", "2512"))) == [*"0123456789"]


def test_parts_are_plotted_where_there_are_two_to_compare():
    one = page(scored_ad("2512", "2512"), scored_ad("2512", "9112"))
    assert "language-plot" not in one
    assert "language-plot" in page(
        scored_ad("2512", "2512"), scored_ad("2512", "9112", language="de")
    )


def test_languages_stand_by_their_names_and_the_rarest_are_left_out():
    ads = [scored_ad("2512", "2512", language=code) for code in ["pl", "pl", None, "xxx"]]
    text = Page(page(*ads)).text
    assert "Polish 2 100.0%" in text
    assert "not known 1 100.0%" in text
    assert "rarer languages" not in text
    codes = [f"q{letter}" for letter in "abcdefghijklmnopqrst"]
    many = page(*ads, *(scored_ad("2512", "2512", language=code) for code in codes))
    assert "8 rarer languages are left out here" in Page(many).text


def test_names_that_are_too_long_for_a_plot_are_cut():
    ads = [
        scored_ad("2512", "2512", path=path)
        for path in (PredictionPath.VOTE, PredictionPath.UNANIMOUS)
    ]
    labels = [text.text for svg in plots(page(*ads)) for text in svg.iter("text")]
    assert "unanimous" in labels
    row = Row("a name that is far too long", 0.5, (0.4, 0.6))
    (svg,) = plots(interval_plot("x", "X", [row]))
    assert "a name that is f…" in [text.text for text in svg.iter("text")]


def test_without_an_llm_it_says_what_one_could_bring_at_most():
    text = Page(page(*ADS)).text
    assert "None was asked." in text
    assert "would rise from 80.8% to 84.6% , by 3.8 points" in text


def test_with_an_llm_it_says_what_that_brought_and_cost():
    asked = scored_ad(
        "2512", "2519", path=PredictionPath.RERANK, vote="2512", offered=("2512", "2519")
    )
    usage = {"calls": 7, "cache_hits": 1, "tokens_in": 1200, "tokens_out": 9, "failures": 0,
             "seconds": 2.5}  # fmt: skip
    text = Page(page(*ADS, asked, usage={"reranking": usage})).text
    assert "was asked about 1 ad (" in text
    assert "It lowers the accuracy" in text
    assert "reranking 7 1 1,200 9 0 2.5" in text


@pytest.mark.parametrize(
    "ads",
    [
        [scored_ad("2512", "2512", 1.0)],
        [scored_ad("2512", None, path=PredictionPath.NOT_A_JOB)],
        [scored_ad("2512", "25", 0.3)],
        [scored_ad("2512", "9112", 0.5)] * 30,
        [scored_ad("2512", "2512", 1.0)] * 30,
    ],
    ids=["one right", "no answer", "only a short one", "all wrong", "all right"],
)
def test_few_or_odd_results_still_make_a_page(ads):
    assert Page(page(*ads)).open == []
    for svg in plots(page(*ads)):
        assert "nan" not in ElementTree.tostring(svg, encoding="unicode")


def test_without_an_ad_there_is_nothing_to_show():
    with pytest.raises(ValueError, match="at least one"):
        page()
