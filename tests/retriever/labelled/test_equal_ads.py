"""Ads that were coded before come back; how sure that is goes by how often equal ones agree."""

from dataclasses import replace

import numpy as np
import pytest

from isco.core.records import Form
from isco.core.store import LabelledAd
from isco.retriever.labelled.decided_ads import decided_ads
from isco.retriever.labelled.equal_ads import EqualAds, content_key


def labelled(
    title: str, *codes: str, text: str = "", ad_id: str = "1", source: str = "survey"
) -> LabelledAd:
    return LabelledAd(
        id=ad_id, source=source, title=title, description="", isco_code=codes[0],
        isco_label="", language="en", learned="2026", vector=np.zeros(2, np.float32), text=text,
        also=dict.fromkeys(codes[1:], ""), content=content_key(title, text),
    )  # fmt: skip


def test_equal_content_is_equal_whatever_its_case_and_spaces() -> None:
    assert content_key("Night  Baker", "Bread.\nCakes.") == content_key(
        "night baker", "bread. cakes."
    )
    assert content_key("Night Baker", "Bread.") != content_key("Night Baker Bread.", "")


def test_the_same_ad_and_an_equal_one_come_back_with_what_people_said() -> None:
    equal = EqualAds([labelled("Baker", "7512", text="Bread.", ad_id="a")])
    for ad_id, content in (("a", "other text"), ("b", content_key("baker", "bread."))):
        found = equal.coded(ad_id, "Baker", content)
        assert found
        assert (found.codes, found.sources, found.others) == (("7512",), ("survey",), ())
        assert found.confidence > 0.9


@pytest.mark.parametrize(
    ("ad_id", "title", "content"),
    [
        ("a", "Cook", ""),
        ("b", "Baker", content_key("Baker", "Cakes.")),
        (None, "Baker", content_key("Baker", "")),
    ],
)
def test_neither_an_id_nor_a_title_alone_makes_an_ad_the_same(
    ad_id: str | None, title: str, content: str
) -> None:
    assert (
        EqualAds([labelled("Baker", "7512", text="Bread.", ad_id="a")]).coded(ad_id, title, content)
        is None
    )


def test_where_equal_ads_contradict_each_other_it_is_shown_and_the_ad_s_own_code_stands() -> None:
    equal = EqualAds([
        labelled("Baker", "7512", ad_id="a"),
        labelled("Baker", "5120", ad_id="b", source="portal"),
    ])  # fmt: skip
    content = content_key("Baker", "")
    assert equal.coded("c", "Baker", content) is None
    assert equal.contradictions(content) == ("5120", "7512")
    own = equal.coded("b", "Baker", content)
    assert own
    assert (own.codes, own.sources, own.others) == (("5120",), ("portal",), ("7512",))
    assert own.confidence < 0.5


def test_a_shortlist_comes_back_whole() -> None:
    equal = EqualAds([labelled("Developer", "2512", "2513")])
    found = equal.coded(None, "developer", content_key("Developer", ""))
    assert found
    assert found.codes == ("2512", "2513")
    assert equal.contradictions(content_key("Developer", "")) == ()


def test_a_title_is_as_sure_as_ads_of_equal_titles_have_equal_codes() -> None:
    agree = [labelled(f"job {n}", "7512", text=f"{n} {k}") for n in range(60) for k in range(2)]
    differ = [
        labelled(f"job {n}", code, text=f"{n} {code}")
        for n in range(60, 120)
        for code in ("7512", "7511")
    ]
    groups = {4: "7512", 3: "751", 2: "75", 1: "7"}
    sure = EqualAds(agree).sure_of_title("JOB 1", Form.TEXT, groups)
    unsure = EqualAds([*agree, *differ]).sure_of_title("job 1", Form.TEXT, groups)
    # Of 120 titles half agree to four digits, and all to three.
    assert unsure[4] == pytest.approx(2 / (2 + 1 / ((60 + 7.9) / 130) - 1), abs=1e-6)
    assert unsure[4] < sure[4] < 1
    assert unsure[4] < unsure[3] <= unsure[2] <= unsure[1]
    half = EqualAds([*agree, *differ]).sure_of_title("job 100", Form.TEXT, groups)
    assert half[4] < unsure[4]
    assert half[3] == unsure[3]


def test_a_title_says_nothing_of_a_code_that_none_of_its_ads_has() -> None:
    equal = EqualAds([labelled("job", "7512")])
    assert equal.sure_of_title("job", Form.TITLE, {4: "7511", 3: "751", 2: "75", 1: "7"}) == {}
    assert equal.sure_of_title("other", Form.TITLE, {4: "7512", 3: "751", 2: "75", 1: "7"}) == {}


def test_a_bare_title_says_nothing_of_how_sure_one_with_a_text_is() -> None:
    groups = {4: "7512", 3: "751", 2: "75", 1: "7"}
    bare = EqualAds([labelled("job", "7512")])
    assert bare.sure_of_title("job", Form.TITLE, groups)
    assert bare.sure_of_title("job", Form.TEXT, groups) == {}


def test_a_shorter_code_counts_as_far_as_it_goes() -> None:
    equal = EqualAds([labelled("job", "751", text="y"), labelled("job", "7512", text="x")])
    found = equal.sure_of_title("job", Form.TEXT, {4: "7512", 3: "751", 2: "75", 1: "7"})
    assert found[4] < found[3]
    coded = EqualAds([labelled("job", "751")]).coded(None, "job", content_key("job", ""))
    assert coded
    assert coded.codes == ("751",)


def test_one_decision_on_forty_ads_counts_once() -> None:
    copies = [replace(labelled("Baker", "7512", ad_id=str(n)), like="a") for n in range(39)]
    one = [labelled("Baker", "7512", ad_id="a")]
    content, groups = content_key("Baker", ""), {4: "7512", 1: "7"}
    for others in ([], [labelled("Baker", "5120", ad_id="b", source="portal")]):
        alone, together = EqualAds([*one, *others]), EqualAds([*copies, *one, *others])
        for ad_id in ("a", "38"):
            expected = alone.coded("a", "Baker", content)
            assert together.coded(ad_id, "Baker", content) == expected
        said = [each.sure_of_title("baker", Form.TITLE, groups) for each in (alone, together)]
        assert said[0] == said[1]


def test_a_decision_whose_own_ad_is_gone_still_speaks_and_one_that_differs_is_another() -> None:
    copies = [replace(labelled("Baker", "7512", ad_id=each), like="a") for each in "bc"]
    assert decided_ads(copies) == copies[:1]
    other = replace(labelled("Baker", "5120", ad_id="d"), like="a")
    assert decided_ads([*copies, other]) == [copies[0], other]
    assert decided_ads([replace(copies[0], source="portal"), *copies[1:]])[1:] == copies[1:]
