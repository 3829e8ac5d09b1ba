"""What isco classify says when it is done: counts by path, and what the LLM cost, by stage."""

from collections import Counter
from collections.abc import Mapping, Sequence

from isco.cli import logs
from isco.cli.terminal import note
from isco.core.records import PredictionPath
from isco.core.store import CollectionMetadata
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.preparing.language import language_name
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.run import RunSummary

# So many ads in a language, and such a share of all, are no slips of the detector; nor is such a
# share in several languages together.
_MANY, _MUCH, _MUCH_TOGETHER = 10, 0.05, 0.25
_FEW, _MOST = 3, 0.5
_SHOWN = 5


def summarise(
    summary: RunSummary,
    identity: RunIdentity,
    usage: Mapping[str, StageUsage],
    taxonomy: CollectionMetadata,
) -> int:
    """Say it on standard error; the exit status that follows. `taxonomy` is what was searched."""
    parts = [f"{summary.paths[path]} {path}" for path in PredictionPath if summary.paths[path]]
    counts = f"{summary.rows} ads: {', '.join(parts) or 'none'}"
    notice = taxonomy.notice if summary.rows else None
    lacking = languages_lacking(summary.languages, taxonomy.languages)
    status = 1 if summary.errors else 0
    if logs.is_json():
        logs.event(
            "summary",
            counts,
            rows=summary.rows,
            paths=dict(summary.paths),
            errors=summary.errors,
            disagreed=summary.disagreed,
            resumed=summary.resumed,
            languages=dict(summary.languages),
            languages_lacking=lacking,
            left_out=dict(summary.left_out),
            llm=identity.llm,
            usage={stage: cost.as_dict() for stage, cost in usage.items()},
            notice=notice,
        )
        return status
    note(counts)
    if summary.resumed:
        note(f"{summary.resumed} of them were done by an earlier run")
    if summary.left_out:
        note(
            f"in the CSV file there is no column for {_listed(summary.left_out)}, which the first "
            "ads do not have: JSONL and Parquet hold everything"
        )
    if lacking:
        wanted = ",".join((*taxonomy.languages, *lacking))
        told = ", ".join(f"{count} in {language_name(code)}" for code, count in lacking.items())
        note(
            f"{told}: the taxonomy lacks that, and such ads are searched in "
            f"{language_name(taxonomy.languages[0])}, where fewer are right. With a download in "
            f"it: isco ingest --source PATH --language {wanted}"
        )
    if identity.asks_llm:
        if identity.reranks:
            note(f"an LLM was asked about {summary.disagreed} ads on which the leaves disagree")
        note(f"LLM {identity.llm}")
    for stage, cost in usage.items():
        note(
            f"{stage:<12} {cost.calls} calls, {cost.cache_hits} answers from the cache, "
            f"{cost.tokens_in} tokens in, {cost.tokens_out} out, {cost.failures} failed, "
            f"{cost.seconds:.1f} s"
        )
    if notice:
        note(notice)
    return status


def _listed(fields: Counter[str]) -> str:
    """The most frequent of them, with the numbers of their ads."""
    named = ", ".join(f"{name!r} ({ads} ads)" for name, ads in fields.most_common(_SHOWN))
    more = len(fields) - _SHOWN
    return f"{named} and {more} more" if more > 0 else named


def languages_lacking(found: Counter[str], languages: Sequence[str]) -> dict[str, int]:
    """Those that many ads are in and the taxonomy is not, by how many ads; the most frequent ones
    where only all of them together are many, or most of few ads."""
    total = found.total()
    # Those of as many ads by their codes, whatever came first.
    ranked = sorted(found.items(), key=lambda counted: (-counted[1], counted[0]))
    lacking = {code: ads for code, ads in ranked if code not in languages}
    many = {code: ads for code, ads in lacking.items() if ads >= max(_MANY, _MUCH * total)}
    together = sum(lacking.values())
    enough = together >= max(_MANY, _MUCH_TOGETHER * total)
    if many or not (enough or together >= max(_FEW, _MOST * total)):
        return many
    return dict(list(lacking.items())[:_SHOWN])
