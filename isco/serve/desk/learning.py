"""What was decided at the desk, learned: the next ad like it shows that."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from isco.core.errors import InputError, IscoError
from isco.retriever.learning.label_checks import content_id
from isco.serve.desk.desk import Desk
from isco.serve.desk.queued import QueuedAd
from isco.serve.engine import Engine
from isco.serve.metrics import Metrics

# Seconds for which a coder waits for what they decided to be learned.
_MOMENT = 2.0


@dataclass(frozen=True, slots=True)
class DeskLearned:
    """Ads that were learned, and those that count no longer and were forgotten."""

    learned: int
    forgotten: int


def source_of(desk_path: Path) -> str:
    """Under which source the decisions of a desk are learned."""
    return f"desk {desk_path.name.partition('.')[0]}"


def learn_decided(engine: Engine, desk: Desk, source: str) -> DeskLearned:
    """Learn what counts and was not learned yet; forget what was taken back since.

    That an ad can't be coded is not learned. Raises as `Engine.learn`.
    """
    new, gone = desk.to_learn()
    ads = {key: ad for key in (*new, *gone) if (ad := desk.ad(key))}
    if gone:
        engine.forget(source, [_learned_id(ads[key]) for key in gone])
        desk.set_learned({}, gone)
    learned = 0
    if new:
        rows = [
            replace(ads[key].as_ad(code), like=_learned_id(lead) if lead else "")
            for key, code in new.items()
            for lead in (desk.decided_with(key),)
        ]
        found = engine.learn(rows, source, as_ads=True, fit_later=True)
        # What is refused has no text to go by, and is not tried again.
        desk.set_learned(new, ())
        learned = found.learned
    return DeskLearned(learned, len(gone))


class DeskLearner:
    """Learns beside whoever codes, one after the other; `problem` says why that failed last."""

    def __init__(self, engine: Engine, desk: Desk, source: str, metrics: Metrics) -> None:
        self.problem = ""
        self._engine = engine
        self._desk = desk
        self._source = source
        self._metrics = metrics
        self._one_by_one = ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []

    @property
    def at_work(self) -> bool:
        """Whether something is being learned now."""
        self._begun = [each for each in self._begun if not each.done()]
        return bool(self._begun)

    def begin(self) -> None:
        """Learn what counts. Often that is done in a moment, which is waited for."""
        self._begun.append(self._one_by_one.submit(self._learn))
        wait(self._begun, _MOMENT)

    def _learn(self) -> None:
        try:
            found = learn_decided(self._engine, self._desk, self._source)
        except IscoError as error:
            self.problem = str(error)
        else:
            self.problem = ""
            self._metrics.learned(found.learned)


def as_code(text: str, engine: Engine) -> str:
    """A code of the taxonomy in use, as somebody typed it. Raises InputError for any other."""
    code = text.strip()
    if engine.loaded.tree().get(code) is None:
        raise InputError(f"{code or 'nothing'} is no group of the taxonomy in use")
    return code


def _learned_id(ad: QueuedAd) -> str:
    """The id under which it was learned."""
    given = ad.as_ad()
    return content_id(given.title, given.description) if given.numbered else given.id
