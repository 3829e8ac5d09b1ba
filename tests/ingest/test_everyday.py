"""What unit groups are called every day: the names in the starter's languages and in others."""

import unicodedata
from collections import Counter

import pytest

from isco.core.errors import ConfigError
from isco.ingest.sources import starter
from isco.ingest.sources.everyday import (
    EVERYDAY_LANGUAGES,
    everyday_languages,
    everyday_names,
)
from isco.ingest.sources.names import ExtraName
from isco.retriever.preparing.language import language_name
from isco.retriever.preparing.language_profiles import profile_languages

FURTHER = EVERYDAY_LANGUAGES[len(starter.LANGUAGES) :]
ALPHABETS = {"bg": "CYRILLIC", "el": "GREEK"}


@pytest.fixture(scope="module")
def unit_groups() -> dict[str, int]:
    """How many kinds of work each unit group has in the starter, by its code."""
    source = starter.read_starter("en")
    units = [group.isco_code for group in source.groups if len(group.isco_code) == 4]
    kinds = Counter(occupation.isco_code for occupation in source.occupations)
    return {code: kinds[code] for code in units}


def names_in(language: str) -> dict[str, list[str]]:
    by_code: dict[str, list[str]] = {}
    for name in everyday_names((language,)):
        by_code.setdefault(name.code, []).append(name.name)
    return by_code


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]


class TestLanguages:
    def test_the_starters_come_first_and_each_is_there_once(self) -> None:
        assert EVERYDAY_LANGUAGES[: len(starter.LANGUAGES)] == starter.LANGUAGES
        assert len(set(EVERYDAY_LANGUAGES)) == len(EVERYDAY_LANGUAGES)
        assert len(FURTHER) >= 13

    def test_ads_in_each_can_be_told_and_each_has_a_name(self) -> None:
        assert set(EVERYDAY_LANGUAGES) <= set(profile_languages())
        assert not [code for code in EVERYDAY_LANGUAGES if language_name(code) == code]

    def test_without_a_wish_all_and_with_one_those_as_wished(self) -> None:
        assert everyday_languages(None) == EVERYDAY_LANGUAGES
        assert everyday_languages(["sk", "de"]) == ("sk", "de")
        assert everyday_languages([]) == ()

    def test_one_without_names_is_refused(self) -> None:
        with pytest.raises(ConfigError, match=r"there are names in en, cs, .*, not in 'tr'"):
            everyday_languages(["de", "tr"])


class TestNames:
    def test_those_of_the_starter_are_its_own(self) -> None:
        assert ExtraName("Bäcker", code="7512", language="de") in everyday_names(("de",))
        assert names_in("de")["7512"][0] == "Bäcker, Konditoren und Süßwarenhersteller"

    def test_those_of_several_languages_stand_one_language_after_the_other(self) -> None:
        both = everyday_names(("bg", "tr", "en"))
        assert both == [*everyday_names(("bg",)), *everyday_names(("en",))]
        assert {name.language for name in both} == {"bg", "en"}

    @pytest.mark.parametrize("language", FURTHER)
    def test_every_unit_group_has_its_title_and_two_names_a_kind_of_work_or_so(
        self, language: str, unit_groups: dict[str, int]
    ) -> None:
        found = names_in(language)
        assert list(found) == list(unit_groups)
        few = {code: names for code, names in found.items() if len(names) < 2 * unit_groups[code]}
        assert few == {}

    @pytest.mark.parametrize("language", FURTHER)
    def test_no_name_stands_twice_in_a_unit_group_or_in_more_than_two(self, language: str) -> None:
        found = names_in(language)
        assert [names for names in found.values() if repeated(names)] == []
        counts = Counter(name.casefold() for names in found.values() for name in set(names))
        assert [name for name, count in counts.items() if count > 2] == []

    @pytest.mark.parametrize("language", FURTHER)
    def test_names_are_tidy_and_in_the_languages_letters(self, language: str) -> None:
        names = [name for names in names_in(language).values() for name in names]
        assert [name for name in names if name != " ".join(name.split()) or not name] == []
        assert [name for name in names if set(name) & set('()[]|;*_"')] == []
        assert [name for name in names if unicodedata.normalize("NFC", name) != name] == []
        alphabet = ALPHABETS.get(language, "LATIN")
        own = [
            name
            for name in names
            if any(unicodedata.name(letter, "").startswith(alphabet) for letter in name)
        ]
        # A few are foreign everywhere: "DevOps", "SAP".
        assert len(own) > 0.98 * len(names)
