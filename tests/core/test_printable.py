"""Texts of others, before a terminal shows them."""

import pytest

from isco.core.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Night baker (m/f)", "Night baker (m/f)"),
        ("Pflegekraft für Köln 🧁", "Pflegekraft für Köln 🧁"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2J\x1b[1;31mNurse\x1b[0m", "Nurse"),
        ("\x1b]0;owned\x07Nurse", "Nurse"),
        ("\x1b]8;;http://evil\x1b\\Nurse\x1b]8;;\x1b\\", "Nurse"),
        ("Nurse\x1b]0;never ends\nnext line", "Nurse\nnext line"),
        ("\x9b31mNurse\x9d0;t\x9c", "Nurse"),
        ("Nurse\x1bc\rCook\x08\x00", "NurseCook"),
        ("\u202egnirts\u202c Nurse\u2066x\u2069\u200f\u061c", "gnirts Nursex"),
        ("zero\u200bwidth and soft\u00adhyphen", "zero\u200bwidth and soft\u00adhyphen"),
    ],
)
def test_what_a_terminal_would_obey_is_gone_and_the_rest_stays(text: str, shown: str) -> None:
    assert printable(text) == shown
