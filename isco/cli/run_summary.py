"""What isco classify says when it is done: counts by path, and what the LLM cost, by stage."""

from collections.abc import Mapping

from isco.cli import logs
from isco.cli.terminal import note
from isco.core.records import PredictionPath
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.run import RunSummary


def summarise(
    summary: RunSummary,
    identity: RunIdentity,
    usage: Mapping[str, StageUsage],
    notice: str | None,
) -> int:
    """Say it on standard error; the exit status that follows."""
    parts = [f"{summary.paths[path]} {path}" for path in PredictionPath if summary.paths[path]]
    counts = f"{summary.rows} ads: {', '.join(parts) or 'none'}"
    notice = notice if summary.rows else None
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
            llm=identity.llm,
            usage={stage: cost.as_dict() for stage, cost in usage.items()},
            notice=notice,
        )
        return status
    note(counts)
    coded = summary.rows - summary.paths[PredictionPath.NOT_A_JOB] - summary.errors
    if coded:
        share = summary.paths[PredictionPath.UNANIMOUS] / coded
        was = "was" if identity.reranks else "would have been"
        note(f"unanimous: {share:.1%}; an LLM {was} asked about {summary.disagreed} ads")
    if summary.resumed:
        note(f"{summary.resumed} of them were done by an earlier run")
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
