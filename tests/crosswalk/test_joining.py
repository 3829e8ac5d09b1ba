"""From the likely occupations of an ad to the likely targets of a table."""

from pathlib import Path

import pytest

from isco.crosswalk.joining import Via
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.links import Link, Relation
from isco.crosswalk.prefixes import levels_of, shorter
from isco.crosswalk.sources import How
from isco.crosswalk.weighing import link_shares
from tests.crosswalk.tables import BAKER, COOK, ESCO, PASTRY, TAXONOMY, crosswalk, likely

ROWS = [
    f"{COOK.uri},,C1,Köche,exactMatch,",
    f"{COOK.uri},,C2,Hilfsköche,broadMatch,",
    f"{BAKER.uri},,B1,Bäcker,exactMatch,",
    f"{ESCO}/isco/C9111,,R1,Reinigung,closeMatch,",
]


def test_an_occupation_passes_its_probability_on_to_its_targets(tmp_path: Path) -> None:
    found = crosswalk(tmp_path, ROWS).join(
        likely((COOK, 0.6), (BAKER, 0.3)), {"5120": 0.6, "7512": 0.3}, {}
    )
    assert [each.code for each in found.targets] == ["C1", "B1", "C2"]
    first = found.targets[0]
    assert (first.relation, first.via, first.source) == (
        Relation.EXACT, Via.OCCUPATION, COOK.uri,
    )  # fmt: skip
    assert found.known == pytest.approx(0.9)
    assert sum(each.probability for each in found.targets) == pytest.approx(0.9, abs=1e-3)


def test_an_occupation_without_targets_goes_by_those_of_its_unit_group(tmp_path: Path) -> None:
    found = crosswalk(tmp_path, ROWS).join(likely((PASTRY, 0.7)), {"5120": 0.8}, {})
    assert {each.code: each.via for each in found.targets} == {"C1": Via.GROUP, "C2": Via.GROUP}
    assert found.targets[0].source == "5120"
    assert found.known == pytest.approx(0.8)


def test_a_group_that_has_rows_of_its_own_needs_no_occupation(tmp_path: Path) -> None:
    found = crosswalk(tmp_path, ROWS).join((), {"9111": 0.5, "7512": 0.1}, {})
    assert [(each.code, each.probability) for each in found.targets] == [("R1", 0.5), ("B1", 0.1)]
    assert not found.is_ambiguous


def test_ways_to_one_target_add_up_and_equal_ones_are_ambiguous(tmp_path: Path) -> None:
    rows = [*ROWS, f"{PASTRY.uri},,B1,Bäcker,narrowMatch,"]
    found = crosswalk(tmp_path, rows).join(likely((PASTRY, 0.4), (BAKER, 0.3)), {}, {})
    assert [(each.code, each.probability) for each in found.targets] == [("B1", 0.7)]
    even = [f"{COOK.uri},,C{n},,closeMatch," for n in range(4)]
    assert crosswalk(tmp_path, even).join(likely((COOK, 1.0)), {}, {}).is_ambiguous


def test_groups_above_the_unit_group_are_found_where_a_table_has_no_other(tmp_path: Path) -> None:
    table = crosswalk(tmp_path, ["5,2", "51,3"], "isco,skill level")
    assert table.join((), {"5120": 0.9}, {}).value == 3


def test_a_scale_has_the_mean_over_what_is_known(tmp_path: Path) -> None:
    table = crosswalk(tmp_path, ["5120,20", "7512,40"], "isco,isei")
    found = table.join((), {"5120": 0.6, "7512": 0.2, "9111": 0.2}, {})
    assert found.value == pytest.approx((0.6 * 20 + 0.2 * 40) / 0.8)
    assert found.known == pytest.approx(0.8)
    assert table.join((), {"9111": 1.0}, {}).value is None


def test_relations_count_in_their_order_and_so_does_the_weight_of_the_table() -> None:
    links = [Link(n, "u", "", str(n), "", relation) for n, relation in enumerate(Relation)]
    shares = link_shares(links, {})
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    heavy, light = (Link(1, "u", "", "a", "", None, weight) for weight in (3.0, 1.0))
    assert link_shares([heavy, light], {}) == pytest.approx([0.75, 0.25])
    nothing = [Link(1, "u", "", code, "", None, 0.0) for code in "ab"]
    assert link_shares(nothing, {}) == [0.5, 0.5]


def test_the_target_whose_label_is_like_the_title_is_likelier(tmp_path: Path) -> None:
    rows = [
        f"{COOK.uri},,C1,Schulköchin,narrowMatch,", f"{COOK.uri},,C2,Schiffskoch,narrowMatch,",
    ]  # fmt: skip
    table = crosswalk(tmp_path, rows)
    likeness = Likeness(table.table.labels)
    (title,) = likeness.of(["Koch für Schiffe (m/w/d)"])
    alike = likeness.to(title, ["C1", "C2", "unknown"])
    assert alike["C2"] > alike["C1"] > 0
    assert table.join(likely((COOK, 0.9)), {}, alike).targets[0].code == "C2"
    (same,) = likeness.of(["SCHULKÖCHIN"])
    assert likeness.to(same, ["C1"])["C1"] == pytest.approx(1, abs=1e-5)


def test_nothing_is_like_labels_that_are_not_there() -> None:
    likeness = Likeness({"C1": ""})
    assert likeness.to(likeness.of(["cook"])[0], ["C1"]) == {}


def test_shorter_codes_add_up_what_is_in_them(tmp_path: Path) -> None:
    rows = [f"{COOK.uri},,10-{n},,closeMatch," for n in range(4)]
    table = crosswalk(tmp_path, rows)
    cut = table.of(table.table, TAXONOMY, levels=[2])
    assert cut.join(likely((COOK, 0.8)), {}, {}).groups == {"10": pytest.approx(0.8)}


def test_the_lengths_at_which_codes_may_be_cut_show_in_the_table() -> None:
    codes = [f"{major}{unit}" for major in range(1, 6) for unit in range(1, 9)]
    built = {f"{code}{n:02}": [f"{code}10"] for code in codes for n in range(8)}
    assert levels_of(built) == (2,)
    assert shorter("5203", (3, 2)) == ("520", "52")
    dotted = {f"{code}-1.{n}": [f"{code}10"] for code in codes for n in range(8)}
    assert levels_of(dotted)[0] == 4
    running = {f"{1000 + n}": [f"{codes[7 * n % len(codes)]}10"] for n in range(500)}
    assert levels_of(running) == ()


@pytest.mark.parametrize(
    ("source", "label", "how", "told"),
    [
        (COOK.uri, "", How.KNOWN, COOK.uri),
        ("http://x.org/replaced", "Baker", How.NAME, BAKER.uri),
        ("http://x.org/replaced", "baker/bakeress", How.NAME, BAKER.uri),
        ("5120.7", "chef", How.NAME, COOK.uri),
        ("http://x.org/gone", "lamplighter", How.MISSING, None),
        (f"{ESCO}/isco/C5120", "", How.KNOWN, "5120"),
        ("512", "", How.KNOWN, "512"),
        ("5100", "", How.KNOWN, "51"),
        ("9000", "", How.KNOWN, "9"),
        ("4444", "", How.MISSING, None),
    ],
)
def test_a_row_speaks_of_an_occupation_a_group_or_of_what_is_not_there(
    source: str, label: str, how: How, told: str | None
) -> None:
    found = TAXONOMY.source(Link(1, source, label, "X", ""))
    assert (found.how, found.uri or found.isco_code) == (how, told)
