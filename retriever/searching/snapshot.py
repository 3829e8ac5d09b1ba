"""What was read from the embedded Qdrant, kept as plain arrays beside it.

The embedded Qdrant loads every point of all its collections before it answers, and is open to one
process at a time. A snapshot is read in a tenth of a second and by any number of processes, which
share its pages. It stands for one state of Qdrant's folder alone: after any change there, Qdrant
is read again. Each language has a folder of its own in it, read when an ad needs it. Checksums tell
a snapshot that is broken or cut off; one that can't be read or written costs time and nothing else.
"""

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from isco.core import __version__, lexical, words
from isco.core.array_folder import (
    BROKEN,
    UNFINISHED,
    Arrays,
    Content,
    keep_whole,
    read_arrays,
    write_arrays,
)
from isco.core.learned_fit import LearnedFit
from isco.core.records import Concept
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, LabelledAd
from isco.core.store.folder_state import folder_state
from isco.core.store.metadata import READY
from isco.core.store.points import concept_of, payload_of
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes, Load
from isco.retriever.searching.search_data import SearchData

# Changes with the layout of a snapshot. Fields that come and go are seen by themselves.
_SCHEMA = 3
_RECORDS = (Concept, LabelledAd, ConceptIndex, CollectionMetadata, SearchData)
_VECTOR = "vector"


def state_to_keep(settings: Settings) -> str | None:
    """The state that a snapshot taken now would stand for; None when none can be taken.

    A server has no such state: what is in its collections may change unseen.
    """
    if settings.qdrant.mode != "local":
        return None
    return folder_state(settings.qdrant_path)


def load_snapshot(settings: Settings, state: str | None, load: Load) -> SearchData | None:
    """The snapshot of that state with the searched kinds, its arrays mapped and read-only.

    `load` reads from Qdrant a further language that turns out to be broken. None when there is no
    snapshot whose main language is whole.
    """
    if state is None:
        return None
    folder = _folder(settings, state)
    try:
        return _data_of(*read_arrays(folder), folder, load)
    except BROKEN:
        return None


@dataclass(frozen=True)
class _FromSnapshot:
    """Loads a language from a snapshot's folder, else by `otherwise`."""

    folder: Path
    otherwise: Load

    def __call__(self, language: str) -> ConceptIndex:
        try:
            return _index_of(*read_arrays(self.folder / language))
        except BROKEN:
            return self.otherwise(language)


def keep_snapshot(settings: Settings, state: str, data: SearchData) -> None:
    """Keep `data` as the snapshot of that state, and remove those of other states.

    Written aside and renamed. Where that fails, there is none.
    """
    folder = _folder(settings, state)

    def make(aside: Path) -> None:
        write_arrays(aside, *_parts_of(data))
        for language, index in data.indexes.items():
            write_arrays(aside / language, *_parts_of_index(index))

    with suppress(OSError):
        keep_whole(folder, make)
        _remove_old(settings.snapshots_path, folder.name)


def snapshots_size(settings: Settings) -> int:
    """Bytes of all snapshots, and of what is computed of labelled ads."""
    folders = (settings.snapshots_path, settings.labelled_path)
    found = (path for folder in folders for path in folder.rglob("*"))
    return sum(path.stat().st_size for path in found if path.is_file())


def clear_snapshots(settings: Settings) -> None:
    """Remove all snapshots, and what is computed of labelled ads."""
    for folder in (settings.snapshots_path, settings.labelled_path):
        shutil.rmtree(folder, ignore_errors=True)


def _folder(settings: Settings, state: str) -> Path:
    """<Qdrant's folder>-<its state and this program>-<what is searched>, each as a hash."""
    qdrant = settings.qdrant
    code = [
        _SCHEMA,
        __version__,
        [lexical.DIMENSIONS, words.DIMENSIONS],
        *([f.name for f in fields(r)] for r in _RECORDS),
    ]
    asked = [sorted(settings.search.kinds), qdrant.alias, qdrant.labelled_collection]
    parts = (str(settings.qdrant_path.resolve()), [code, state], asked)
    return settings.snapshots_path / "-".join(map(_hash, parts))


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:20]


