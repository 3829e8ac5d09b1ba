"""Plain text out of what feeds deliver: HTML, entities, odd spaces. Pure."""

import re
import unicodedata
from html import unescape

from isco.retriever.preparing.hidden_text import may_hide, without_hidden

# The elements by which HTML is known; a <String> in an ad for programmers is none.
_ELEMENTS = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|button|center|cite|code|col|dd|del|"
    "details|dfn|div|dl|dt|em|embed|fieldset|figure|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|ins|kbd|label|legend|li|link|main|mark|meta|nav|noscript|object|ol|option|p|"
    "pre|q|s|samp|script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|table|"
    "tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(
    rf"<(?:/?(?:{_ELEMENTS})\b[^<>]*|!--.*?--|!\[CDATA\[)>?", re.DOTALL | re.IGNORECASE
)
# Feeds of feeds escape what is escaped.
_ROUNDS = 5
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")
# Characters that take no part in a text; lone surrogates would also stop the parser.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Characters that show nothing: soft hyphens, marks of direction, joiners, fillers, tags, variants.
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
# Signs that mean more as they are: "2ª", "m²", "½", "…", and accents used as apostrophes.
_COMPATIBLE = re.compile(r"[^\u00a0-\u00bf\u02d8-\u02dd\u2026\u2122]+")


def plain_text(text: str) -> str:
    """`text` without markup, what that hides, and characters that show nothing.

    Blocks and list items stand on lines of their own; letters of one look are of one kind (NFKC).
    """
    text = _visible(text)
    for _ in range(_ROUNDS):
        undone = _visible(_without_markup(text))
        if undone == text:
            break
        text = undone
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """`plain_text` on one line."""
    return " ".join(plain_text(text).split())


def letters(text: str) -> int:
    """Number of letters: what is left of a text when digits and decoration are not counted."""
    return sum(map(str.isalpha, text))


def _without_markup(text: str) -> str:
    if _TAG.search(text):
        import html_text

        # The parser would drop a CDATA section with its content.
        html = text.replace("<![CDATA[", "").replace("]]>", "")
        tree = html_text.parse_html(html)
        if may_hide(html):
            without_hidden(tree)
        return html_text.extract_text(tree)
    return unescape(text) if "&" in text else text


def _visible(text: str) -> str:
    text = _CONTROL.sub(" ", text)
    if text.isascii():
        return text
    text = _UNSEEN.sub("", text)
    if unicodedata.is_normalized("NFKC", text):
        return text
    return _COMPATIBLE.sub(lambda run: unicodedata.normalize("NFKC", run.group()), text)
