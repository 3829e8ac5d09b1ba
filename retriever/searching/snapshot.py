"""What was read from the embedded Qdrant, kept as plain arrays beside it.

The embedded Qdrant loads every point of all its collections before it answers, and is open to one
process at a time. A snapshot is read in a tenth of a second and by any number of processes, which
share its pages. It stands for one state of Qdrant's folder alone: after any change there, Qdrant
is read again. Checksums tell a snapshot that is broken or cut off; one that can't be read or
written costs time and nothing else.
"""

import hashlib
import json
import mmap
import os
import shutil
import uuid
import zlib
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from isco.core import __version__, lexical
from isco.core.atomic_write import put_in_place
from isco.core.calibration import Calibration
from isco.core.records import Concept
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, LabelledAd
from isco.core.store.folder_state import folder_state
from isco.core.store.metadata import READY
from isco.core.store.points import concept_of, payload_of
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.search_data import SearchData

# Changes with the layout of a snapshot. Fields that come and go are seen by themselves.
_SCHEMA = 2
_RECORDS = (Concept, LabelledAd, ConceptIndex, CollectionMetadata, SearchData)
_CONTENT, _CHECKSUMS = "content.json", "checksums.json"
_UNFINISHED = ".unfinished-"
_VECTOR = "vector"


def state_to_keep(settings: Settings) -> str | None:
    """The state that a snapshot taken now would stand for; None when none can be taken.

    A server has no such state: what is in its collections may change unseen.
    """
    if settings.qdrant.mode != "local":
        return None
    return folder_state(settings.qdrant_path)


def load_snapshot(settings: Settings, state: str | None) -> SearchData | None:
    """The snapshot of that state with the searched kinds, its arrays mapped and read-only.

    None when there is none that is whole.
    """
    if state is None:
        return None
    folder = _folder(settings, state)
    try:
        checksums = json.loads((folder / _CHECKSUMS).read_bytes())
        if any(_checksum(folder / name) != known for name, known in checksums.items()):
            return None
        content = json.loads((folder / _CONTENT).read_bytes())
        arrays = {
            path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
            for path in folder.glob("*.npy")
            if path.name in checksums
        }
        return _data_of(content, arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_snapshot(settings: Settings, state: str, data: SearchData) -> None:
    """Keep `data` as the snapshot of that state, and remove those of other states.

    Written aside and renamed. Where that fails, there is none.
    """
    root, folder = settings.snapshots_path, _folder(settings, state)
    aside = root / f"{_UNFINISHED}{os.getpid()}-{uuid.uuid4().hex}"
    with suppress(OSError):
        try:
            aside.mkdir(parents=True)
            content, arrays = _parts_of(data)
            for name, array in arrays.items():
                np.save(aside / f"{name}.npy", array, allow_pickle=False)
            (aside / _CONTENT).write_text(json.dumps(content), encoding="utf-8")
            checksums = {path.name: _checksum(path) for path in aside.iterdir()}
            (aside / _CHECKSUMS).write_text(json.dumps(checksums), encoding="utf-8")
            # One of that name is broken, or another process has just put it there.
            shutil.rmtree(folder, ignore_errors=True)
            put_in_place(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _remove_old(root, folder.name)


def snapshots_size(settings: Settings) -> int:
    """Bytes of all snapshots."""
    found = settings.snapshots_path.rglob("*")
    return sum(path.stat().st_size for path in found if path.is_file())


def clear_snapshots(settings: Settings) -> None:
    """Remove all snapshots."""
    shutil.rmtree(settings.snapshots_path, ignore_errors=True)


def _folder(settings: Settings, state: str) -> Path:
    """<Qdrant's folder>-<its state and this program>-<what is searched>, each as a hash."""
    qdrant = settings.qdrant
    code = [
        _SCHEMA,
        __version__,
        lexical.DIMENSIONS,
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
        if old or path.name.startswith(_UNFINISHED):
            shutil.rmtree(path, ignore_errors=True)


def _checksum(path: Path) -> list[int]:
    """Length and CRC-32. ValueError for an empty file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [len(content), zlib.crc32(content)]


def _parts_of(data: SearchData) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """`data` as plain JSON and arrays, none of them empty."""
    index = data.index
    arrays: dict[str, NDArray[Any]] = {
        "dense": index.dense,
        "labels": index.labels,
        "starts": index.starts,
        "lexical_values": index.lexical.data,
        "lexical_columns": index.lexical.indices,
        "lexical_ends": index.lexical.indptr,
        "classifier_row": index.classifier_row,
    }
    if index.classifier is not None:
        arrays["classifier"] = index.classifier
    if data.labelled:
        arrays["labelled"] = np.stack([ad.vector for ad in data.labelled])
    content = {
        "concepts": [payload_of(concept) for concept in index.concepts],
        "titles": dict(index.titles),
        "metadata": data.metadata.to_payload(READY),
        "labelled": [_without_vector(ad) for ad in data.labelled],
        "calibration": data.calibration and data.calibration.as_dict(),
    }
    return content, arrays


def _without_vector(ad: LabelledAd) -> dict[str, Any]:
    return {f.name: getattr(ad, f.name) for f in fields(ad) if f.name != _VECTOR}


def _data_of(content: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> SearchData:
    """The inverse of `_parts_of`."""
    metadata = CollectionMetadata.from_payload(content["metadata"])
    if metadata is None:
        raise ValueError("the metadata are of another schema")
    concepts = tuple(concept_of(payload) for payload in content["concepts"])
    grams = sparse.csr_matrix(
        (arrays["lexical_values"], arrays["lexical_columns"], arrays["lexical_ends"]),
        shape=(len(concepts), lexical.DIMENSIONS),
    )
    index = ConceptIndex(
        concepts=concepts,
        dense=arrays["dense"],
        labels=arrays["labels"],
        starts=arrays["starts"],
        lexical=grams,
        classifier=arrays.get("classifier"),
        classifier_row=arrays["classifier_row"],
        titles=content["titles"],
    )
    labelled = tuple(
        LabelledAd(**values, vector=arrays["labelled"][row])
        for row, values in enumerate(content["labelled"])
    )
    fitted = content["calibration"]
    return SearchData(index, metadata, labelled, Calibration.of(fitted) if fitted else None)
