"""What is learned from: names of all languages, of several versions, but for the unwanted."""

import pytest

from isco.core.errors import ConfigError
from isco.ingest.sources.starter import LANGUAGES
from isco.training.material import Material, Occupation, read_material


@pytest.fixture(scope="module")
def starter():
    return read_material(["starter"])


def names_of(material, label):
    (found,) = (one for one in material.occupations if one.names["en"][0] == label)
    return found.names


class TestReading:
    def test_every_concept_has_a_name_in_the_main_language(self, starter):
        assert starter.main == "en"
        assert all(one.names["en"] for one in starter.occupations)
        assert len(starter.codes) == 436
        assert set(starter.languages) == set(LANGUAGES)
        assert starter.languages[0] == "en"

    def test_names_are_by_language_the_preferred_one_first(self, starter):
        names = names_of(starter, "Driving instructors")
        assert names["de"] == ("Fahrlehrer",)
        assert names["fr"] == ("Moniteurs d'auto-école",)

    def test_a_group_is_described_by_its_definition(self, starter):
        (group,) = (
            one for one in starter.occupations if one.names["en"][0] == "Driving instructors"
        )
        assert group.isco_code == "5165"
        assert group.description.startswith("Teach learners to drive")

    def test_names_to_be_measured_on_are_left_out_whatever_their_case(self, starter):
        found = read_material(["starter"], without=["fahrlehrer ", "DRIVING  INSTRUCTOR"])
        names = names_of(found, "Driving instructors")
        assert "de" not in names
        every = {name.casefold() for one in found.occupations for name in one.names["en"]}
        assert "driving instructor" not in every
        assert "approved driving instructor" in every
        assert len(found.occupations) <= len(starter.occupations)

    def test_the_same_source_twice_adds_nothing(self, starter):
        assert read_material(["starter", "starter"]) == starter

    def test_a_source_that_is_not_there_is_told(self):
        with pytest.raises(ConfigError, match="nowhere"):
            read_material(["nowhere"])


def test_the_checksum_is_of_all_that_is_learned_from():
    cook = Occupation("u:1", "5120", {"en": ("cook",)})
    chef = Occupation("u:1", "5120", {"en": ("chef",)})
    assert Material("en", [cook]).checksum == Material("en", [cook]).checksum
    assert Material("en", [cook]).checksum != Material("en", [chef]).checksum
