"""Whether a sentence gives a machine orders: which words together make one. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from isco.retriever.preparing.disguises import fold, is_spelt_out, readings
from isco.retriever.preparing.order_sentence import CODE, OrderSentence
from isco.retriever.preparing.order_words import OrderWords

_OPTION = re.compile(
    r"\b(?:answer|respond|reply|output|choose|pick|select)\b"
    r"(?:\s+(?:only|just|always|simply|with|by|the|letter|option|answer))*\s*[:\"'(]*"
    r"(?:\b(?:option|letter|answer)\s+[a-z]|[a-z]\b(?<=[b-hj-z]))[)\"']*\s*(?:[.!?\n]|$)"
)
_JSON = re.compile(
    r"""[\"'`](?:isco\w*|(?:job_?|ad_?)?title|occupation\w*|is_?job|answer|(?:isco_?)?code|classification"""
    r"""|label|translation|description|category|result)[\"'`]\s*[:=]"""
)


@dataclass(frozen=True, slots=True)
class Order:
    """Where the words of an order begin in the sentence."""

    start: int


class OrderRules:
    """Judges sentences one by one; the same ones come again in many ads."""

    def __init__(self, words: OrderWords) -> None:
        self._words = words
        self.find = lru_cache(16_384)(self._find)
        self.goes_on = lru_cache(4_096)(self._goes_on)

    def possible(self, folded: str) -> bool:
        """Whether a whole text, folded, has words enough for an order. Quick, and seldom wrong."""
        kinds = self._words.of_text(folded)
        return bool(
            self._candidates(folded, kinds) or _OPTION.search(folded) or _JSON.search(folded)
        )

    def _find(self, sentence: str, next_one: str = "") -> Order | None:
        """The order that a sentence gives, if it does; `next_one` may say what is to be done."""
        folded = fold(sentence)
        start = self._start(folded, fold(next_one))
        if start is not None:
            return Order(start)
        if any(self._start(other, "") is not None for other in readings(sentence, folded)):
            return Order(0)
        if is_spelt_out(sentence):
            return Order(0)
        return None

    def _goes_on(self, sentence: str) -> bool:
        """Whether a sentence right after an order belongs to it."""
        folded = fold(sentence)
        kinds, of = self._words.of_text(folded), self._words.languages_of
        about = of(kinds, "code") | of(kinds, "occupation")
        told = of(kinds, "reply") | of(kinds, "sort") | of(kinds, "correct") | of(kinds, "this")
        told |= of(kinds, "is")
        spoken = about & told | of(kinds, "role") & (told | of(kinds, "only"))
        spoken |= of(kinds, "machine") & (told | about)
        return bool(CODE.search(folded)) or any(
            OrderSentence(self._words, language, folded, "", kinds).goes_on()
            for language in self._words.named(spoken)
        )

    def _candidates(self, folded: str, kinds: int) -> int:
        """The languages, as bits, in which a text has the `kinds` of words that make an order."""
        of = self._words.languages_of
        told = of(kinds, "reply") | of(kinds, "sort")
        this_ad = of(kinds, "this") & of(kinds, "ad")
        # Looked for where it would make one.
        code = ~0 if told | this_ad | of(kinds, "authority") and CODE.search(folded) else 0
        about = of(kinds, "code") | of(kinds, "occupation") | of(kinds, "ad")
        return (
            of(kinds, "forget") & (of(kinds, "instructions") | of(kinds, "everything"))
            | of(kinds, "address") & of(kinds, "machine")
            | of(kinds, "machine") & this_ad
            | of(kinds, "sort") & this_ad
            | of(kinds, "correct") & (of(kinds, "code") | of(kinds, "occupation"))
            | told & (code | of(kinds, "only"))
            | of(kinds, "role") & (told | of(kinds, "machine") | of(kinds, "only"))
            | of(kinds, "pretend") & (about | of(kinds, "machine"))
            | of(kinds, "authority") & (told | code | of(kinds, "code"))
            | (code | of(kinds, "code")) & this_ad
        )

    def _start(self, folded: str, following: str) -> int | None:
        option = _OPTION.search(folded)
        if option:
            return option.start()
        json = _JSON.search(folded)
        if json:
            return json.start()
        both = f"{folded} {following}"
        kinds = self._words.of_text(both)
        possible = self._candidates(both, kinds)
        found = (
            OrderSentence(self._words, language, folded, following, kinds).order()
            for language in self._words.named(possible)
        )
        starts = [start for start in found if start is not None]
        return min(starts, default=None)
