"""What a run is, whoever runs it: all that its rows depend on besides the ads.

Found out without opening a model, so that a process that only hands out work and writes needs none.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from isco.core.learned_fit import LearnedFit
from isco.core.records import Versions
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.llm_stages import identify_stages
from isco.retriever.reading.sharding import Shard
from isco.retriever.searching.search_data import SearchData

# Sections that decide what a row is; the others only decide how it is come by.
_DECISIVE = (
    "input",
    "screening",
    "language",
    "translation",
    "extraction",
    "search",
    "decision",
    "confidence",
    "learning",
    "reranking",
    "output",
)


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """`versions` stand in every row; `decisive` are the settings that rows depend on, by section;
    `learned` stands for the labelled ads, None without any. `llm` says which backend was chosen,
    and why."""

    versions: Versions
    decisive: Mapping[str, Any]
    learned: str | None
    llm: str

    @property
    def asks_llm(self) -> bool:
        """Whether a language model has a say in the rows."""
        return self.versions.llm is not None

    @property
    def reranks(self) -> bool:
        """Whether one is asked where the neighbours disagree."""
        return "reranking" in (self.versions.prompts or "")

    def mark(self, kind: str, shard: Shard | None = None) -> str:
        """A hash of it, for an output of format `kind`: by it a run knows its unfinished output."""
        decisive = dict(self.decisive)
        if shard:
            decisive["shard"] = str(shard)
        if self.learned:
            decisive["learned"] = self.learned
        if kind != "csv":
            decisive.pop("output", None)
        content = json.dumps([decisive, asdict(self.versions), kind], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    @staticmethod
    def of(
        settings: Settings,
        versions: Versions,
        labelled: Sequence[LabelledAd] = (),
        llm: str = "",
        fit: LearnedFit | None = None,
    ) -> "RunIdentity":
        """The identity of a run by `settings`, with `labelled` ads and what is `fit` on them, whose
        rows have `versions`."""
        decisive = {name: getattr(settings, name).model_dump(mode="json") for name in _DECISIVE}
        decisive["chunk"] = settings.classify.chunk
        decisive["llm.seed"] = settings.llm.seed
        return RunIdentity(versions, decisive, digest_of(labelled, fit), llm)


def identify_run(settings: Settings, data: SearchData) -> RunIdentity:
    """The identity of a run with these settings over `data`.

    An LLM server is asked which model it serves, a local model's files are sampled. Raises
    ConfigError for a prompt that is none, UnavailableError when an LLM's server can't be reached.
    """
    stages = identify_stages(settings)
    versions = replace(data.metadata.versions, llm=stages.model, prompts=stages.prompts)
    return RunIdentity.of(settings, versions, data.labelled, stages.choice, data.fit)


def digest_of(ads: Sequence[LabelledAd], fit: LearnedFit | None = None) -> str | None:
    """Of which ads have which codes: others, other predictions. None without any."""
    if not ads:
        return None
    content: list[Any] = sorted(
        (ad.source, ad.id, ad.codes, ad.title, ad.content, ad.text) for ad in ads
    )
    content.append(fit and fit.as_dict())
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()
