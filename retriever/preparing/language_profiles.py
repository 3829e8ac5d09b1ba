"""Naive Bayes over langdetect's profiles: how often n-grams of 1 to 3 letters are in a language.

langdetect itself multiplies the n-grams of a text that it draws, until it is sure; here all are
multiplied once, which takes a tenth of the time and leaves nothing to chance
(docs/decisions/0020).
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from langdetect.detector import Detector
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

from isco.core.sparse_rows import within

# The share of an n-gram that a language's profile lacks.
_LACKING = 1e-5
# A letter takes 21 bits at most.
_BITS = np.uint64(21)
_SPACE = np.uint64(ord(" "))
# What langdetect wants to clean a text.
_NO_PROFILES = SimpleNamespace(word_lang_prob_map={}, langlist=[], seed=None)


def profile_languages() -> tuple[str, ...]:
    """The languages that there are profiles of, a file each, as ISO 639-1 codes."""
    return tuple(sorted(path.name for path in Path(PROFILES_DIRECTORY).iterdir()))


@cache
def language_profiles() -> "LanguageProfiles":
    """All of them, read once; that takes longer than a thousand detections."""
    return LanguageProfiles()


class LanguageProfiles:
    """How much n-grams speak for languages. An n-gram is kept as one number of its letters."""

    def __init__(self) -> None:
        self.languages = profile_languages()
        parts = [_profile(language) for language in self.languages]
        keys = np.concatenate([grams for grams, _ in parts])
        order = np.argsort(keys, kind="stable")
        self._grams, starts = np.unique(keys[order], return_index=True)
        self._ends = np.append(starts, len(keys))
        owners = np.repeat(np.arange(len(parts), dtype=np.uint8), [len(g) for g, _ in parts])
        self._owners = owners[order]
        shares = np.concatenate([found for _, found in parts])[order]
        # Of a language that lacks the n-gram it would be 0.
        self._logs = np.log1p(shares / _LACKING).astype(np.float32)
        self._letters = _Letters()

    def probabilities(
        self, text: str, among: Sequence[str] | None, sharpness: float
    ) -> dict[str, float]:
        """Of those `among` which to choose, or of all, by code; none where no n-gram is known.

        With a `sharpness` below 1 n-grams count as if so many of them were the same.
        """
        logs = self._logs_of(text)
        wanted = self.languages if among is None else [c for c in among if c in self.languages]
        if logs is None or not wanted:
            return {}
        found = sharpness * logs[[self.languages.index(code) for code in wanted]]
        likely = np.exp(found - found.max())
        return dict(zip(wanted, (likely / likely.sum()).tolist(), strict=True))

    def _logs_of(self, text: str) -> NDArray[np.float64] | None:
        """By language, how much more likely the text is than by one that lacks all of it."""
        grams = self._grams_of(text)
        places = np.searchsorted(self._grams, grams).clip(max=len(self._grams) - 1)
        places = places[self._grams[places] == grams]
        if not len(places):
            return None
        lengths = self._ends[places + 1] - self._ends[places]
        entries = within(self._ends[places], lengths)
        return np.asarray(
            np.bincount(
                self._owners[entries], weights=self._logs[entries], minlength=len(self.languages)
            ),
            dtype=np.float64,
        )

    def _grams_of(self, text: str) -> NDArray[np.uint64]:
        """The n-grams that langdetect takes: within a word and its ends, none in capitals."""
        detector = Detector(_NO_PROFILES)
        detector.append(text)
        detector.cleaning_text()
        letters = f" {detector.text}".translate(self._letters)
        codes = np.fromiter(map(ord, letters), dtype=np.uint64, count=len(letters))
        blank = codes == _SPACE
        kept = np.append(True, ~(blank[1:] & blank[:-1]))
        codes, blank = codes[kept], blank[kept]
        upper = np.fromiter(map(str.isupper, letters), dtype=bool, count=len(letters))[kept]
        spoken = ~(upper[1:] & upper[:-1])
        ones = codes[1:][spoken & ~blank[1:]]
        twos = _joined(codes[:-1], codes[1:])[spoken]
        threes = _joined(codes[:-2], codes[1:-1], codes[2:])[spoken[1:] & ~blank[1:-1]]
        return np.concatenate([ones, twos, threes])


class _Letters(dict[int, str]):
    """Letters as langdetect sees them, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = found = str(NGram.normalize(chr(code)))
        return found


def _profile(language: str) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """The n-grams of a language, and the share of each among those of its length."""
    content = json.loads((Path(PROFILES_DIRECTORY) / language).read_text(encoding="utf-8"))
    counts = {gram: n for gram, n in content["freq"].items() if 1 <= len(gram) <= NGram.N_GRAM}
    padded = "".join(gram.ljust(NGram.N_GRAM, "\0") for gram in counts)
    letters = np.frombuffer(padded.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    lengths = np.fromiter(map(len, counts), dtype=np.int64, count=len(counts))
    numbers = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
    shares = numbers / np.array(content["n_words"])[lengths - 1]
    return _joined(*letters.reshape(-1, NGram.N_GRAM).T), shares


def _joined(*letters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """N-grams of letters one after another."""
    found = letters[0]
    for at, letter in enumerate(letters[1:], start=1):
        found = found | letter << np.uint64(at * int(_BITS))
    return found
