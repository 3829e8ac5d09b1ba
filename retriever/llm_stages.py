"""The stages that ask a language model, opened together: translate, extract, rerank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isco.core.records import Concept
from isco.core.settings import Settings
from isco.retriever.deciding.reranking import Reranker
from isco.retriever.llm import backend_problem, choose_backend, identify_model, open_backend
from isco.retriever.llm.answer_cache import AnswerCache
from isco.retriever.llm.base import Backend
from isco.retriever.llm.cached_backend import CachedBackend, StageUsage
from isco.retriever.llm.model import LanguageModel
from isco.retriever.llm.prompts import load_prompt
from isco.retriever.preparing.llm_extraction import LlmExtractor
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.preparing.translation import Translator


@dataclass(frozen=True, slots=True)
class StagesIdentity:
    """Which model answers, by which prompts; None where no stage asks one.

    `choice` says which backend was chosen and why.
    """

    choice: str
    model: str | None = None
    prompts: str | None = None


def identify_stages(settings: Settings) -> StagesIdentity:
    """What `open_stages` would open, found out without loading a model.

    Raises ConfigError for a prompt that is none, UnavailableError when a server can't be asked.
    """
    chosen = choose_backend(settings.llm)
    choice = f"{chosen.backend}: {chosen.reason}"
    wanted = _wanted(settings)
    if not wanted:
        return StagesIdentity(_no_stage(choice))
    model = identify_model(settings.llm)
    if model is None:
        return StagesIdentity(choice)
    labels = [load_prompt(stage, getattr(settings, stage).prompt).label for stage in wanted]
    return StagesIdentity(choice, model, ", ".join(labels))


def _no_stage(choice: str) -> str:
    return f"none: no stage is configured to ask one (backend {choice})"


@dataclass(frozen=True)
class LlmStages:
    """The stages that are wanted and can be had; None for the others.

    `choice` says which backend was chosen and why; `model` and `prompts` identify what answers;
    `usage` counts, by stage, while the stages are used.
    """

    choice: str
    model: str | None = None
    translator: Translator | None = None
    extractor: LlmExtractor | None = None
    reranker: Reranker | None = None
    usage: Mapping[str, StageUsage] = field(default_factory=dict)

    @property
    def prompts(self) -> str | None:
        """The versions of the prompts in use, None without any."""
        stages = (self.translator, self.extractor, self.reranker)
        return ", ".join(stage.prompt_version for stage in stages if stage) or None


def open_stages(settings: Settings, leaves: Sequence[Concept], rules: RuleExtractor) -> LlmStages:
    """Load or reach the configured model, and make of it the stages that the configuration wants.

    No model is loaded that no stage would ask. Raises as `open_backend` does.
    """
    chosen = choose_backend(settings.llm)
    choice = f"{chosen.backend}: {chosen.reason}"
    if not _wanted(settings):
        return LlmStages(_no_stage(choice))
    backend = open_backend(settings.llm)
    if backend is None:
        return LlmStages(choice)
    return stages_of(backend, AnswerCache(settings.answers_path), settings, leaves, rules, choice)


@dataclass(frozen=True, slots=True)
class LlmStatus:
    """Which backend would be used and why; `stages` would ask it; `problem` stands in the way."""

    choice: str
    stages: tuple[str, ...]
    problem: str | None


def find_llm_status(settings: Settings) -> LlmStatus:
    """What a classify would do about a language model. A server is asked; no model is loaded."""
    chosen = choose_backend(settings.llm)
    stages = _wanted(settings)
    problem = backend_problem(settings.llm) if stages else None
    return LlmStatus(f"{chosen.backend}: {chosen.reason}", stages, problem)


def stages_of(
    backend: Backend,
    cache: AnswerCache,
    settings: Settings,
    leaves: Sequence[Concept],
    rules: RuleExtractor,
    choice: str = "given",
) -> LlmStages:
    """The wanted stages over a backend that is there; answers are kept in `cache`."""
    cached = CachedBackend(backend, cache, settings.llm.give_up_after)
    model = LanguageModel(cached, settings.llm.seed)
    wanted = _wanted(settings)
    return LlmStages(
        choice=choice,
        model=f"{backend.name}@{backend.revision}",
        translator=Translator(model, settings.translation) if "translation" in wanted else None,
        extractor=LlmExtractor(model, rules, settings.extraction)
        if "extraction" in wanted
        else None,
        reranker=Reranker(model, leaves, settings.reranking) if "reranking" in wanted else None,
        usage=cached.usage,
    )


def _wanted(settings: Settings) -> tuple[str, ...]:
    """The stages that the configuration wants an LLM for, in their order."""
    when = settings.translation.when
    wanted = {
        "translation": when == "always" or (when == "auto" and settings.embedding.english_only),
        "extraction": settings.extraction.by == "llm",
        "reranking": settings.reranking.when != "never",
    }
    return tuple(stage for stage, is_wanted in wanted.items() if is_wanted)
