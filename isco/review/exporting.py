"""Predictions as tasks for another tool."""

import json
from dataclasses import replace
from pathlib import Path

from isco.core.atomic_write import put_in_place
from isco.core.embedding import model_identity
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Kind
from isco.core.settings import Settings
from isco.retriever.factory import read_search_data
from isco.review.label_studio import labelling_configuration, tasks_of
from isco.review.queue import make_queue
from isco.review.reading import read_answers
from isco.review.sheets import Asked, SheetSummary

CONFIGURATION, TASKS = "config.xml", "tasks.json"


def export_to_label_studio(
    settings: Settings, codes: str, folder: Path, asked: Asked, overwrite: bool
) -> SheetSummary:
    """Labelling configuration and tasks of the predictions in `codes`, in `folder`.

    Raises InputError for what are no predictions, ConfigError where the files are there and are
    not to be overwritten, UnavailableError where nothing is ingested or they can't be written.
    """
    for name in (CONFIGURATION, TASKS):
        if (folder / name).exists() and not overwrite:
            raise ConfigError(f"{folder / name} is there: name another folder, or --overwrite")
    versions: dict[str, object] = {}
    answers = []
    for answer in read_answers(codes):
        versions = versions or dict(answer.versions)
        # What is not shown is not kept: a run may have millions.
        answers.append(replace(answer, row={"versions": versions}))
    queue = make_queue(answers, asked.below, asked.budget, asked.random_share, asked.seed)
    index = read_search_data(settings, model_identity(settings.embedding)).index
    definitions = {
        concept.isco_code: concept.description
        for concept in index.concepts
        if concept.kind == Kind.GROUP
    }
    files = {
        CONFIGURATION: labelling_configuration(index.titles, definitions),
        TASKS: json.dumps(list(tasks_of(queue.groups)), ensure_ascii=False),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            unfinished = folder / f"{name}.unfinished"
            unfinished.write_text(content + "\n", encoding="utf-8", errors="replace")
            put_in_place(unfinished, folder / name)
    except OSError as error:
        raise UnavailableError(f"can't write to {folder}: {error.strerror or error}") from error
    return SheetSummary.of(queue, numbered=False)
