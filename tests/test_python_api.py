"""The library as a notebook uses it."""

import subprocess
import sys

import isco.errors
from isco.core import errors
from isco.core.records import Ad


def test_the_command_line_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "isco", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("isco, version ")


def test_errors_to_catch_are_those_that_are_raised():
    for name in isco.errors.__all__:
        assert getattr(isco.errors, name) is getattr(errors, name)


def test_whoever_makes_an_ad_says_what_is_known_of_it_alone():
    ad = Ad(title="Roofer")
    assert (ad.id, ad.description, ad.row, ad.line, ad.language) == ("", "", 0, 0, None)
