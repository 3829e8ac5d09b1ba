"""The pages of the desk: code, adjudicate, see how far it has come."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse

from isco.core.errors import InputError
from isco.evaluation.agreement import LEVELS, agreement_of_pairs, alpha_of_all
from isco.review.decisions import Verdict
from isco.serve.desk.desk import MACHINE, Desk
from isco.serve.desk.learning import DeskLearner, as_code, source_of
from isco.serve.desk.marking import NameWords
from isco.serve.desk.report import DeskReport
from isco.serve.desk.session import Session
from isco.serve.desk.views import last_done, view_of
from isco.serve.engine import Engine
from isco.serve.html import page
from isco.serve.loaded import Loaded
from isco.serve.metrics import Metrics
from isco.serve.problems import ProblemError

_LONGEST_NOTE = 2000
_VERDICTS = {str(verdict): verdict for verdict in Verdict}


class DeskPages:
    """What the pages of a desk share."""

    def __init__(
        self, engine: Engine, desk: Desk, path: Path, metrics: Metrics, codes: str
    ) -> None:
        self.engine = engine
        self.desk = desk
        self.report = DeskReport(engine, desk, codes)
        self.learner = DeskLearner(engine, desk, source_of(path), metrics)
        self._words: tuple[Loaded, dict[str, NameWords]] | None = None

    @property
    def hidden(self) -> bool:
        """Whether coders decide without the machine's candidates."""
        return self.engine.settings.serve.machine == "hidden"

    def words(self, language: str | None) -> NameWords:
        """The words of the names of the taxonomy in use, in a language if it has that."""
        loaded = self.engine.loaded
        if self._words is None or self._words[0] is not loaded:
            self._words = (loaded, {})
        known = self._words[1]
        if language not in loaded.languages:
            language = loaded.languages[0]
        if language not in known:
            known[language] = NameWords.of(loaded.tree(language))
        return known[language]

    def said(self, fields: Mapping[str, str]) -> str:
        """A code or verdict of a form. Raises InputError for any other."""
        given = fields.get("said", "")
        if given == "typed":
            given = fields.get("typed", "")
        return given if given in _VERDICTS else as_code(given, self.engine)

    def coding_page(self, session: Session, key: str | None, wrong: str = "") -> Response:
        """The next ad for a coder, or the one of that key."""
        desk = self.desk
        ad = desk.take_next(session.coder, key)
        common: dict[str, Any] = {
            "session": session,
            "progress": desk.progress(),
            "last": last_done(desk, session.coder, self.engine.loaded.tree()),
            "wrong": wrong,
            "to_learn": sum(map(len, desk.to_learn())),
            "learner": self.learner,
            "disagreed": len(desk.disagreed()),
            "notice": self.engine.loaded.data.metadata.notice,
        }
        if ad is None:
            return page("nothing_left.html.jinja", **common)
        view = view_of(self.engine, desk, ad, session.coder, self.words)
        majors = self.engine.loaded.tree().children(None)
        return page(
            "code.html.jinja",
            status=422 if wrong else 200,
            view=view,
            hidden=self.hidden,
            majors=majors,
            verdicts=Verdict,
            **common,
        )

    def decide(self, session: Session, fields: Mapping[str, str]) -> Response:
        """Take in what a coder decided, or put off."""
        ad = self.desk.ad(fields.get("ad", ""))
        if ad is None:
            raise ProblemError(404, "that ad is not in the queue")
        note = fields.get("note", "").strip()[:_LONGEST_NOTE]
        if fields.get("said") == "skip":
            self.desk.skip(session.coder, ad.key, note)
            return RedirectResponse("/desk", 303)
        try:
            said = self.said(fields)
        except InputError as error:
            return self.coding_page(session, ad.key, str(error))
        view = view_of(self.engine, self.desk, ad, session.coder, self.words)
        alike = fields.get("alike") == "yes"
        self.desk.decide(session.coder, ad.key, said, note, view.shown(self.hidden), alike)
        if self.engine.settings.learning.immediately:
            self.learner.begin()
        return RedirectResponse("/desk", 303)

    def adjudication_page(self, session: Session, wrong: str = "") -> Response:
        """The first ad on which coders disagree."""
        disagreed = self.desk.disagreed()
        view = standing = None
        labels: dict[str, str] = {}
        if disagreed:
            ad = disagreed[0]
            view = view_of(self.engine, self.desk, ad, session.coder, self.words)
            standing = self.desk.standing(ad.key)
            tree = self.engine.loaded.tree()
            said = {entry.said for entry in standing.by_coder.values()}
            labels = {code: group.label for code in said if (group := tree.get(code))}
        return page(
            "adjudicate.html.jinja",
            status=422 if wrong else 200,
            session=session,
            last=last_done(self.desk, session.coder, self.engine.loaded.tree()),
            view=view,
            standing=standing,
            labels=labels,
            left=len(disagreed),
            majors=self.engine.loaded.tree().children(None),
            verdicts=Verdict,
            wrong=wrong,
        )

    def settle(self, session: Session, fields: Mapping[str, str]) -> Response:
        """Take in what an adjudicator decided."""
        key = fields.get("ad", "")
        if self.desk.ad(key) is None:
            raise ProblemError(404, "that ad is not in the queue")
        try:
            said = self.said(fields)
        except InputError as error:
            return self.adjudication_page(session, str(error))
        note = fields.get("note", "").strip()[:_LONGEST_NOTE]
        self.desk.settle(session.coder, key, said, note)
        if self.engine.settings.learning.immediately:
            self.learner.begin()
        return RedirectResponse("/desk/adjudicate", 303)

    def agreement_page(self, session: Session) -> Response:
        """How far coders agree with each other and with the machine."""
        said = self.desk.said_by()
        people = {name: codes for name, codes in said.items() if name != MACHINE}
        return page(
            "agreement.html.jinja",
            session=session,
            pairs=agreement_of_pairs(said),
            alpha=alpha_of_all(people),
            machine=MACHINE,
            levels=LEVELS,
            progress=self.desk.progress(),
        )
