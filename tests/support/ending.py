"""Ingests in processes of their own that end in the middle: killed, or on a full disk."""

import importlib
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from isco.core.config import load_settings
from isco.core.errors import IscoError
from isco.core.progress import Silent
from isco.ingest.load import ingest
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder

# Imports what an ingest needs once; every process starts from there.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Moment:
    """The `call`th call of a function, named "module:Class.method"; at its start or its end."""

    function: str
    call: int = 1
    at_end: bool = False


def ingest_until(moment: Moment, data_dir: Path, source: Path) -> int | None:
    """Ingest in a process that is killed at `moment`; its exit code, negative for a signal."""
    process = _PROCESSES.Process(target=_die_at, args=(moment, data_dir, source))
    process.start()
    process.join()
    return process.exitcode


def ingest_on_full_disk(largest: int, data_dir: Path, source: Path) -> str | None:
    """Ingest in a process that can write no file of more than `largest` bytes.

    Returns the message of the deliberate error that it ended with, None when it went through.
    """
    here, there = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_run_out, args=(largest, data_dir, source, there))
    process.start()
    there.close()
    try:
        answer: str | None = here.recv()
    finally:
        process.join()
    return answer


def _die_at(moment: Moment, data_dir: Path, source: Path) -> None:
    module, _, path = moment.function.partition(":")
    *owners, name = path.split(".")
    owner = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    setattr(owner, name, _fatal(getattr(owner, name), moment))
    _ingest(data_dir, source)


def _fatal(function: Callable[..., Any], moment: Moment) -> Callable[..., Any]:
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == moment.call and not moment.at_end:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == moment.call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def _run_out(largest: int, data_dir: Path, source: Path, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        _ingest(data_dir, source)
    except IscoError as error:
        answer.send(str(error))
    else:
        answer.send(None)


def _ingest(data_dir: Path, source: Path) -> None:
    flags = {
        "data_dir": data_dir, "qdrant.retries": 0, "taxonomy.everyday_languages": [],
    }  # fmt: skip
    settings = load_settings(environment={}, flags=flags)
    do_not_wait(pytest.MonkeyPatch())
    ingest(settings, str(source), lambda _: HashingEmbedder(), Silent())
