"""Numbers as people read them. Pure."""

import json
from datetime import datetime
from typing import Any

from isco.evaluation.intervals import Interval


def percent(share: float | None, decimals: int = 1) -> str:
    """0.579 as "57.9%"; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.{decimals}f}%"


def interval(ends: Interval) -> str:
    """(0.519, 0.637) as "51.9–63.7%"."""
    return f"{100 * ends[0]:.1f}–{100 * ends[1]:.1f}%"


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign: 0.021 as "+2.1"."""
    text = f"{100 * share:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def counted(number: int) -> str:
    """12345 as "12,345"."""
    return f"{number:,}"


def ads(number: int) -> str:
    """1 as "1 ad", 12345 as "12,345 ads"."""
    return f"{number:,} {'ad' if number == 1 else 'ads'}"


def day(moment: datetime) -> str:
    """A date and time as "24 November 2025, 09:11"."""
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def setting(value: Any) -> str:
    """A value of the configuration as its file would have it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
