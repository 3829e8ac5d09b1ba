"""Clean descriptions: keep what a concept is, cut what it is not. Pure text to text.

ISCO-08 group descriptions are made of headed sections. Those that speak of *other* groups
("Some related occupations classified elsewhere", "Excluded from this group are", notes, lists of
subordinate groups) and clauses in the same spirit ("not classified elsewhere in …", "(except …)")
are cut, because an embedding can't read negation: a text that names what it excludes lands next
to it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from isco.core.records import GroupNote

_DEFINITION, _TASKS, _EXAMPLES = "definition", "tasks", "examples"
_ELSEWHERE, _NOTE, _BELOW = "elsewhere", "note", "below"

_HEADINGS = (
    (
        _TASKS,
        r"(?:In such cases,? )?[Tt]asks(?: performed)?(?: by [\w ,-]{1,60})?"
        r"(?: usually| would)? include\s*[-:–]?",
    ),
    (_EXAMPLES, r"Examples? of (?:the )?occupations classified here\s*[-:–]?"),
    (_ELSEWHERE, r"(?:Some )?[Rr]elated occupations classified elsewhere\s*[-:–]?"),
    (_ELSEWHERE, r"(?:Some )?[Oo]ccupations classified elsewhere\s*[-:–]?"),
    (
        _ELSEWHERE,
        r"Excluded from this (?:unit |minor |sub-major |major )?group(?: are| is)?\s*[-:–]?",
    ),
    (_NOTE, r"(?<![\w-])Notes?(?=\s*[:\n]|\s+[A-Z]|\s*$)\s*:?"),
    (
        _BELOW,
        r"(?:Occupations|Jobs) in this (?:sub-major|minor|major) group are classified into "
        r"the following [\w -]*groups?\s*:?",
    ),
)
_HEADING = re.compile("|".join(f"(?P<h{i}>{pattern})" for i, (_, pattern) in enumerate(_HEADINGS)))

_AWAY_SENTENCE = re.compile(
    r"\bclassified (?:else\w*|in|to|under|with|into|separately)\b"
    r"|\bnot (?:included|classified|covered)\b"
    r"|\b(?:included|covered) in (?:this |the )?(?:Unit|Minor|Sub-major|Major) Group"
    r"|\b(?:is|are|be) excluded\b|\bexcludes\b|^Excluded\b"
    r"|\bshould be (?:noted|classified|coded)\b|\bISCO\b",
    re.IGNORECASE,
)
_NOT_ELSEWHERE = re.compile(
    r",?\s*(?:(?:and|who|that|which) are not|(?<!\bare\s)(?<!\bis\s)(?<!\bbe\s)not)"
    r" (?:elsewhere )?(?:classified|included|covered)"
    r"(?: elsewhere)?(?: in (?:Major|Sub-major|Minor|Unit) Groups? \d+(?:\s*:[^.;]*)?)?"
    r"|\s*\b(?:that|which) do not include\b[^.;]*",
    re.IGNORECASE,
)
_PARENTHESIS = re.compile(
    r"\s*\([^()]*\b(?:except|exclud\w+|other than|not)\b[^()]*\)", re.IGNORECASE
)
_EXCEPTION = re.compile(
    r",?\s*\b(?:except(?: for)?|(?<!or )excluding|other than|but excludes?|but not(?! limited))\b"
    r"[^.;:()]*?"
    r"(?=, (?:and|or|to|in|at|on|usually|by) |[.;:)]|$)",
    re.IGNORECASE,
)
_GROUP_NUMBER = re.compile(r"\b(?:Major|Sub-major|Minor|Unit)(?: Groups?)? \d+\s*:\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_TASK_LETTER = re.compile(r"\s*\([a-z]\)\s+")
_ITEM = re.compile(r"(?:^|(?<=\s))-\s+|\n")
_ITEM_WITH_CODE = re.compile(r"(?:^|(?<=\s))-\s+(?!\d{4}\b)|\n")
_BLANKS = re.compile(r"[ \t\u00a0]+")


@dataclass(frozen=True, slots=True)
class GroupText:
    """A group description taken apart. `examples` are the occupations it names as its own."""

    definition: str
    tasks: str
    examples: tuple[str, ...]

    @property
    def description(self) -> str:
        """Definition and tasks in one text."""
        return " ".join(part for part in (self.definition, self.tasks) if part)


def clean_group(text: str) -> GroupText:
    """Take a group's description apart and drop every section and clause that speaks of others."""
    sections = _by_kind(text)
    examples = (_strip_item(item) for item in _ITEM.split(sections[_EXAMPLES]))
    return GroupText(
        definition=clean_description(sections[_DEFINITION]),
        tasks=clean_description(sections[_TASKS]),
        examples=tuple(dict.fromkeys(item for item in examples if item)),
    )


