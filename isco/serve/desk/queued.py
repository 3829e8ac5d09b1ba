"""The ads of a desk, in the order in which they are asked about."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from isco.core.names import name_key
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.retriever.reading.inputs import ad_files, read_files
from isco.review.answers import AnsweredAd, answer_of
from isco.review.queue import Group, make_queue
from isco.review.reading import read_answers


@dataclass(frozen=True)
class QueuedAd:
    """An ad as it is shown. `key` is its own even where several have the same `id`.

    `row` is the machine's answer; `whole` says that title and text are as the ad came, else they
    are what the answer holds of it. `numbered` ads have no id of their own; `drawn` counts the
    draws at random that it stands for.
    """

    key: str
    id: str
    title: str
    text: str
    language: str | None
    row: dict[str, Any]
    whole: bool = False
    numbered: bool = False
    drawn: int = 0

    @cached_property
    def title_key(self) -> str:
        """What ads of equal titles have in common; an ad without a title is alone."""
        return name_key(self.title) or f"\0{self.key}"

    @cached_property
    def answer(self) -> AnsweredAd:
        """The machine's answer."""
        return answer_of(self.row)

    def as_ad(self, isco_code: str | None = None) -> Ad:
        """As it is classified, or learned."""
        return Ad(
            id=self.id,
            title=self.title,
            description=self.text,
            language=self.language,
            isco_code=isco_code,
            numbered=self.numbered and self.whole,
        )


def is_doubled(ad: QueuedAd, share: float) -> bool:
    """Whether two coders are to decide it: drawn by a hash of its title, the same at every time."""
    digest = hashlib.blake2b(ad.title_key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def read_queue(
    codes: str, ads: str | None, settings: Settings, below: float, budget: int | None
) -> list[QueuedAd]:
    """The ads of the predictions in `codes` that people should decide; of `ads`, the file that was
    classified, they have their whole texts.

    Raises InputError for what are no predictions, and for a file that can't be read.
    """
    answers = list(read_answers(codes))
    numbered = bool(answers) and all(
        answer.id in (str(answer.position + 1), f"row-{answer.position + 1}") for answer in answers
    )
    queue = make_queue(answers, below, budget)
    found = [replace(ad, numbered=numbered) for ad in _of_groups(queue.groups)]
    return list(_with_texts(found, ads, settings)) if ads else found


def _of_groups(groups: Iterable[Group]) -> Iterator[QueuedAd]:
    known: set[str] = set()
    for group in groups:
        for place, answer in enumerate(group.ads):
            key = (
                answer.id if answer.id not in known else f"{answer.id} (row {answer.position + 1})"
            )
            known.add(key)
            yield QueuedAd(
                key=key,
                id=answer.id,
                title=answer.title,
                text=answer.text,
                language=answer.language,
                row=json.loads(json.dumps(dict(answer.row), default=str)),
                drawn=0 if place else group.drawn,
            )


def _with_texts(found: Iterable[QueuedAd], ads: str, settings: Settings) -> Iterator[QueuedAd]:
    wanted = list(found)
    ids = {ad.id for ad in wanted}
    texts = {
        row.id: row
        for row in read_files(ad_files(ads), settings.input)
        if isinstance(row, Ad) and row.id in ids
    }
    for ad in wanted:
        row = texts.get(ad.id)
        if row is None:
            yield ad
            continue
        yield replace(ad, title=row.title, text=row.description, language=row.language, whole=True)
