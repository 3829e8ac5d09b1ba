"""The taxonomy's languages in memory: had when they are needed, and sent where they are."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from isco.core.errors import UnavailableError
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes
from tests.support.doubles import HashingEmbedder, index_leaves, make_concept

LANGUAGES = ("en", "de", "pl")
INDEXES = {
    language: ConceptIndex.of(
        index_leaves([replace(make_concept("5120", "cook"), language=language)], HashingEmbedder()),
        ["leaf"],
    )
    for language in LANGUAGES
}
MAIN = {"en": INDEXES["en"]}


class Load:
    """Loads a language, and notes it."""

    def __init__(self):
        self.asked = []

    def __call__(self, language):
        self.asked.append(language)
        return INDEXES[language]


def language_of(index):
    return index.concepts[0].language


def test_a_language_is_loaded_when_it_is_first_asked_for_and_once():
    load = Load()
    indexes = LanguageIndexes(LANGUAGES, MAIN, load)
    assert (list(indexes), len(indexes)) == (list(LANGUAGES), 3)
    assert language_of(indexes["en"]) == "en"
    assert load.asked == []
    for _ in range(3):
        assert language_of(indexes["de"]) == "de"
    assert load.asked == ["de"]


def test_threads_that_ask_at_once_wait_for_one_loading():
    load, start = Load(), Barrier(4)
    indexes = LanguageIndexes(LANGUAGES, MAIN, load)

    def ask(_):
        start.wait()
        return indexes["de"]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert all(index is found[0] for index in found)
    assert load.asked == ["de"]


@pytest.mark.parametrize("load", [None, Load()])
def test_a_language_that_the_taxonomy_lacks_is_none(load):
    with pytest.raises(KeyError, match="fr"):
        LanguageIndexes(LANGUAGES, INDEXES, load)["fr"]


def test_what_can_t_be_loaded_is_said_and_tried_again():
    answers = iter([UnavailableError("Qdrant is away"), INDEXES["de"]])

    def load(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    indexes = LanguageIndexes(LANGUAGES, MAIN, load)
    with pytest.raises(UnavailableError, match="Qdrant is away"):
        indexes["de"]
    assert language_of(indexes["de"]) == "de"


def there(indexes):
    return list(indexes._loaded)


def test_another_process_gets_the_main_language_and_loads_the_others_itself():
    indexes = LanguageIndexes(LANGUAGES, MAIN, Load())
    assert language_of(indexes["de"]) == "de"
    sent = pickle.loads(pickle.dumps(indexes))
    assert list(sent) == list(LANGUAGES)
    assert there(sent) == ["en"]
    assert language_of(sent["pl"]) == "pl"


def test_another_process_gets_all_that_nothing_can_load_there():
    sent = pickle.loads(pickle.dumps(LanguageIndexes(LANGUAGES, INDEXES)))
    assert there(sent) == list(LANGUAGES)
    assert {language: language_of(sent[language]) for language in sent} == {
        language: language for language in LANGUAGES
    }
