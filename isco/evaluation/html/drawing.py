"""A plot as SVG: axes, lines, dots; styled by the page, described for those who can't see it.

Elements are built as a tree, so that no text can break out of its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

Point = tuple[float, float]

_DOT = 4.0


@dataclass(frozen=True, slots=True)
class Area:
    """Where values are drawn: a rectangle in pixels, and the ranges of values that it spans."""

    left: float
    top: float
    width: float
    height: float
    across: Point = (0.0, 1.0)
    up: Point = (0.0, 1.0)

    def x(self, value: float) -> float:
        """Pixels from the left edge."""
        low, high = self.across
        return self.left + self.width * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Pixels from the upper edge; larger values are higher up."""
        low, high = self.up
        return self.top + self.height * (1 - (value - low) / (high - low))


class Plot:
    """An SVG in the making. `name` is unique on its page; what is drawn later lies on top."""

    def __init__(
        self, name: str, title: str, description: str, size: tuple[int, int], area: Area
    ) -> None:
        width, height = size
        self.area = area
        self._root = Element(
            "svg",
            {
                "viewBox": f"0 0 {width} {height}",
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "class": "plot",
            },
        )
        SubElement(self._root, "title", {"id": f"{name}-title"}).text = title
        SubElement(self._root, "desc", {"id": f"{name}-desc"}).text = description

    def markup(self) -> Markup:
        """The finished SVG, to be put into a page as it is."""
        return Markup(tostring(self._root, encoding="unicode"))

    def x_axis(self, ticks: Sequence[float], labels: Sequence[str], name: str = "") -> None:
        """Grid lines at `ticks` with labels below, and the axis' name below those."""
        bottom = self.area.top + self.area.height
        for tick, label in zip(ticks, labels, strict=True):
            x = self.area.x(tick)
            self._line((x, self.area.top), (x, bottom), "grid")
            self._text(label, (x, bottom + 16), "tick", "middle")
        middle = self.area.left + self.area.width / 2
        self._text(name, (middle, bottom + 34), "name", "middle")

    def y_axis(self, ticks: Sequence[float], labels: Sequence[str], name: str = "") -> None:
        """Grid lines at `ticks` with labels to the left, and the axis' name above."""
        for tick, label in zip(ticks, labels, strict=True):
            y = self.area.y(tick)
            self._line((self.area.left, y), (self.area.left + self.area.width, y), "grid")
            self._text(label, (self.area.left - 8, y + 4), "tick", "end")
        self._text(name, (self.area.left, self.area.top - 10), "name", "start")

    def line(self, points: Sequence[Point], style: str) -> None:
        """A line through `points`, given as values."""
        found = " ".join(f"{self.area.x(x):.1f},{self.area.y(y):.1f}" for x, y in points)
        SubElement(self._root, "polyline", {"points": found, "class": style})

    def band(self, lower: Sequence[Point], upper: Sequence[Point], style: str) -> None:
        """The surface between two lines of the same direction."""
        outline = [*lower, *reversed(upper)]
        found = " ".join(f"{self.area.x(x):.1f},{self.area.y(y):.1f}" for x, y in outline)
        SubElement(self._root, "polygon", {"points": found, "class": style})

    def dot(self, at: Point, style: str, hint: str) -> None:
        """A dot that says `hint` when pointed at."""
        place = {"cx": f"{self.area.x(at[0]):.1f}", "cy": f"{self.area.y(at[1]):.1f}"}
        dot = SubElement(self._root, "circle", {**place, "r": str(_DOT), "class": style})
        SubElement(dot, "title").text = hint

    def label(self, text: str, at: Point, anchor: str, style: str = "tick") -> None:
        """A text at a place given in pixels; `anchor` is start, middle or end."""
        self._text(text, at, style, anchor)

    def _line(self, start: Point, end: Point, style: str) -> None:
        (x1, y1), (x2, y2) = start, end
        ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
        SubElement(self._root, "line", {**ends, "class": style})

    def _text(self, text: str, at: Point, style: str, anchor: str) -> None:
        if text:
            place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "text-anchor": anchor}
            SubElement(self._root, "text", {**place, "class": style}).text = text
