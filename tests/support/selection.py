"""Which tests wait for what: marks that fixtures bring along, and a word on what was left out.

With pytest-xdist every worker counts the same, and tells the process that prints.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

MARKS = {
    "starter": "searches the starter taxonomy, whose ingest takes half a minute and is then kept",
    "models": "loads or makes a language model",
    "processes": "starts processes of its own, kills them, or starts Ray",
    "slow": "takes more than a second or two for another reason",
}
# A test that asks for one of these fixtures, itself or through others, has the mark.
FIXTURES = {"starter": "starter", "smollm2_gguf": "models", "tiny_llm": "models"}
_LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT_OUT] = Counter()
    if config.getoption("numprocesses", None):
        # Workers inherit it: beside each other they compute with one thread each.
        for library in ("OMP", "OPENBLAS", "MKL"):
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by fixtures, and put the files into the order of `_turn`."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in FIXTURES:
                item.add_marker(FIXTURES[fixture])
    marks: dict[str, set[str]] = {}
    for item in items:
        marks.setdefault(_file_of(item), set()).update(marks_of(item))
    first = next((file for file, found in marks.items() if "starter" in found), None)
    items.sort(key=lambda item: _turn(marks[_file_of(item)], _file_of(item) == first))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        marks = marks_of(item)
        item.config.stash[_LEFT_OUT][marks[0] if marks else "others"] += 1


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[_LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The counts of a worker that has ended; of one that died there are none."""
    found = getattr(node, "workeroutput", {}).get("left_out")
    if found:
        node.config.stash[_LEFT_OUT] = Counter(found)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash[_LEFT_OUT]
    if not (left_out and config.option.markexpr):
        return
    terminalreporter.write_sep("=", "left out")
    for name, number in sorted(left_out.items()):
        meaning = f" ({MARKS[name]})" if name in MARKS else ""
        terminalreporter.write_line(f"{number:5} {name}{meaning}")


def marks_of(item: pytest.Item) -> list[str]:
    """Those of MARKS that a test has, in their order there."""
    return [name for name in MARKS if item.get_closest_marker(name)]


def _turn(marks: set[str], first: bool) -> int:
    """What takes longest comes first, so that no worker is left with it in the end.

    One file has the starter ingested, the others that search it come when that is done: nobody
    waits for it.
    """
    if "starter" in marks:
        return 0 if first else 2
    return 1 if marks else 3


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
