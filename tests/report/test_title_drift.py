import numpy as np
import pytest

from isco.report.title_drift import title_drift


def vectors(seed: int, moved: float, n: int = 60) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, 16)) + moved
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("moved", "drifted"), [(0.0, False), (1.0, True)])
def test_titles_that_moved_are_told_from_chance(moved: float, drifted: bool) -> None:
    titles = [str(n) for n in range(60)]
    found = title_drift(titles, vectors(1, moved), titles, vectors(2, 0.0))
    assert found
    assert (found.p_value <= 0.05) is drifted
    assert (found.distance > 2 * found.by_chance) is drifted


def test_the_titles_least_like_any_earlier_one_come_first_and_once() -> None:
    before = np.eye(4, dtype=np.float32)[:2]
    now = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0.6, 0, 0.8, 0]], np.float32)
    found = title_drift(
        ["cook", "robot tamer", "robot tamer", "chef"], now, ["cook", "baker"], before
    )
    assert found
    assert [each.title for each in found.unlike] == ["robot tamer", "chef"]
    assert found.unlike[1].nearest == "cook"
    assert found.unlike[1].cosine == pytest.approx(0.6)


def test_without_a_title_there_is_nothing_to_compare() -> None:
    assert title_drift([], np.empty((0, 4), np.float32), ["a"], np.ones((1, 4), np.float32)) is None
