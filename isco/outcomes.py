"""What came of learning, ingesting and evaluating: facts that print, and draw themselves in a
notebook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from isco.core.printable import printable
from isco.core.records import Row
from isco.tables import html_table

if TYPE_CHECKING:
    from isco.core.learned_fit import LearnedFit
    from isco.evaluation.evaluation import Evaluation
    from isco.ingest.summary import IngestSummary
    from isco.retriever.learning.label_checks import RefusedRow
    from isco.retriever.learning.learn import LearnSummary
    from isco.retriever.pipeline import Classified
    from isco.retriever.running.opening import OpenRun

Facts = list[tuple[str, str]]

_EXAMPLES = 5


class _Told:
    """A result that is a few facts: lines of name and text, or a table of two columns."""

    def facts(self) -> Facts:
        """Names and what there is to say; a name is empty where the line before goes on."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return lines_of(self.facts())

    def _repr_html_(self) -> str:
        return html_table(("", ""), self.facts())


@dataclass(frozen=True, repr=False)
class Learned(_Told):
    """What was learned of labelled ads; `fit` is what was fitted on all of them, None where the
    nearest titles alone have a say."""

    summary: "LearnSummary"
    fit: "LearnedFit | None"

    @property
    def learned(self) -> int:
        """Number of ads learned."""
        return self.summary.learned

    @property
    def refused(self) -> "tuple[RefusedRow, ...]":
        """The rows that were not learned, each with the reason."""
        return self.summary.refused

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, as `isco learn --json`."""
        return {**self.summary.as_dict(), **fit_as_dict(self.fit)}

    def facts(self) -> Facts:
        """As a table of two columns."""
        found = self.summary
        facts = [
            ("source", found.source),
            (
                "learned",
                f"{found.learned} ads of {found.codes} unit groups: {found.new} new, "
                f"{found.replaced} replaced",
            ),
            ("embedded", f"{found.embedded} titles, {found.reused} reused"),
        ]
        if found.pages:
            facts.append(("no job", f"{found.pages} of these ads are pages that are no job"))
        if found.uncoded:
            facts.append(("not coded", f"{found.uncoded} rows without a code, left out"))
        if found.repeated:
            said = f"{found.repeated} rows gave way to a later one of the same id"
            facts.append(("repeated", said))
        if found.changed:
            facts.append(("changed", f"{len(found.changed)} ads have another code than before"))
            facts += _examples(
                [f"{c.id}: {c.before} → {c.after}  {c.title}" for c in found.changed]
            )
        if found.contradictions:
            times = len(found.contradictions)
            facts.append(("contradict", f"{times} times the same title and text has several codes"))
            facts += _examples(
                [f"{', '.join(c.isco_codes)}  {c.title}" for c in found.contradictions]
            )
        if found.refused:
            facts.append(("refused", f"{len(found.refused)} rows"))
        return [*facts, *fit_facts(self.fit)]

    def __repr__(self) -> str:
        lines = [f"line {row.line}, ad {row.id}: {row.reason}" for row in self.refused[:_EXAMPLES]]
        return "\n".join((super().__repr__(), *lines))


@dataclass(frozen=True, repr=False)
class Ingested(_Told):
    """What was loaded into Qdrant, which is at `place`."""

    summary: "IngestSummary"
    place: str

    @property
    def taxonomy(self) -> str:
        """Name, version and language: "ESCO v1.2.1 en"."""
        return self.summary.taxonomy

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, as `isco ingest --json`."""
        return self.summary.as_dict()

    def facts(self) -> Facts:
        """As a table of two columns."""
        from isco.ingest.summary import loaded

        found = self.summary
        said = [*loaded(found), *found.done(self.place)]
        said += [("warning", f"{count} × {text}") for text, count in found.warnings.items()]
        return [*said, ("notice", found.notice)] if found.notice else said


@dataclass(frozen=True, repr=False)
class Evaluated:
    """How right the codes are. `evaluation` has every measure; `names` are the titles of groups by
    code, `seconds` what it took without loading anything."""

    evaluation: "Evaluation"
    names: Mapping[str, str]
    notice: str | None
    seconds: float

    @staticmethod
    def of(
        rows: Iterable[Row],
        run: "OpenRun[Classified]",
        chunk: int,
        column: str,
        progress: Callable[[int], None],
    ) -> "Evaluated":
        """Classify labelled ads, `chunk` at a time, and compare; `column` is where their codes
        stand, `progress` hears of rows done."""
        from isco.evaluation.evaluate import evaluate
        from isco.retriever.labelled.labels import LabelReader

        started = perf_counter()
        versions = run.identity.versions
        labels = LabelReader.of(run.data.index.concepts, column)
        evaluation = evaluate(rows, run.executor, chunk, versions, labels, run.usage, progress)
        seconds = perf_counter() - started
        return Evaluated(evaluation, run.data.index.titles, run.notice, seconds)

    @property
    def n(self) -> int:
        """Number of ads that count: those with a known code of four digits."""
        return self.evaluation.n

    @property
    def accuracy(self) -> dict[int, float]:
        """Share of right codes by number of digits, 4 to 1."""
        return self.evaluation.accuracy

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, as `isco evaluate --json`."""
        return self.evaluation.as_dict()

    def __repr__(self) -> str:
        from isco.evaluation.text_report import as_table

        return as_table(self.evaluation)

    def _repr_html_(self) -> str:
        from isco.evaluation.html.report_page import measures_of

        rows = [
            (row.name, f"{row.value:.3f}", f"{row.interval[0]:.2f}–{row.interval[1]:.2f}")
            for row in measures_of(self.evaluation)
        ]
        versions = self.evaluation.versions
        below = f"{self.n} labelled ads, {versions.taxonomy}, {versions.embedding}"
        return html_table(("", "share", "95%"), rows, below)


def lines_of(facts: Facts) -> str:
    """Facts as text, one a line."""
    return printable("\n".join(f"{name:<12}{text}" for name, text in facts))


def fit_facts(fit: "LearnedFit | None") -> Facts:
    """What is fitted on labelled ads, and what to expect of it, for people."""
    if fit is None:
        return [("confidence", "as shipped")]
    confidence = ("confidence", f"fitted on {fit.origin}")
    told = {
        form: gain for form, each in fit.forms.items() if (gain := each.gain.expected) is not None
    }
    if not told:
        return [("expected", f"{fit.gain.ads} ads are too few to say what they bring"), confidence]
    facts: Facts = []
    for form, gain in told.items():
        of_form = f" of {form}" if len(fit.forms) > 1 else ""
        facts += [
            (
                "" if facts else "expected",
                f"4 digits right on new ads{of_form}: {gain.before:.3f} by the taxonomy alone, "
                f"{gain.after:.3f} with what was learned",
            ),
            ("", f"(of {gain.ads} of the {fit.ads} ads, each judged without itself)"),
        ]
    return [*facts, confidence]


def fit_as_dict(fit: "LearnedFit | None") -> dict[str, Any]:
    """As plain JSON types."""
    if fit is None:
        return {"confidence": "as shipped", "expected": None, "expected_by_form": {}}
    expected = {form: each.gain.expected for form, each in fit.forms.items()}
    return {
        "confidence": f"fitted on {fit.origin}",
        "expected": (overall := fit.gain.expected) and overall.as_dict(),
        "expected_by_form": {str(form): gain and gain.as_dict() for form, gain in expected.items()},
    }


def _examples(lines: Sequence[str]) -> Facts:
    return [("", line) for line in lines[:_EXAMPLES]]
