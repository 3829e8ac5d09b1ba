"""An ingest of two languages over REST into a server that takes little at a time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from isco.core.progress import Silent
from isco.core.settings import Settings
from isco.core.store import IndexedConcept, OccupationStore
from isco.ingest.load import ingest
from tests.support.doubles import HashingEmbedder
from tests.support.esco_download import BAKER, BROADER, EscoDownload
from tests.support.esco_service import VERSION
from tests.support.qdrant_double import Limits, QdrantDouble

# Of the Polish baker's names alone there are 50,000 bytes, and no point has more.
BODY = 60_000
POINTS = 10


@pytest.fixture
def source(tmp_path: Path) -> str:
    folder = EscoDownload().write_folder(tmp_path / f"esco-{VERSION}")
    polish = EscoDownload(language="pl")
    names = "\n".join(f"piekarz {number}" for number in range(150))
    description = "Piecze chleb. " * 1_500
    polish.occupation(BAKER).update(altLabels=names, description=description)
    polish.write_folder(folder)
    (folder / f"{BROADER}_pl.csv").unlink()
    return str(folder)


def stored(settings: Settings, source: str) -> dict[tuple[str, str], IndexedConcept]:
    """Every point of the collection that an ingest makes, by language and URI."""
    summary = ingest(settings, source, lambda _: HashingEmbedder(), Silent())
    with OccupationStore(settings) as store:
        found = store.read_indexed(summary.collection)
    return {(one.leaf.language, one.leaf.uri): one for one in found}


@pytest.mark.slow
def test_all_points_of_all_languages_arrive_whole(
    make_settings: Callable[..., Settings], source: str
) -> None:
    common = {"taxonomy__language": "en,pl", "taxonomy__everyday_names": False}
    expected = stored(make_settings(**common), source)
    with QdrantDouble(limits=Limits(body=BODY, points=POINTS, forced=True)) as double:
        served = make_settings(qdrant__mode="server", qdrant__url=double.url, **common)
        found = stored(served, source)
        asked = [path.rsplit("/", 1)[1] for method, path in double.requests if method == "PUT"]
        refused = sum(size > BODY for size in double.sizes)
    assert asked.count("vectors") >= 1
    assert asked.count("points") >= len(found) / POINTS
    assert 1 <= refused < 10
    assert len(found) == 2 * 442
    assert found.keys() == expected.keys()
    for key, point in found.items():
        assert point.leaf == expected[key].leaf
        for using in ("dense", "labels", "lexical"):
            one, other = getattr(point, using), getattr(expected[key], using)
            np.testing.assert_allclose(one, other, atol=1e-6)
