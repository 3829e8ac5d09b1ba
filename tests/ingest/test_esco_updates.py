"""ESCO's published versions, one after the other in one folder: changes and the way back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.progress import Silent
from isco.core.settings import Settings
from isco.ingest.changes import (
    ADDED,
    DESCRIBED,
    MOVED,
    NAMED,
    OCCUPATIONS,
    REMOVED,
    RENAMED,
    UNIT_GROUPS,
    Changes,
)
from isco.ingest.load import dry_run, ingest
from isco.ingest.summary import DryRun, IngestSummary
from isco.taxonomy_versions import find_versions, roll_back
from tests.support import esco_crossing as crossing
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder

pytestmark = pytest.mark.slow

VERSIONS = ("v1.1.1", "v1.2.0", "v1.2.1")
STEPS = [("v1.1.1", "v1.2.0"), ("v1.2.0", "v1.2.1")]


@dataclass
class Update:
    """What was foretold and told of one version, and the texts that its model was asked for."""

    foretold: DryRun
    summary: IngestSummary
    asked: list[str]

    @property
    def changes(self) -> Changes:
        assert self.summary.changes is not None
        return self.summary.changes


@dataclass
class History:
    """All versions, ingested in order into one folder."""

    settings: Settings
    updates: dict[str, Update]


@pytest.fixture(scope="module")
def folders(shared_data: Callable[[str, str], Path]) -> dict[str, Path]:
    checks = "the changes from each version of ESCO to the next are told right"
    return {version: shared_data(f"esco/{version}", checks) for version in VERSIONS}


@pytest.fixture(scope="module")
def history(
    folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    data = tmp_path_factory.mktemp("history")
    # The last version alone is there in other languages as well.
    flags = {
        "data_dir": data, "taxonomy.language": "en", "taxonomy.everyday_languages": [],
    }  # fmt: skip
    settings = load_settings(environment={}, flags=flags)
    updates = {}
    with pytest.MonkeyPatch.context() as monkeypatch:
        do_not_wait(monkeypatch)
        for version, folder in folders.items():
            embedder = HashingEmbedder(8)
            foretold = dry_run(settings, str(folder))
            summary = ingest(settings, str(folder), lambda _, e=embedder: e, Silent())
            updates[version] = Update(foretold, summary, embedder.asked)
        yield History(settings, updates)


def uris(changes: Changes, aspect: str) -> set[str]:
    return {change.uri for change in changes.of(OCCUPATIONS, aspect)}


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_occupations_that_changed_are_those_of_an_independent_count(
    history: History, folders: dict[str, Path], old: str, new: str
) -> None:
    before, after = (crossing.read(folders[version], "occupations") for version in (old, new))
    changes = history.updates[new].changes
    assert uris(changes, ADDED) == after.keys() - before.keys()
    assert uris(changes, REMOVED) == before.keys() - after.keys()
    assert uris(changes, RENAMED) == crossing.differing(before, after, "preferredLabel")
    assert uris(changes, MOVED) == crossing.differing(before, after, "iscoGroup")
    assert uris(changes, DESCRIBED) == crossing.differing(before, after, "description")


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_occupations_with_other_names_are_those_of_an_independent_count(
    history: History, folders: dict[str, Path], old: str, new: str
) -> None:
    before, after = (crossing.read(folders[version], "occupations") for version in (old, new))
    both = before.keys() & after.keys()
    changes = history.updates[new].changes
    other = {uri for uri in both if crossing.names(before[uri]) != crossing.names(after[uri])}
    assert other <= uris(changes, NAMED) | uris(changes, RENAMED)
    # Names that differ in capitals alone are other names, too.
    differing = crossing.differing(before, after, "altLabels")
    assert uris(changes, NAMED) <= other | differing


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_unit_groups_are_the_same_and_renamed_as_counted(
    history: History, folders: dict[str, Path], old: str, new: str
) -> None:
    before, after = (crossing.read(folders[version], "ISCOGroups") for version in (old, new))
    changes = history.updates[new].changes
    renamed = {
        uri
        for uri in crossing.differing(before, after, "preferredLabel")
        if len(after[uri]["code"]) == 4
    }
    assert {change.uri for change in changes.of(UNIT_GROUPS, RENAMED)} == renamed
    assert not changes.of(UNIT_GROUPS, ADDED)
    assert not changes.of(UNIT_GROUPS, REMOVED)
    described = {change.uri for change in changes.of(UNIT_GROUPS, DESCRIBED)}
    assert described <= crossing.differing(before, after, "description")


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_dry_run_foretells_each_update(history: History, version: str) -> None:
    update = history.updates[version]
    assert update.foretold.changes == update.changes
    assert update.foretold.points == update.summary.points


def test_the_last_update_embeds_only_what_changed(history: History) -> None:
    update = history.updates["v1.2.1"]
    assert len(update.asked) == len(set(update.asked)) == update.summary.embedded
    assert 0 < update.summary.embedded <= update.changes.new_texts
    earlier = set().union(*(history.updates[version].asked for version in VERSIONS[:2]))
    assert not set(update.asked) & earlier
    assert update.summary.embedded < 0.01 * len(earlier)


def test_the_last_two_are_kept_and_the_way_back_and_forth_is_open(history: History) -> None:
    kept = find_versions(history.settings)
    assert [(v.version, v.in_use) for v in kept] == [("v1.2.1", True), ("v1.2.0", False)]
    before, after = roll_back(history.settings)
    assert (before.version, after.version) == ("v1.2.1", "v1.2.0")
    assert [v.in_use for v in find_versions(history.settings)] == [False, True]
    roll_back(history.settings, to=kept[0].collection)
    assert [v.in_use for v in find_versions(history.settings)] == [True, False]
