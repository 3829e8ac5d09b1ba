"""A list of titles, such as an office's index, is told from ads. Pure."""

from collections import Counter

from isco.core.names import name_key

# Fewer rows are learned as they are: whether their titles repeat can't be told.
_FEWEST = 500
_DISTINCT = 0.98
# Ads as they come are of some occupations more than of others: the commonest of job boards has 6 or
# 7% of them, in the indexes and classifications of offices 2 to 5%.
_COMMONEST = 0.05


class SeenTitles:
    """Looks at coded rows one by one: a list has no texts, says each title once, and has all
    occupations rather than the common ones."""

    def __init__(self) -> None:
        self.rows = 0
        self.with_text = 0
        self._titles: set[str] = set()
        self._labels: Counter[str] = Counter()

    def add(self, title: str, text: str, label: str) -> None:
        """Take a row in."""
        self._labels[label] += 1
        self.rows += 1
        self.with_text += bool(text.strip())
        self._titles.add(name_key(title))

    @property
    def distinct(self) -> int:
        """How many titles there were, whatever their case."""
        return len(self._titles)

    @property
    def are_a_list(self) -> bool:
        """Whether the rows are a list of titles rather than ads."""
        if self.rows < _FEWEST or self.with_text or self.distinct < _DISTINCT * self.rows:
            return False
        return max(self._labels.values()) <= _COMMONEST * self.rows
