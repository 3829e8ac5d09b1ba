"""Cells that a spreadsheet would run, and those that it would not."""

import pytest

from isco.core.formulas import as_it_was, without_formula

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1", " =1+1", "=cmd|' /C calc'!A0", "-2-cmd|x",
    "+49 30 1234", "\uff1d1+1", "- Nurse", "@acme", "\tCook",
]  # fmt: skip
HARMLESS = [
    "", "Cook", "a=1", "C++", "-5", "+3.2", "-1,5", "+1.5E-7", "-", "--", "=", "'Cook", "'-5", "'",
    "1-2", "2512",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_gets_an_apostrophe_before_it(cell: str) -> None:
    assert without_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_runs_nothing_stays(cell: str) -> None:
    assert without_formula(cell) == cell


@pytest.mark.parametrize("cell", [*FORMULAS, *HARMLESS, *(f"'{cell}" for cell in FORMULAS)])
def test_what_was_written_is_read_back_to_the_letter(cell: str) -> None:
    assert as_it_was(without_formula(cell)) == cell
