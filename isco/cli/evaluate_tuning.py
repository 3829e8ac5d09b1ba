"""isco evaluate --tune: how many neighbours vote and decide, chosen on labelled ads."""

import json
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from isco.cli.terminal import Bar, note
from isco.core.errors import ConfigError, InputError, UnavailableError
from isco.core.settings import Settings


def tune_vote(labelled: str, profile: Path, as_json: bool, settings: Settings) -> str:
    """Write the profile, and say what to expect of it.

    Ads that were learned have no say. Raises ConfigError where the profile is there already.
    """
    from isco.core.embedding import open_embedder
    from isco.evaluation.evaluate import tried_ads
    from isco.evaluation.text_tuning import as_profile, as_table
    from isco.evaluation.tuning import TOPS, Choice, tune
    from isco.retriever.factory import make_classifier, read_search_data
    from isco.retriever.labelled.labels import LabelReader
    from isco.retriever.reading.text_files import count_rows, read_ads
    from isco.retriever.running.executors import Threads

    if profile.exists():
        raise ConfigError(f"{profile} is there already: name another file for --tune")
    rows = read_ads(labelled, settings.input)
    first = list(islice(rows, 1))
    embedder = open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    if data.labelled:
        note(f"{len(data.labelled)} learned ads are left out: this is about the taxonomy alone.")
    data = replace(data, labelled=(), fit=None, ridge=None)
    search = settings.search.model_copy(update={"top": max(TOPS)})
    deep = settings.model_copy(update={"search": search})
    classifier = make_classifier(data, deep, embedder, with_llm=False)
    labels = LabelReader.of(data.index.concepts, settings.input.isco_code)
    with Bar() as bar:
        bar.start("tune", count_rows(labelled, settings.input))
        executor = Threads(classifier.classify_with_ranking)
        chunk = settings.classify.chunk
        ads = tried_ads(chain(first, rows), executor, chunk, labels, bar.advance)
    if not ads:
        raise no_codes(labelled, settings)
    found = tune(ads, Choice.of(settings))
    try:
        profile.write_text(as_profile(found), encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"can't write {profile}: {error.strerror}") from error
    return json.dumps(found.as_dict()) if as_json else as_table(found)


def no_codes(labelled: str, settings: Settings) -> InputError:
    """What to say of a file in which no ad has a code."""
    return InputError(
        f"{labelled} has no ad with a four-digit code in {settings.input.isco_code!r}; "
        "input.isco_code names another column"
    )
