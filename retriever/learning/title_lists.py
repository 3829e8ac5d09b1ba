"""A list of titles, such as an office's index, is told from ads. Pure."""

from isco.core.names import name_key

# Of fewer titles it can't be told whether they repeat.
_FEWEST = 100
# Of thousands of ads as they come, more than one title in twenty has been there before.
_DISTINCT = 0.95


class SeenTitles:
    """Looks at coded rows one by one: a list has no texts, and says each title once."""

    def __init__(self) -> None:
        self.rows = 0
        self.with_text = 0
        self._titles: set[str] = set()

    def add(self, title: str, text: str) -> None:
        """Take a row in."""
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
        enough = self.rows >= _FEWEST and self.distinct >= _DISTINCT * self.rows
        return enough and not self.with_text