def published_note(code: str, title: str, text: str) -> GroupNote:
    """What is published of a group, taken apart and nothing of it dropped but the groups below."""
    sections = _by_kind(text)
    items = _ITEM_WITH_CODE.split(sections[_ELSEWHERE])
    elsewhere = (" ".join(item.split()).strip(" -–•;.") for item in items)
    return GroupNote(
        code=code,
        title=clean_label(title),
        definition=_lines(sections[_DEFINITION]),
        tasks=_lines(sections[_TASKS]),
        excludes=tuple(dict.fromkeys(item for item in elsewhere if item)),
        note=_lines(sections[_NOTE]),
    )


def clean_description(text: str) -> str:
    """One paragraph without the sentences, clauses and brackets that say what it is not."""
    text = _NOT_ELSEWHERE.sub("", _PARENTHESIS.sub("", _tidy(text)))
    text = _TASK_LETTER.sub(" ", _GROUP_NUMBER.sub("", text))
    sentences = _SENTENCE_END.split(" ".join(text.split()))
    kept = (_EXCEPTION.sub("", s) for s in sentences if not _AWAY_SENTENCE.search(s))
    return " ".join(" ".join(kept).split()).strip()


def clean_label(text: str) -> str:
    """A label on one line, entities and doubled spaces resolved."""
    return " ".join(unescape(text).split())


def clean_group_title(text: str) -> str:
    """A group's title without what it leaves to others: "(excluding food)", "n.e.c."."""
    kept = _EXCEPTION.sub("", _NOT_ELSEWHERE.sub("", _PARENTHESIS.sub("", clean_label(text))))
    return " ".join(kept.split())


def _tidy(text: str) -> str:
    return _BLANKS.sub(" ", unescape(text)).replace("\r\n", "\n").replace("\r", "\n").strip()


def _by_kind(text: str) -> Mapping[str, str]:
    """The sections of a group's description, those of one kind together."""
    sections: dict[str, str] = defaultdict(str)
    for kind, body in _sections(_tidy(text)):
        sections[kind] = f"{sections[kind]}\n{body}".strip()
    return sections


def _lines(text: str) -> str:
    """The lines of a text, without blank ones."""
    return "\n".join(line for each in text.split("\n") if (line := " ".join(each.split())))


def _sections(text: str) -> list[tuple[str, str]]:
    """Cut `text` at its headings: (kind, body) pairs in order; what stands first defines."""
    pieces: list[tuple[str, str]] = []
    kind, start = _DEFINITION, 0
    for match in _HEADING.finditer(text):
        pieces.append((kind, text[start : match.start()]))
        kind = _HEADINGS[int((match.lastgroup or "h0")[1:])][0]
        start = match.end()
    pieces.append((kind, text[start:]))
    return [(kind, body.strip()) for kind, body in pieces if body.strip()]


def _strip_item(item: str) -> str:
    text = _PARENTHESIS.sub("", " ".join(item.split()).strip(" -–•.;"))
    return re.sub(r"\s*[-–]\s*\d{4}$", "", text)
