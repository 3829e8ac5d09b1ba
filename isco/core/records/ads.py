"""What comes in: ads, rows that are none, and what an ad says of the job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """What an ad consists of. What labelled ads of one form say of how sure an answer is does not
    hold for those of the other."""

    TITLE = "title"
    TEXT = "title and text"

    @staticmethod
    def of(text: str) -> "Form":
        """That of an ad with this text beside its title."""
        return Form.TEXT if text else Form.TITLE


@dataclass(frozen=True, slots=True)
class Ad:
    """One job advertisement. Whoever reads a file says where the ad stood in it: `row` counts data
    rows from 1, `line` is the file's line; 0 where there is no file.

    One that came without an id is `numbered`: its row stands in. `like` is the id of the ad that
    was decided on where the code of this one was given with it.
    """

    id: str = ""
    title: str = ""
    description: str = ""
    row: int = 0
    line: int = 0
    language: str | None = None
    isco_code: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    numbered: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no ad, and why. It becomes one `error` row of the output.

    Like an ad, one without a readable id is `numbered`.
    """

    id: str
    row: int
    line: int
    reason: str
    numbered: bool = False


Row = Ad | BrokenRow


@dataclass(frozen=True, slots=True)
class Profile:
    """What an ad says of the job, freed of everything else. This is what is embedded."""

    title: str
    description: str
    skills: tuple[str, ...] = ()
    seniority: str | None = None
    industry: str | None = None
    translated: bool = False
    extracted_by: str = "rules"
