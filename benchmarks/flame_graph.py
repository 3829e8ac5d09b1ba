"""A flame graph: who called whom, as wide as the time spent there. Pure.

Each bar is a function, those that it called lie on it, widths are shares of the samples. After
Gregg 2016, The Flame Graph.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, tostring

Stack = tuple[str, ...]

_WIDTH, _ROW, _EDGE = 1200, 17, 8
# Narrower bars, in pixels, could be neither seen nor read.
_NARROWEST = 0.6
_CHARACTER = 6.3


@dataclass
class _Bar:
    """A function in its place: samples in it and in what it called."""

    samples: int = 0
    called: dict[str, "_Bar"] = field(default_factory=dict)


def flame_graph(
    stacks: Mapping[Stack, int],
    title: str,
    colour: Callable[[Sequence[str]], str],
    legend: Mapping[str, str],
) -> str:
    """An SVG of sampled `stacks`, outermost function first, with the samples of each.

    `colour` is that of a bar, by the stack up to it; `legend` has a colour for each name.
    """
    root = _tree(stacks)
    scale = (_WIDTH - 2 * _EDGE) / max(root.samples, 1)
    places, lines = _legend_places(legend)
    height = (_depth(root, scale) + lines + 1) * _ROW + 4 * _EDGE
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {height}",
            "font-family": "ui-monospace, monospace",
            "font-size": "10.5",
            "role": "img",
        },
    )
    SubElement(svg, "title").text = title
    _rectangle(svg, (0, 0), (_WIDTH, height), "#ffffff")
    _text(svg, (_EDGE, _EDGE + 12), title)
    for (name, filled), (x, y) in zip(legend.items(), places, strict=True):
        _rectangle(svg, (x, y - 9), (10, 10), filled)
        _text(svg, (x + 14, y), name)
    _draw(svg, root, (), _EDGE, height - _EDGE - _ROW, scale, root.samples, colour)
    return tostring(svg, encoding="unicode")


def _tree(stacks: Mapping[Stack, int]) -> _Bar:
    root = _Bar()
    for stack, samples in stacks.items():
        bar = root
        bar.samples += samples
        for function in stack:
            bar = bar.called.setdefault(function, _Bar())
            bar.samples += samples
    return root


def _depth(bar: _Bar, scale: float) -> int:
    """Rows that are drawn."""
    seen = (called for called in bar.called.values() if called.samples * scale >= _NARROWEST)
    return max((1 + _depth(called, scale) for called in seen), default=0)


def _legend_places(legend: Mapping[str, str]) -> tuple[list[tuple[float, float]], int]:
    """Where the names stand, and in how many lines."""
    places: list[tuple[float, float]] = []
    x, line = float(_EDGE), 1
    for name in legend:
        width = 14 + (len(name) + 2) * _CHARACTER
        if x + width > _WIDTH:
            x, line = float(_EDGE), line + 1
        places.append((x, _EDGE + 12 + line * _ROW))
        x += width
    return places, line


def _draw(
    svg: Element, bar: _Bar, stack: Stack, x: float, y: float, scale: float, whole: int,
    colour: Callable[[Sequence[str]], str],
) -> None:  # fmt: skip
    for function, called in sorted(bar.called.items()):
        width = called.samples * scale
        if width >= _NARROWEST:
            inner = (*stack, function)
            group = SubElement(svg, "g")
            told = f"{function}: {called.samples / whole:.1%}"
            SubElement(group, "title").text = told
            _rectangle(group, (x, y), (width - 0.4, _ROW - 1), colour(inner))
            room = int((width - 6) / _CHARACTER)
            if room >= 4:
                _text(group, (x + 3, y + 12), told if len(told) <= room else function[:room])
            _draw(svg, called, inner, x, y - _ROW, scale, whole, colour)
        x += width


def _rectangle(
    parent: Element, at: tuple[float, float], size: tuple[float, float], colour: str
) -> None:
    numbers = zip(("x", "y", "width", "height"), (*at, *size), strict=True)
    SubElement(parent, "rect", {**{name: f"{n:.1f}" for name, n in numbers}, "fill": colour})


def _text(parent: Element, at: tuple[float, float], text: str) -> None:
    x, y = at
    SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": "#1c1c1c"}).text = text
