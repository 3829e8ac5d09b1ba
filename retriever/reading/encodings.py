"""Bytes to text: UTF-8, what a byte order mark says, or an older encoding by evidence."""

import codecs
import re
import warnings
from collections.abc import Callable
from functools import cache

from isco.core.errors import InputWarning
from isco.retriever.reading.lookahead import PIECE, Lookahead
from isco.retriever.reading.rules import load_rules

AUTO = "auto"
# The longest first: that of UTF-16 begins that of UTF-32.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be",
}  # fmt: skip
_WIDE = {
    "utf-16": "utf-16-le", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be",
    "utf-32": "utf-32-le", "utf-32-le": "utf-32-le", "utf-32-be": "utf-32-be",
}  # fmt: skip
# Which of four bytes are 0 in texts of the ads' languages.
_ZEROS = {"000x": "utf-32-be", "x000": "utf-32-le", "0x0x": "utf-16-be", "x0x0": "utf-16-le"}
_BY_ITSELF = re.compile(rb"(?<![a-z\x80-\xff])[\x80-\xff]+(?![a-z\x80-\xff])", re.IGNORECASE)
_BYTE_ORDER_MARK = "\ufeff"
# Bytes by which a text without a mark is told.
_SEEN = 512
_BEGINNING = 4
# Tried by charset-normalizer for texts in other alphabets.
_FURTHER = [
    "cp1251", "koi8_r", "cp866", "cp1253", "cp1257", "cp1255", "cp1256", "gb18030", "big5",
    "shift_jis", "euc_jp", "euc_kr",
]  # fmt: skip
_LEAST_FURTHER = 8
# Letters from here on stand in no word beside those of ASCII.
_NOT_LATIN = "\u0370"
_TRIES = 20


def as_utf8(stream: Lookahead, encoding: str = AUTO) -> Lookahead:
    """Texts in UTF-16 or UTF-32 in UTF-8, others as they are."""
    wide = _wide(stream.ahead(2 if stream.live else _SEEN), stream, encoding)
    if not wide:
        return stream
    decoder = codecs.getincrementaldecoder(wide)("replace")

    def read(size: int) -> bytes:
        while piece := stream.read(size):
            if text := decoder.decode(piece):
                return text.encode("utf-8", "replace")
        return b""

    return Lookahead(read, stream.live)


def _wide(head: bytes, stream: Lookahead, encoding: str) -> str | None:
    """Which encoding of several bytes a letter it is, if it is one."""
    if encoding != AUTO:
        named = _WIDE.get(codecs.lookup(encoding).name)
        marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), named)
        return marked if named else None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = stream.ahead(4)
        return next(name for mark, name in _MARKS.items() if head.startswith(mark))
    if head.startswith(b"\0") or head[1:2] == b"\0":
        head = stream.ahead(4 if stream.live else _SEEN)
        fourths = [head[place::4] for place in range(4)]
        zeros = "".join("0" if part.count(0) * 2 > len(part) else "x" for part in fourths)
        return _ZEROS.get(zeros) or _begun_wide(head)
    return None


def _begun_wide(head: bytes) -> str | None:
    """UTF-16 by a beginning of ASCII, which names of columns and brackets are, before a text in
    letters that all take two bytes."""
    begun = head[: 2 * _BEGINNING]
    for name, zeros, letters in (
        ("utf-16-le", begun[1::2], begun[::2]), ("utf-16-be", begun[::2], begun[1::2]),
    ):  # fmt: skip
        if len(begun) == 2 * _BEGINNING and not any(zeros) and all(letters) and letters.isascii():
            return name
    return None


