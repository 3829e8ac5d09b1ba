"""The regression over labelled ads, fitted once for each state of them and kept beside Qdrant.

One that can't be read or written costs time and nothing else.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from isco.core.array_folder import BROKEN, keep_whole, read_arrays, write_arrays
from isco.core.embedding.base import Vectors
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.labelled.kernel import AdKernel
from isco.retriever.labelled.labelled_ads import ridge_of
from isco.retriever.labelled.ridge import LabelledRidge

# Changes with what is computed, or how it is kept.
_SCHEMA = 2


def open_ridge(
    settings: Settings,
    ads: Sequence[LabelledAd],
    titles: Mapping[str, str],
    mean_name: Vectors | None,
) -> LabelledRidge | None:
    """That of labelled `ads`, from where it is kept, or else fitted now.

    `titles` are those of the taxonomy's groups by code. None where there is nothing to fit.
    """
    if settings.learning.ridge is None or not ads:
        return None
    folder = _folder(settings, ads, titles, mean_name)
    with suppress(*BROKEN):
        return _read(folder)
    found = ridge_of(ads, titles, mean_name, settings.learning)
    if found is None:
        return None
    _keep(found[0], folder)
    return found[0]


def keep_ridge(
    settings: Settings,
    ads: Sequence[LabelledAd],
    titles: Mapping[str, str],
    mean_name: Vectors | None,
    ridge: LabelledRidge,
) -> None:
    """Keep that of all `ads`, so that it need not be fitted when it is opened."""
    _keep(ridge, _folder(settings, ads, titles, mean_name))


def forget_ridges(settings: Settings) -> None:
    """Remove all that is kept."""
    shutil.rmtree(settings.labelled_path, ignore_errors=True)


def _folder(
    settings: Settings,
    ads: Sequence[LabelledAd],
    titles: Mapping[str, str],
    mean_name: Vectors | None,
) -> Path:
    learning = settings.learning
    made_of = [_SCHEMA, learning.ridge, learning.fitted, sorted(titles), _digest(ads)]
    digest = hashlib.sha256(json.dumps(made_of).encode())
    digest.update(b"" if mean_name is None else mean_name.tobytes())
    return settings.labelled_path / digest.hexdigest()[:20]


def _digest(ads: Sequence[LabelledAd]) -> str:
    """Of all that the regression is made of."""
    digest = hashlib.sha256()
    for ad in ads:
        digest.update(json.dumps([ad.point_id, ad.codes, ad.title, ad.text, ad.content]).encode())
        digest.update(ad.vector.tobytes())
    return digest.hexdigest()


def _read(folder: Path) -> LabelledRidge:
    content, arrays = read_arrays(folder)
    kernel = AdKernel.from_arrays(arrays)
    return LabelledRidge(kernel, arrays["dual"], tuple(content["codes"]), arrays["counts"])


def _keep(ridge: LabelledRidge, folder: Path) -> None:
    """Those of other states go."""
    arrays = {**ridge.kernel.arrays(), "dual": ridge.dual, "counts": ridge.counts}
    with suppress(OSError):
        keep_whole(folder, lambda aside: write_arrays(aside, {"codes": ridge.codes}, arrays))
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