def _remove_old(root: Path, name: str) -> None:
    """Those of the same folder in other states, and what killed processes left."""
    place, state, _ = name.split("-")
    for path in root.iterdir():
        old = path.name.startswith(f"{place}-") and not path.name.startswith(f"{place}-{state}-")
        if old or path.name.startswith(UNFINISHED):
            shutil.rmtree(path, ignore_errors=True)


def _parts_of(data: SearchData) -> tuple[Content, Arrays]:
    """All but the indexes as plain JSON and arrays, none of them empty."""
    arrays: Arrays = {}
    if data.labelled:
        arrays["labelled"] = np.stack([ad.vector for ad in data.labelled])
    content = {
        "metadata": data.metadata.to_payload(READY),
        "labelled": [_without_vector(ad) for ad in data.labelled],
        "fit": data.fit and data.fit.as_dict(),
    }
    return content, arrays


def _data_of(content: Content, arrays: Arrays, folder: Path, load: Load) -> SearchData:
    """The inverse of `_parts_of`, with the indexes of `folder`."""
    metadata = CollectionMetadata.from_payload(content["metadata"])
    if metadata is None:
        raise ValueError("the metadata are of another schema")
    main = metadata.languages[0]
    indexes = LanguageIndexes(
        metadata.languages,
        {main: _index_of(*read_arrays(folder / main))},
        _FromSnapshot(folder, load),
    )
    labelled = tuple(
        LabelledAd(**values, vector=arrays["labelled"][row])
        for row, values in enumerate(content["labelled"])
    )
    fitted = content["fit"]
    return SearchData(indexes, metadata, labelled, LearnedFit.of(fitted) if fitted else None)


def _without_vector(ad: LabelledAd) -> dict[str, Any]:
    return {f.name: getattr(ad, f.name) for f in fields(ad) if f.name != _VECTOR}


def _parts_of_index(index: ConceptIndex) -> tuple[Content, Arrays]:
    arrays: Arrays = {
        "dense": index.dense,
        "labels": index.labels,
        "starts": index.starts,
        "code_row": index.code_row,
        **_parts_of_matrix("lexical", index.lexical),
    }
    if index.classifier is not None:
        arrays["classifier"] = index.classifier
    if index.words is not None:
        arrays |= _parts_of_matrix("words", index.words)
    content = {
        "concepts": [payload_of(concept) for concept in index.concepts],
        "titles": dict(index.titles),
    }
    return content, arrays


def _index_of(content: Content, arrays: Arrays) -> ConceptIndex:
    """The inverse of `_parts_of_index`."""
    return ConceptIndex(
        concepts=tuple(concept_of(payload) for payload in content["concepts"]),
        dense=arrays["dense"],
        labels=arrays["labels"],
        starts=arrays["starts"],
        lexical=_matrix_of("lexical", arrays, lexical.DIMENSIONS),
        code_row=arrays["code_row"],
        classifier=arrays.get("classifier"),
        words=(_matrix_of("words", arrays, words.DIMENSIONS) if "words_values" in arrays else None),
        titles=content["titles"],
    )


def _parts_of_matrix(name: str, matrix: sparse.csr_matrix) -> Arrays:
    return {
        f"{name}_values": matrix.data,
        f"{name}_columns": matrix.indices,
        f"{name}_ends": matrix.indptr,
    }


def _matrix_of(name: str, arrays: Arrays, columns: int) -> sparse.csr_matrix:
    values, ends = arrays[f"{name}_values"], arrays[f"{name}_ends"]
    shape = (len(ends) - 1, columns)
    return sparse.csr_matrix((values, arrays[f"{name}_columns"], ends), shape=shape)
