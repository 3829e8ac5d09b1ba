"""What was read from Qdrant, kept on this machine as plain arrays.

The embedded Qdrant loads every point of all its collections before it answers, and is open to one
process at a time; a server sends a hundred megabytes. What is kept is read in a tenth of a second
and by any number of processes, which share its pages.

A collection never changes once it is in use, and labelled ads have a revision: what is kept of them
stands for what Qdrant says of them (`InUse`). A server is asked that; of an embedded Qdrant it is
kept as well, and stands for one state of its folder. Each language has a folder of its own, read
when an ad needs it. Checksums tell what is broken or cut off; what can't be read or written costs
time and nothing else.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from isco.core import __version__, lexical, words
from isco.core.array_folder import (
    BROKEN,
    UNFINISHED,
    keep_whole,
    read_arrays,
    write_arrays,
)
from isco.core.records import Concept
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, LabelledAd
from isco.core.store.folder_state import folder_state
from isco.core.store.in_use import InUse, LabelledInUse
from isco.core.store.place import place_as_kept
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes, Load
from isco.retriever.searching.snapshot_content import (
    index_of,
    labelled_of,
    parts_of_index,
    parts_of_labelled,
)

# Changes with the layout of a snapshot. Fields that come and go are seen by themselves.
_SCHEMA = 6
_RECORDS = (Concept, LabelledAd, ConceptIndex, CollectionMetadata, InUse, LabelledInUse)
# Of each kind so many are kept, those that were used last.
_KEPT = 2
# Under which key labelled ads say which collection they are of.
_OF = "collection"
_TAXONOMY, _LABELLED, _SAID = "taxonomy", "labelled", "said"
_OURS = re.compile(r"(taxonomy|labelled|said)-([0-9a-f]{20})-[0-9a-f]{20}")
_OF_EARLIER_RELEASES = re.compile(r"[0-9a-f]{20}(-[0-9a-f]{20}){2}")


def keeps_snapshots(settings: Settings) -> bool:
    """Whether what is read is worth keeping: what is in memory ends with each command."""
    return settings.qdrant.mode != "memory"


def state_to_keep(settings: Settings) -> str | None:
    """The state of the embedded Qdrant's folder; None where there is none."""
    if settings.qdrant.mode != "local":
        return None
    return folder_state(settings.qdrant_path)


def recall(settings: Settings, state: str | None) -> InUse | None:
    """What an embedded Qdrant said is in use when its folder was in that state, if that is kept."""
    if state is None:
        return None
    folder = _folder(settings, _SAID, place_as_kept(settings))
    with suppress(*BROKEN):
        content, _ = read_arrays(folder)
        if content["state"] == state:
            return InUse.of(content["in_use"])
    return None


def remember(settings: Settings, state: str, in_use: InUse) -> None:
    """Keep what an embedded Qdrant says is in use, for its folder in that state."""
    folder = _folder(settings, _SAID, place_as_kept(settings))
    _keep(folder, {"state": state, "in_use": in_use.as_dict()})


def load_indexes(settings: Settings, in_use: InUse, load: Load) -> LanguageIndexes | None:
    """What is kept of the collection in use, with the searched kinds, its arrays mapped and
    read-only.

    `load` reads from Qdrant a further language that is not kept or turns out to be broken. None
    when the main language is not kept whole.
    """
    folder = _taxonomy(settings, in_use)
    main = in_use.metadata.languages[0]
    try:
        loaded = {main: index_of(*read_arrays(folder / main))}
    except BROKEN:
        return None
    _used(folder)
    return LanguageIndexes(in_use.metadata.searched_languages, loaded, _Kept(folder, load))


@dataclass(frozen=True)
class _Kept:
    """Loads a language from where it is kept, else by `otherwise`, and keeps it."""

    folder: Path
    otherwise: Load

    def __call__(self, language: str) -> ConceptIndex:
        folder = self.folder / language
        with suppress(*BROKEN):
            return index_of(*read_arrays(folder))
        index = self.otherwise(language)
        _keep(folder, *parts_of_index(index))
        return index


def keep_indexes(settings: Settings, in_use: InUse, indexes: Mapping[str, ConceptIndex]) -> None:
    """Keep those languages of the collection in use. Where that fails, they are not kept."""
    for language, index in indexes.items():
        _keep(_taxonomy(settings, in_use) / language, *parts_of_index(index))
    _remove_old(settings)


