"""What the tests share: settings in a temporary folder, the real data where it is there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isco.core.config import load_settings
from isco.core.settings import Settings

pytest_plugins = [
    "tests.support.at_qdrant",
    "tests.support.browser",
    "tests.support.installation",
    "tests.support.one_model",
    "tests.support.selection",
    "tests.support.small_llm",
]

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def own_data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, and no process that it starts, writes into the folders of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache-home")))
        yield


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings with data_dir in a temporary folder; keywords are keys with "__" for dots.

    Without everyday names in other languages, of which there are 26,000, but where they are asked
    for.
    """

    def make(*profiles: str, **values: Any) -> Settings:
        flags = {name.replace("__", "."): value for name, value in values.items()}
        flags.setdefault("data_dir", tmp_path / "data")
        flags.setdefault("taxonomy.everyday_languages", [])
        return load_settings(profiles=profiles, environment={}, flags=flags)

    return make


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str, str], Path]:
    """The path of shared real data, or a skip that says what was not checked."""

    def find(relative: str, checks: str) -> Path:
        path = SHARED / relative
        if not path.exists():
            pytest.skip(f"{relative} is not there: not checked that {checks}")
        return path

    return find
