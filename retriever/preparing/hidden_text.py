"""What a page has and its reader does not see: hidden elements, letters of no size or colour."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAY_HIDE = re.compile(r"style|class\s*=|hidden|<template|<noscript|<font", re.IGNORECASE)
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0*\.?0*[0-4]?%?(?![\d.])|font-size:(?:0*(?:\.0\d*)?|[01](?:\.\d+)?(?=px|pt))(?:px|pt|r?em|%|;|!|$)"
    r"|font:[^;]*?(?<![\d.])0(?:px|pt|em|%)|(?:text-indent|left|right|top|margin-left|margin-top):-\d{3,}|clip:rect\(0"
    r"|clip-path:inset\((?:50|100)%|(?:max-)?(?:width|height):[01](?:px)?(?![\d.]).*overflow:hidden"
    r"|overflow:hidden.*(?:max-)?(?:width|height):[01](?:px)?(?![\d.])|transform:scale\(0|(?<![-\w])color:transparent"
    r"|(?<![-\w])color:rgba\([^)]*,0*\.?0*\)|content-visibility:hidden"
)
_HIDING_CLASSES = frozenset(
    {"hidden", "hide", "d-none", "sr-only", "visually-hidden", "visuallyhidden", "invisible"}
    | {"screen-reader-text", "screenreader", "offscreen", "is-hidden", "u-hidden", "display-none"}
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COLOUR = re.compile(r"(?<![-\w])color:([^;]+)")
_GROUND = re.compile(r"background(?:-color)?:([^;]+)")
_WHITE = re.compile(
    r"^(?:#fff(?:fff)?(?:ff)?|#f[a-f]f[a-f]f[a-f]|white|rgba?\(25\d,25\d,25\d(?:,1)?\)|hsl\(.*100%\))$"
)
_SAME = {"#000": "black", "#000000": "black", "rgb(0,0,0)": "black"}


def without_hidden(tree: "HtmlElement") -> None:
    """Take out of a page the elements that its reader does not see, what follows them stays.

    A page of which nothing would be left is left as it is.
    """
    sheets = " ".join(style.text or "" for style in tree.iter("style"))
    rules = dict(_rules(sheets))
    hidden = [element for element in tree.iter() if _is_hidden(element, rules)]
    inside = set(map(id, hidden))
    outer = [e for e in hidden if not any(id(parent) in inside for parent in e.iterancestors())]
    if outer and any(map(str.isalpha, _seen(tree, inside))):
        for element in outer:
            if element.getparent() is not None:
                element.drop_tree()


def may_hide(html: str) -> bool:
    """Whether a page may have such elements. Quick."""
    return bool(_MAY_HIDE.search(html))


def _seen(tree: "HtmlElement", hidden: set[int]) -> str:
    """The text of a page but for its hidden elements."""
    if id(tree) in hidden or not isinstance(tree.tag, str) or tree.tag in {"style", "script"}:
        return ""
    parts = [tree.text or ""]
    for child in tree:
        parts += [_seen(child, hidden), child.tail or ""]
    return "".join(parts)


def _is_hidden(element: "HtmlElement", rules: dict[str, str]) -> bool:
    if not isinstance(element.tag, str) or element.tag in {"html", "body"}:
        return False
    if element.tag in {"template", "noscript"} or "hidden" in element.attrib:
        return True
    classes = (element.get("class") or "").casefold().split()
    if _HIDING_CLASSES.intersection(classes):
        return True
    style = _style(element, rules)
    if not style and element.tag != "font":
        return False
    return bool(_HIDING.search(style)) or _is_of_its_ground(element, style, rules)


def _style(element: "HtmlElement", rules: dict[str, str]) -> str:
    """The declarations that an element has, of its own and by the page's style sheets."""
    own = "".join((element.get("style") or "").casefold().split())
    names = [f".{name}" for name in (element.get("class") or "").casefold().split()]
    names += [f"#{(element.get('id') or '').casefold()}", element.tag]
    return ";".join((*(rules[name] for name in names if name in rules), own)).strip(";")


def _rules(sheets: str) -> Iterator[tuple[str, str]]:
    """Classes, ids and elements with their declarations, of style sheets."""
    for selectors, declarations in _RULE.findall(sheets.casefold()):
        for selector in selectors.split(","):
            words = selector.split()
            if words:
                yield re.sub(r"^\w+(?=[.#])", "", words[-1]), "".join(declarations.split())


def _is_of_its_ground(element: "HtmlElement", style: str, rules: dict[str, str]) -> bool:
    """Whether its letters have the colour of what is behind them, which is white if nobody says."""
    colour = _COLOUR.findall(style)
    written = colour[-1] if colour else element.get("color", "").casefold()
    if not written:
        return False
    around = [element, *element.iterancestors()]
    grounds = ((_GROUND.findall(_style(e, rules)) or [e.get("bgcolor")])[-1] for e in around)
    ground = next((_plain(found) for found in grounds if found), "white")
    return _plain(written) == ground


def _plain(colour: str) -> str:
    bare = colour.casefold().replace("!important", "").strip()
    return "white" if _WHITE.match(bare) else _SAME.get(bare, bare)
