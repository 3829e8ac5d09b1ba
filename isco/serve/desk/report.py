"""The report of the predictions behind a desk, as `isco report` makes it."""

import re
import tempfile
import threading
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse

from isco.core import __version__
from isco.core.progress import Silent
from isco.report.page import PageFacts, run_page
from isco.report.run_report import report_run
from isco.retriever.labelled.labels import LabelReader
from isco.serve.desk.desk import Desk
from isco.serve.desk.exports import decisions_as_sheet
from isco.serve.engine import Engine
from isco.serve.loaded import Loaded
from isco.serve.problems import ProblemError

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class DeskReport:
    """The report of the predictions in the file or folder `codes`. It is made anew when these have
    changed, or something was decided: ads drawn at random say how right accepted ones are."""

    def __init__(self, engine: Engine, desk: Desk, codes: str) -> None:
        self._engine = engine
        self._desk = desk
        self._codes = codes
        self._turn = threading.Lock()
        self._made: tuple[tuple[Loaded, int, int], str] | None = None

    def page(self) -> HTMLResponse:
        """The page. Raises ProblemError (404) where the predictions are gone, InputError for what
        are none any more."""
        with self._turn:
            codes = Path(self._codes)
            if not self._codes or not codes.exists():
                raise ProblemError(404, f"the predictions {self._codes} are not there any more")
            changed = codes.stat().st_mtime_ns
            state = (self._engine.loaded, changed, len(self._desk.entries()))
            if self._made is None or self._made[0] != state:
                self._made = (state, self._make(state[0]))
            return _as_answer(self._made[1])

    def _make(self, loaded: Loaded) -> str:
        settings = self._engine.settings
        labels = LabelReader.of(loaded.data.index.concepts, settings.input.isco_code)
        with tempfile.TemporaryDirectory(prefix="isco-") as folder:
            sheet = Path(folder) / "decisions.csv"
            lines = decisions_as_sheet(self._desk, settings.input)
            sheet.write_text("".join(lines), encoding="utf-8", errors="replace")
            coded = [str(sheet)] if self._desk.progress().done else []
            report = report_run(settings, self._codes, None, coded, False, Silent(), labels)
        made = datetime.now().astimezone()
        return run_page(report, PageFacts(Path(self._codes).name, None, made, __version__))


def _as_answer(text: str) -> HTMLResponse:
    """A page that carries its own style, under a policy that allows that one alone."""
    content = text.encode("utf-8", "replace")
    styles = " ".join(
        f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
        for style in _STYLE.findall(text)
    )
    policy = f"default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'"
    headers = {"cache-control": "no-store", "content-security-policy": policy}
    return HTMLResponse(content, headers=headers)
