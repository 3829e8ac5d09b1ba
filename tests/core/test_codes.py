"""ISCO-08 code arithmetic."""

import pytest

from isco.core.codes import (
    ancestors,
    is_code,
    level,
    lowest_common_ancestor,
    parent,
    parse_code,
    shared_digits,
    truncate,
)


@pytest.mark.parametrize("text", ["0", "25", "251", "2512", "0110", "9999"])
def test_one_to_four_digits_are_a_code(text):
    assert is_code(text)


@pytest.mark.parametrize(
    "text", ["", "25120", "25a", "2512.8", " 2512", "2512\n", "-251", "٢٥١٢", "²", None, 2512, 25.0]
)
def test_anything_else_is_no_code(text):
    assert not is_code(text)


@pytest.mark.parametrize(
    ("text", "code"), [("2512", "2512"), (" 0110\n", "0110"), ("C2512", "2512"), ("C0", "0")]
)
def test_parsing_drops_space_and_the_c_of_escos_group_uris(text, code):
    assert parse_code(text) == code


@pytest.mark.parametrize("text", ["", "C", "CC25", "2512.8", "25 12", "25123"])
def test_parsing_refuses_what_has_another_form_and_shows_it(text):
    with pytest.raises(ValueError, match="is not an ISCO-08 code") as raised:
        parse_code(text)
    assert repr(text) in str(raised.value)


def test_levels_count_digits():
    assert [level(code) for code in ("", "2", "25", "251", "2512")] == [0, 1, 2, 3, 4]


def test_the_parent_is_one_level_up_and_a_major_group_has_none():
    assert parent("0110") == "011"
    assert parent("01") == "0"
    assert parent("0") is None


def test_ancestors_come_nearest_first_without_the_code_itself():
    assert ancestors("2512") == ["251", "25", "2"]
    assert ancestors("2") == []


def test_ancestors_are_the_chain_of_parents():
    chain, code = [], "0110"
    while (code := parent(code)) is not None:
        chain.append(code)
    assert ancestors("0110") == chain


def test_truncating_keeps_leading_digits_and_leaves_shorter_codes_alone():
    assert [truncate("0110", to_level) for to_level in (1, 2, 3, 4)] == ["0", "01", "011", "0110"]
    assert truncate("25", 4) == "25"


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [("2512", "2512", 4), ("2512", "2519", 3), ("2512", "2419", 1), ("2512", "1512", 0),
     ("2512", "25", 2), ("", "2512", 0), ("0110", "0210", 1)],
)  # fmt: skip
def test_shared_digits_are_the_leading_ones_in_either_order(left, right, count):
    assert shared_digits(left, right) == count
    assert shared_digits(right, left) == count


@pytest.mark.parametrize(
    ("codes", "common"),
    [(["2512", "2514", "2519"], "251"), (["2512", "2411"], "2"), (["2512"], "2512"),
     (["2512", "251"], "251"), (["2512", "1120"], None), ([], None),
     (["2512", "1120", "2512"], None), (["0110", "0210"], "0")],
)  # fmt: skip
def test_the_lowest_common_ancestor_is_the_deepest_group_of_all(codes, common):
    assert lowest_common_ancestor(codes) == common
    assert lowest_common_ancestor(reversed(codes)) == common
