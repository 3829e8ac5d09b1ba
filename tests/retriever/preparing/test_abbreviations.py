"""Abbreviations in titles are written out, in the language that they are used in."""

import pytest

from isco.retriever.preparing.abbreviations import ANY, WrittenOut, write_out
from isco.retriever.preparing.empty_titles import EmptyTitles
from isco.retriever.preparing.rules import load_rules


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "CNA", "certified nursing assistant"),
        ("en", "RN, Night shift", "registered nurse, Night shift"),
        ("en", "HGV driver", "heavy goods vehicle driver"),
        ("en", "VP Sales", "sales director"),
        ("en", "AP/AR", "accounts payable and receivable clerk"),
        ("en", "FP&A", "financial planning and analysis"),
        ("de", "MFA für Hausarztpraxis", "Medizinische Fachangestellte für Hausarztpraxis"),
        ("de", "LKW Fahrer", "Lkw-Fahrer"),
        ("fr", "IDE de nuit", "infirmier de nuit"),
        ("es", "TCAE", "auxiliar de enfermería"),
        ("it", "OSS", "operatore socio-sanitario"),
        ("nl", "Verzorgende IG", "verzorgende"),
        ("nl", "PM'er", "pedagogisch medewerker"),
        ("pl", "kierowca C+E", "kierowca samochodu ciężarowego"),
        ("pl", "Kierowca kat. B", "kierowca samochodu dostawczego"),
        ("pt", "TAS", "técnico auxiliar de saúde"),
        ("sv", "USK", "undersköterska"),
        ("cs", "Řidič VZV", "řidič vysokozdvižného vozíku"),
    ],
)
def test_an_abbreviation_becomes_the_words_of_its_language(language, title, words):
    assert write_out(title, [language]) == WrittenOut(words, language)


@pytest.mark.parametrize(
    ("languages", "words", "language"),
    [
        (["de", "en"], "Pharmazeutisch-technische Assistentin", "de"),
        (["en", "de"], "physical therapist assistant", "en"),
        (["pl", "de"], "Pharmazeutisch-technische Assistentin", "de"),
        (["pl", "cs"], "physical therapist assistant", "en"),
        ([], "physical therapist assistant", "en"),
    ],
)
def test_of_several_languages_the_first_that_has_it_counts_and_english_comes_last(
    languages, words, language
):
    assert write_out("PTA", languages) == WrittenOut(words, language)


@pytest.mark.parametrize("languages", [["pl"], ["en"], []])
def test_what_holds_everywhere_says_nothing_of_the_language(languages):
    assert write_out("CEO", languages) == WrittenOut("chief executive officer")


def test_every_abbreviation_of_a_title_is_written_out():
    assert write_out("BA / QA", ["en"]).title == "business analyst / quality assurance"


@pytest.mark.parametrize(
    ("title", "words"),
    [("SEN TA", "special needs teaching assistant"), ("CDL A", "heavy truck driver")],
)
def test_the_longest_that_matches_counts(title, words):
    assert write_out(title, ["en"]).title == words


@pytest.mark.parametrize(
    ("title", "languages"),
    [
        ("pa", ["en", "sv"]),
        ("as", ["fr"]),
        ("don de sangre", ["es"]),
        ("hgv driver", ["en"]),
        ("MAPA", ["en"]),
        ("CNAs", ["en"]),
        ("R&D Engineer", ["en"]),
        ("LKW-Fahrer", ["de"]),
        ("RN/LPN", ["en"]),
        ("IT", ["en"]),
        ("C++ Developer", ["en"]),
        ("Assistant Director of Nursing", ["en"]),
        ("MFA", ["fr"]),
        ("厨师", ["zh"]),
        ("", ["en"]),
    ],
)
def test_words_parts_of_words_and_what_is_usual_stay(title, languages):
    assert write_out(title, languages) == WrittenOut(title)


def test_what_is_written_out_names_a_job_and_holds_no_abbreviation_again():
    is_empty = EmptyTitles().is_empty
    for language, sectors in load_rules("abbreviations").items():
        for short, words in (pair for sector in sectors.values() for pair in sector.items()):
            written = write_out(str(short), [language])
            assert written == WrittenOut(words, None if language == ANY else language)
            assert write_out(words, [language]).title == words
            assert not is_empty(words)