class TextDecoder:
    """Lines, or other pieces, of one file as text.

    Pieces are UTF-8 as long as nothing speaks against it. The first one that is not is looked at,
    with what `ahead` gives of what follows: in an older encoding that explains it, it and all
    further ones like it are read, and that is said once (`InputWarning`). Not so after letters in
    UTF-8: such a file is damaged there, and stays what it is.
    """

    def __init__(self, encoding: str, ahead: Callable[[], bytes], name: str) -> None:
        self._given = None if encoding == AUTO else codecs.lookup(encoding).name
        if self._given in {*_WIDE, "utf-8-sig"}:
            self._given = "utf-8"
        self._ahead = ahead
        self._name = name
        self._found: str | None = None
        self._tried = 0

    def decode(self, data: bytes) -> str:
        """`data` as text, without byte order marks. Raises UnicodeDecodeError."""
        if data.isascii():
            return data.decode("ascii")
        if self._given:
            return data.decode(self._given).lstrip(_BYTE_ORDER_MARK)
        try:
            text = data.decode("utf-8").lstrip(_BYTE_ORDER_MARK)
        except UnicodeDecodeError:
            if not self._found:
                self._find(data)
            if self._found in (None, "utf-8"):
                raise
            return data.decode(self._found or "", "replace")
        if not self._found and not text.isascii():
            self._found = "utf-8"
        return text

    def _find(self, data: bytes) -> None:
        """Look for the encoding; not for ever, where nothing speaks for any."""
        first = next(place for place, byte in enumerate(data) if byte >= 0x80)
        data = data[max(first - 1, 0) :][:PIECE]
        self._tried += 1
        self._found = older_encoding(data + self._ahead()) or (
            "utf-8" if self._tried == _TRIES else None
        )
        if self._found not in (None, "utf-8"):
            called = load_rules("encodings")["encodings"].get(self._found, self._found)
            warnings.warn(
                f"{self._name} is not UTF-8; it is read as {called} (input.encoding names another)",
                InputWarning,
                stacklevel=2,
            )


def older_encoding(data: bytes) -> str | None:
    """The encoding from before UTF-8 that a text is in, by its letters; None if that is not clear.

    None as well where most of what is not ASCII has the form of UTF-8.
    """
    beyond = bytes(byte for byte in data if byte >= 0x80)
    if not beyond or _like_utf8(data) * 2 > len(beyond):
        return None
    rules = load_rules("encodings")
    tried = list(rules["encodings"])
    if len(beyond) < rules["few"]:
        tried = list(rules["encodings of few letters"])
        if not _BY_ITSELF.search(data):
            tried += rules["encodings of few letters within words"]
    found: dict[str, float] = {name: _explained(data, name) for name in tried}
    best = max(found, key=lambda name: found[name])
    if found[best] >= rules["explained"]:
        return best
    if len(beyond) < _LEAST_FURTHER:
        return None
    from charset_normalizer import from_bytes

    guess = from_bytes(data[:PIECE], cp_isolation=_FURTHER).best()
    return guess.encoding if guess else None


def _like_utf8(data: bytes) -> int:
    """How many bytes are in sequences that have the form of letters in UTF-8, allowed or not."""
    count = position = 0
    while position < len(data):
        byte = data[position]
        length = (
            2 if 0xC0 <= byte < 0xE0 else 3 if 0xE0 <= byte < 0xF0 else 4 if byte >= 0xF0 else 1
        )
        rest = data[position + 1 : position + length]
        if length > 1 and len(rest) == length - 1 and all(0x80 <= each < 0xC0 for each in rest):
            count += length
            position += length
        else:
            position += 1
    return count


def _explained(data: bytes, encoding: str) -> float:
    """How much of what is beyond ASCII makes sense in that encoding, in one language."""
    text = data.decode(encoding, "replace")
    known, signs, within, alone = _letters()
    seen: list[str] = []
    explained = 0
    for place, letter in enumerate(text):
        if letter.isascii():
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if letter in signs:
            in_a_word = before.isalpha() and after.isalpha()
            explained += letter in within or not in_a_word
            seen.append("")
            continue
        odd = before.isdigit() or after.isdigit() or (before.islower() and letter.isupper())
        odd = odd or (letter >= _NOT_LATIN and _has_latin(before + after))
        word = before.isalpha() or after.isalpha() or letter.lower() in alone
        seen.append(letter.lower() if word and not odd else "")
    if not seen:
        return 0.0
    most = max(sum(bool(letter) and letter in letters for letter in seen) for letters in known)
    return (most + explained) / len(seen)


def _has_latin(text: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in text)


@cache
def _letters() -> tuple[list[frozenset[str]], frozenset[str], frozenset[str], frozenset[str]]:
    """Those of each language, signs, signs that stand within words, letters that stand alone."""
    rules = load_rules("encodings")
    languages = [frozenset(letters) for letters in rules["letters"].values()]
    return (
        languages,
        frozenset(rules["signs"]),
        frozenset(rules["signs within words"]),
        frozenset(rules["letters that stand alone"]),
    )
