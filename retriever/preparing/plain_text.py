"""Plain text out of what feeds deliver: HTML, entities, odd spaces. Pure."""

import re
from html import unescape

import html_text

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
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")
# Characters that show nothing; lone surrogates would also stop the parser.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff\ud800-\udfff]"
)


def plain_text(text: str) -> str:
    """`text` without markup and control characters; blocks and list items on lines of their own."""
    text = _CONTROL.sub(" ", text)
    if _TAG.search(text):
        # The parser would drop a CDATA section with its content.
        text = html_text.extract_text(text.replace("<![CDATA[", "").replace("]]>", ""))
    elif "&" in text:
        text = unescape(text)
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """`plain_text` on one line."""
    return " ".join(plain_text(text).split())


def letters(text: str) -> int:
    """Number of letters: what is left of a text when digits and decoration are not counted."""
    return sum(map(str.isalpha, text))
