"""Rows of a file into labelled ads; those that can't be learned are refused, with the reason."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from isco.core.learned_fit import LearnedFit
from isco.core.records import Ad, BrokenRow
from isco.core.settings import Settings
from isco.core.store import LabelledAd, embedded_text
from isco.retriever.labelled.equal_ads import content_key
from isco.retriever.labelled.kernel import TEXT_CHARACTERS
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.learning.exporting import LearnedBefore
from isco.retriever.learning.label_checks import ChangedCode, Label, RefusedRow, content_id
from isco.retriever.learning.title_lists import SeenTitles
from isco.retriever.preparing.preprocessor import Preprocessor

_NO_VECTOR = np.empty(0, dtype=np.float32)


class LabelledRows:
    """Labelled ads by point id, without vectors yet but for those that were exported where the same
    `model` made them. `known` are those learned before. Rows without one of their own are of
    `source`; those that were exported of what they were, unless it is `named` for this file.

    `fit` is what the file says was fitted on its ads; `uncoded` counts rows without a label,
    `repeated` those that gave way to a later one; `titles` are those of all rows with one.
    """

    def __init__(
        self,
        settings: Settings,
        labels: LabelReader,
        source: str,
        known: Mapping[str, Label],
        languages: Sequence[str],
        model: str = "",
        named: bool = False,
    ) -> None:
        self.fit: LearnedFit | None = None
        self.ads: dict[str, LabelledAd] = {}
        self.refused: list[RefusedRow] = []
        self.changed: list[ChangedCode] = []
        self.repeated = self.uncoded = 0
        self.titles = SeenTitles()
        self._labels = labels
        self._source = source
        self._named = named
        self._model = model
        self._known = known
        self._keep_text = settings.learning.keep_text
        self._preprocessor = Preprocessor(settings, languages)
        self._now = datetime.now(UTC).isoformat(timespec="microseconds")
        self._codes_of: dict[str, list[tuple[str, ...]]] = {}

    def add(self, row: Ad | BrokenRow) -> None:
        """Take a row in."""
        if isinstance(row, BrokenRow):
            self.refused.append(RefusedRow(row.line, row.id, row.reason))
            return
        if row.isco_code is None:
            self.uncoded += 1
            return
        self.titles.add(row.title, row.description, row.isco_code)
        try:
            ad = self._labelled(row, self._labels.codes(row.isco_code))
        except ValueError as error:
            self.refused.append(RefusedRow(row.line, row.id, str(error)))
            return
        earlier = self.ads.pop(ad.point_id, None)
        self.repeated += earlier is not None
        before = earlier or self._known.get(ad.point_id)
        if before and before.codes != ad.codes:
            self.changed.append(
                ChangedCode(ad.id, ad.title, "|".join(before.codes), "|".join(ad.codes))
            )
        self.ads[ad.point_id] = ad

    def _labelled(self, ad: Ad, codes: tuple[str, ...]) -> LabelledAd:
        """Raises ValueError that says why the ad can't be learned."""
        before = LearnedBefore.of(ad)
        if before:
            return self._as_it_was(ad, before, codes)
        # As the classifier reads an ad, so that the same ad has the same vector.
        preprocessed = self._preprocessor.preprocess(ad)
        profile = preprocessed.profile
        if not embedded_text(profile.title, profile.description):
            raise ValueError("neither its title nor its description says anything")
        if not self._keep_text and not profile.title.strip():
            raise ValueError("it has no title, and learning.keep_text is false: nothing is left")
        titles = self._labels.titles
        return LabelledAd(
            id=self._content_id(ad, codes) if ad.numbered else ad.id,
            source=self._source,
            title=profile.title,
            description=profile.description if self._keep_text else "",
            isco_code=codes[0],
            isco_label=titles[codes[0]],
            language=preprocessed.language.code,
            learned=self._now,
            vector=_NO_VECTOR,
            text=preprocessed.text[:TEXT_CHARACTERS] if self._keep_text else "",
            also={code: titles[code] for code in codes[1:]},
            content=content_key(profile.title, preprocessed.text),
            like=ad.like,
        )

    def _as_it_was(self, ad: Ad, before: LearnedBefore, codes: tuple[str, ...]) -> LabelledAd:
        """An ad that was learned elsewhere; its vector where the same model made it."""
        titles = self._labels.titles
        self.fit = self.fit or before.fit
        return LabelledAd(
            id=ad.id,
            source=self._source if self._named else before.source,
            title=before.title,
            description=before.description,
            isco_code=codes[0],
            isco_label=titles[codes[0]],
            language=ad.language,
            learned=before.learned,
            vector=before.vector if before.model == self._model else _NO_VECTOR,
            text=before.text,
            also={code: titles[code] for code in codes[1:]},
            content=before.content,
            like=before.like,
        )

    def _content_id(self, ad: Ad, codes: tuple[str, ...]) -> str:
        """By content; what a file labels in several ways has an id for each of them."""
        content = content_id(ad.title, ad.description)
        ways = self._codes_of.setdefault(content, [])
        if codes not in ways:
            ways.append(codes)
        position = ways.index(codes)
        return f"{content}-{position + 1}" if position else content
