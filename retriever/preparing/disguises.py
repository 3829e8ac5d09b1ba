"""What is written so that people read one thing and rules another, undone. Pure.

A text is folded (case, accents, letters of another alphabet that look the same), and what is
spelt in digits, letter by letter, or in a code is read as what it stands for.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

# Letters that decompose into nothing simpler.
_PLAIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "’": "'"})
# Greek and Cyrillic letters that look like Latin ones, and those, in lower case.
_ALIKE = dict(
    zip(
        "авеікмнорстухѕјԁһӏпгԛԝиьԍѵαβεηικμνορτυχγωσօոս",
        "abeikmhopctyxsjdhlnrqwubgvabenikmvoptuxywoonu",
        strict=True,
    )
)
_WORD = re.compile(r"[^\W\d_]+")
# Combining marks of the alphabets that the words are in.
_ACCENTS = re.compile(
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u3099\u309a]+"
)
_OTHER = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f]")
_LATIN = re.compile(r"[a-z]")
_DIGIT_FOR_LETTER = str.maketrans("0134578@$!|", "oieastbasil")
_LEET = re.compile(r"(?<![\w@$])(?=[\w@$!|]*[a-z])(?=[\w@$!|]*[013457@$!|])[a-z013457@$!|]{3,}")
_DIGIT_IN_WORD = re.compile(r"[^\W\d_][013457@$!|]{1,3}[^\W\d_]")
# So many letters one by one are no heading.
_SPELT = re.compile(r"(?<!\w)(?:\w[\s.,:;'’\-_*·|/]{1,3}){24,}\w?(?!\w)")
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w+/=])")
_HEXADECIMAL = re.compile(r"(?<!\w)(?:[0-9a-fA-F]{2}[ :]?){12,}(?!\w)")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}[^\s%]{0,40}(?:%[0-9a-fA-F]{2}[^\s%]{0,40})+")
_ESCAPED = re.compile(r"(?:(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2})[^\s\\]{0,40}\s?){3,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_URL_SAFE = str.maketrans("-_", "+/")
_CODE = re.compile("|".join(code.pattern for code in (_BASE64, _HEXADECIMAL, _PERCENT, _ESCAPED)))
_READABLE, _SIGNS = 0.9, 8


def fold(text: str) -> str:
    """`text` in lower case, without accents, in one alphabet a word."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    bare = _ACCENTS.sub("", decomposed).translate(_PLAIN)
    if _OTHER.search(bare) and _LATIN.search(bare):
        bare = _WORD.sub(lambda word: _one_alphabet(word.group()), bare)
    return bare


def _one_alphabet(word: str) -> str:
    """A word that mixes alphabets in Latin letters, as far as they look like that."""
    if _LATIN.search(word) and _OTHER.search(word):
        return "".join(_ALIKE.get(letter, letter) for letter in word)
    return word


def is_disguised(text: str) -> bool:
    """Whether there may be more to read in a text than its words. Quick, and seldom wrong."""
    if _DIGIT_IN_WORD.search(text) and _LEET.search(text.casefold()):
        return True
    return bool(_SPELT.search(text) or _CODE.search(text))


def readings(text: str, folded: str) -> Iterator[str]:
    """What else a text may say, folded: in digits for letters, and in signs written as numbers."""
    if _DIGIT_IN_WORD.search(folded):
        yield _LEET.sub(lambda word: word.group().translate(_DIGIT_FOR_LETTER), folded)
    for decoded in _decoded(text):
        yield fold(decoded)


def without_codes(text: str) -> str:
    """`text` without words that stand in it in base64 or hexadecimal digits, which nobody reads."""
    text = _BASE64.sub(lambda code: _unless_words(code.group(), _from_base64), text)
    return _HEXADECIMAL.sub(lambda code: _unless_words(code.group(), _from_hexadecimal), text)


def _unless_words(code: str, bytes_of: Callable[[str], bytes]) -> str:
    return "" if _is_words(bytes_of(code)) else code


def is_spelt_out(text: str) -> bool:
    """Whether more than a heading stands letter by letter: "i g n o r e  t h e …"."""
    return bool(_SPELT.search(text))


def _decoded(text: str) -> Iterator[str]:
    if "%" in text and _PERCENT.search(text):
        yield unquote(text)
    if "\\" in text and _ESCAPED.search(text):
        yield _ESCAPE.sub(lambda sign: chr(int(sign.group(1) or sign.group(2), 16)), text)


def _from_base64(code: str) -> bytes:
    bare = code.rstrip("=")
    try:
        return base64.b64decode(bare.translate(_URL_SAFE) + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


def _from_hexadecimal(code: str) -> bytes:
    return bytes.fromhex(re.sub(r"\W", "", code))


def _is_words(content: bytes) -> bool:
    """Whether bytes are a text with words as people write them."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    readable = sum(c.isalpha() or c.isspace() for c in text)
    return " " in text.strip() and readable >= _READABLE * len(text) - _SIGNS
