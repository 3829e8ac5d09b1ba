"""What the confidence of a case rests on."""

from collections.abc import Sequence
from dataclasses import replace

from isco.core.calibration import LEADING, LEADING_TEXTS
from isco.core.records import Form
from isco.retriever.deciding.cases import Case
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.voting import Verdict


def evidence_of(case: Case, verdict: Verdict) -> Evidence:
    """The evidence for the code of `verdict`, which must have one."""
    code = verdict.isco_code or ""
    match, query = case.match, case.query
    found = Evidence.of(
        code,
        verdict.shares,
        case.candidates,
        match.best("labels", code),
        match.best("lexical", code),
    )
    foreign = query.foreign or match.is_foreign
    return replace(
        found,
        own_name=verdict.own_name,
        foreign=foreign,
        labelled=case.labelled,
        form=query.form,
        said=match.said_of(code, query.profile.title),
        unknown=case.unknown,
        unread=case.is_unread,
        language=match.language,
        listed=match.index.has_lists,
        leads=match.leads(() if case.labelled else _leading(query.form, foreign), code),
    )


def _leading(form: Form, foreign: bool) -> Sequence[str]:
    """The signals in which it counts, without labelled ads, how far the code is ahead. The words of
    a text in a language that the taxonomy lacks are like none of its words."""
    if form == Form.TITLE:
        return LEADING
    return () if foreign else (LEADING_TEXTS,)