def load_labelled(settings: Settings, said: LabelledInUse) -> tuple[LabelledAd, ...] | None:
    """The labelled ads that are kept as Qdrant has them, the same ones; None when none are."""
    folder = _folder(settings, _LABELLED, place_as_kept(settings), said.key)
    try:
        ads = labelled_of(*read_arrays(folder))
    except BROKEN:
        return None
    _used(folder)
    return ads


def keep_labelled(settings: Settings, said: LabelledInUse, ads: Sequence[LabelledAd]) -> None:
    """Keep the labelled ads, as they were read while Qdrant said that of them."""
    folder = _folder(settings, _LABELLED, place_as_kept(settings), said.key)
    content, arrays = parts_of_labelled(ads)
    _keep(folder, {**content, _OF: said.collection}, arrays)
    _remove_old(settings)


def earlier_labelled(settings: Settings, said: LabelledInUse) -> tuple[LabelledAd, ...]:
    """The labelled ads of the same collection that were kept last, whatever was learned since."""
    ours = f"{_LABELLED}-{_code()}-*"
    with suppress(OSError):
        for folder in sorted(settings.snapshots_path.glob(ours), key=_last_used, reverse=True):
            with suppress(*BROKEN):
                content, arrays = read_arrays(folder)
                if content.get(_OF) == said.collection:
                    return labelled_of(content, arrays)
    return ()


def snapshots_size(settings: Settings) -> int:
    """Bytes of all snapshots, and of what is computed of labelled ads."""
    folders = (settings.snapshots_path, settings.labelled_path)
    found = (path for folder in folders for path in folder.rglob("*"))
    return sum(path.stat().st_size for path in found if path.is_file())


def clear_snapshots(settings: Settings) -> None:
    """Remove all snapshots, and what is computed of labelled ads."""
    for folder in (settings.snapshots_path, settings.labelled_path):
        shutil.rmtree(folder, ignore_errors=True)


def _taxonomy(settings: Settings, in_use: InUse) -> Path:
    kinds = sorted(settings.search.kinds)
    return _folder(settings, _TAXONOMY, place_as_kept(settings), in_use.key, kinds)


def _folder(settings: Settings, kind: str, *of: Any) -> Path:
    """<kind>-<this program>-<what it is of>, the latter two as hashes."""
    asked = [settings.qdrant.alias, settings.qdrant.labelled_collection, *of]
    return settings.snapshots_path / f"{kind}-{_code()}-{_hash(asked)}"


def _code() -> str:
    """Stands for this program, as far as snapshots depend on it."""
    return _hash(
        [
            _SCHEMA,
            __version__,
            [lexical.DIMENSIONS, words.DIMENSIONS],
            *([f.name for f in fields(r)] for r in _RECORDS),
        ]
    )


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:20]


def _keep(folder: Path, content: dict[str, Any], arrays: Any = None) -> None:
    """Written aside and renamed."""
    make: Callable[[Path], None] = lambda aside: write_arrays(aside, content, arrays or {})  # noqa: E731
    with suppress(OSError):
        keep_whole(folder, make)


def _used(folder: Path) -> None:
    """Let a snapshot be the newest."""
    with suppress(OSError):
        os.utime(folder)


def _remove_old(settings: Settings) -> None:
    """All but the newest of each kind; those of another version of this program; what killed
    processes left."""
    root = settings.snapshots_path
    this = _OURS.fullmatch(_folder(settings, _SAID).name)
    kept: dict[str, list[Path]] = {}
    with suppress(OSError):
        for path in root.iterdir():
            found = _OURS.fullmatch(path.name)
            if found and this and found[2] == this[2]:
                kept.setdefault(found[1], []).append(path)
            elif found or _OF_EARLIER_RELEASES.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)
        for path in (*root.glob(f"{UNFINISHED}*"), *root.glob(f"*/{UNFINISHED}*")):
            shutil.rmtree(path, ignore_errors=True)
        for paths in kept.values():
            for path in sorted(paths, key=_last_used, reverse=True)[_KEPT:]:
                shutil.rmtree(path, ignore_errors=True)


def _last_used(path: Path) -> float:
    return path.stat().st_mtime
