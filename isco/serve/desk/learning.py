"""What was decided at the desk, learned: the next ad like it shows that."""

from dataclasses import dataclass
from pathlib import Path

from isco.core.errors import InputError
from isco.retriever.learning.label_checks import content_id
from isco.serve.desk.desk import Desk
from isco.serve.desk.queued import QueuedAd
from isco.serve.engine import Engine


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

    Verdicts such as "not a job" are no codes, and are not learned. Raises as `Engine.learn`.
    """
    new, gone = desk.to_learn()
    ads = {key: ad for key in (*new, *gone) if (ad := desk.ad(key))}
    if gone:
        engine.forget(source, [_learned_id(ads[key]) for key in gone])
        desk.set_learned({}, gone)
    learned = 0
    if new:
        rows = [ads[key].as_ad(code) for key, code in new.items()]
        found = engine.learn(rows, source, len(rows))
        # What is refused has no text to go by, and is not tried again.
        desk.set_learned(new, ())
        learned = found.learned
    return DeskLearned(learned, len(gone))


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
