"""Ads into English: whole, in pieces, with what must survive to the letter."""

import json

import pytest

from isco.core.records import Ad
from isco.retriever.llm.base import Failure, FailureKind
from isco.retriever.llm.model import LanguageModel
from isco.retriever.preparing.translation import Translator, pack
from tests.support.scripted_llm import ScriptedBackend, question_of


def piece_of(prompt):
    """What stands between the marks of a translation prompt."""
    return question_of(prompt).split("<ad>\n", 1)[1].rsplit("\n</ad>", 1)[0]


def shout(prompt):
    """A "translation" that shows what was translated: everything in capitals."""
    return json.dumps({"translation": piece_of(prompt).upper()})


@pytest.fixture
def translate(make_settings):
    def run(write, *ads, languages=None, **settings):
        backend = ScriptedBackend(write=write)
        translator = Translator(LanguageModel(backend, 0), make_settings(**settings).translation)
        found = translator.translate(ads, languages or ["pl"] * len(ads))
        return found, backend

    return run


def ad(title="Kucharz", description="Gotujesz obiady."):
    return Ad(id="1", title=title, description=description, row=1, line=1)


def test_title_and_text_are_translated_and_the_language_is_named(translate):
    found, backend = translate(shout, ad())
    assert (found[0].ad.title, found[0].ad.description) == ("KUCHARZ", "GOTUJESZ OBIADY.")
    assert found[0].complete
    assert found[0].problem is None
    assert all(question_of(prompt).startswith("From Polish:") for prompt in backend.asked)


def test_english_ads_and_those_of_unknown_language_are_not_asked_about(translate):
    found, backend = translate(shout, ad(), ad(), ad(), languages=["en", None, "de"])
    assert list(found) == [2]
    assert len(backend.asked) == 2


def test_a_long_text_is_translated_in_pieces_and_nothing_is_cut(translate):
    sentences = [f"Zdanie numer {n} o pracy kucharza." for n in range(200)]
    text = "\n".join(" ".join(sentences[start : start + 20]) for start in range(0, 200, 20))
    found, backend = translate(shout, ad(description=text), translation__piece_characters=300)
    assert found[0].ad.description == text.upper()
    assert len(backend.asked) > 20
    assert max(len(piece_of(prompt)) for prompt in backend.asked) <= 300


@pytest.mark.parametrize(
    "text",
    ["", "short", "One. Two. Three." * 50, "word " * 200, "x" * 1000, "a\n\n\nb\n" * 100,
     "句子。" * 300],
    ids=["empty", "short", "sentences", "words", "one word", "paragraphs", "Chinese"],
)  # fmt: skip
def test_pieces_joined_are_the_text(text):
    pieces = pack(text, 120)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= 120 for piece in pieces)


def test_code_blocks_tags_and_addresses_survive_to_the_letter(translate):
    code = "```python\nprint('cześć')\n```"
    text = (
        f"Zadanie testowe:\n{code}\nWyślij na jobs@firma.pl albo https://firma.pl/praca?id=7 "
        "i użyj `git push` oraz <Typ>."
    )
    found, backend = translate(shout, ad(description=text))
    for kept in (code, "jobs@firma.pl", "https://firma.pl/praca?id=7", "`git push`", "<Typ>"):
        assert kept in found[0].ad.description
    assert not any("print" in piece_of(prompt) for prompt in backend.asked)
    assert "ZADANIE TESTOWE" in found[0].ad.description


def test_what_the_model_loses_is_put_at_the_end(translate):
    def forget(prompt):
        return json.dumps({"translation": "Send your application."})

    found, _ = translate(forget, ad(description="Wyślij zgłoszenie na jobs@firma.pl dzisiaj."))
    assert found[0].ad.description == "Send your application. jobs@firma.pl"


def test_a_mark_that_the_model_makes_up_vanishes(translate):
    def invent(prompt):
        return json.dumps({"translation": "A cook [[7]] wanted"})

    found, _ = translate(invent, ad(title="Poszukiwany kucharz", description=""))
    assert found[0].ad.title == "A cook  wanted"


def test_the_prompt_asks_for_names_of_languages_to_be_translated(translate):
    _, backend = translate(shout, ad(description="Wymagany język niemiecki."))
    assert "German" in backend.asked[0].shared[0].content


def test_a_piece_that_fails_stays_as_it_was_and_the_row_says_so(translate):
    gone = Failure(FailureKind.UNAVAILABLE, "nobody there")
    found, _ = translate(lambda p: gone if "obiady" in question_of(p) else shout(p), ad())
    assert found[0].ad.title == "KUCHARZ"
    assert found[0].ad.description == "Gotujesz obiady."
    assert not found[0].complete
    assert "1 of 2 pieces" in found[0].problem
    assert "nobody there" in found[0].problem


@pytest.mark.parametrize("answer", ["no " * 900, "x"], ids=["in a circle", "left out"])
def test_an_answer_of_impossible_length_is_no_translation(translate, answer):
    text = "Gotujesz obiady dla stu osób i zamawiasz produkty u dostawców."
    write = json.dumps({"translation": answer})
    found, _ = translate(lambda p: write if "obiady" in question_of(p) else shout(p),
                         ad(description=text))  # fmt: skip
    assert found[0].ad.description == text
    assert not found[0].complete


def test_what_has_no_words_is_not_asked_about(translate):
    found, backend = translate(shout, ad(title="24/7 !!!", description="https://firma.pl"))
    assert backend.asked == []
    assert found[0].ad.title == "24/7 !!!"
    assert found[0].ad.description == "https://firma.pl"
    assert found[0].complete
