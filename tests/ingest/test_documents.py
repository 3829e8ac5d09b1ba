"""Concepts become searchable leaves, and leaves the texts that are embedded."""

from dataclasses import replace

import pytest

from isco.core.errors import ConfigError
from isco.core.records import Kind
from isco.ingest.documents import TEMPLATE_FIELDS, check_template, document_text, searchable_leaves
from isco.ingest.sources import read_source
from isco.ingest.sources.starter import LANGUAGES, read_starter
from isco.ingest.taxonomy import build_taxonomy
from tests.support.doubles import make_concept
from tests.support.esco_download import (
    BAKER,
    DEVELOPER,
    EMBEDDED,
    PLANNER,
    EscoDownload,
    group_uri,
)


@pytest.fixture
def leaves_of(tmp_path):
    """Leaves of a download by URI."""

    def leaves_of(download):
        source = read_source(str(download.write_folder(tmp_path / "esco-v1.2.1")), "en")
        return {leaf.uri: leaf for leaf in searchable_leaves(build_taxonomy(source))}

    return leaves_of


class TestSearchableLeaves:
    def test_every_unit_group_and_every_occupation_is_searchable(self, leaves_of):
        leaves = list(leaves_of(EscoDownload()).values())
        codes = [leaf.isco_code for leaf in leaves[:436]]
        assert codes == sorted(set(codes))
        assert [leaf.uri for leaf in leaves[436:]] == [
            row["conceptUri"] for row in EscoDownload().occupations
        ]

    def test_kind_tells_leaves_inner_occupations_and_unit_groups_apart(self, leaves_of):
        leaves = leaves_of(EscoDownload())
        assert leaves[EMBEDDED].kind == leaves[BAKER].kind == Kind.LEAF
        assert leaves[DEVELOPER].kind == Kind.INNER
        assert leaves[group_uri("2512")].kind == Kind.GROUP
        assert leaves[group_uri("2513")].kind == Kind.LEAF

    def test_titles_of_the_groups_above_stand_beside_the_code(self, leaves_of):
        leaf = leaves_of(EscoDownload())[PLANNER]
        assert leaf.isco_code == "2164"
        assert leaf.isco_label == "Town and traffic planners"
        assert leaf.isco_major == "2 Professionals"
        assert leaf.isco_sub_major == "21 Science and engineering professionals"
        assert leaf.isco_minor == "216 Architects, planners, surveyors and designers"

    def test_language_and_version_are_those_of_the_source(self, leaves_of):
        leaf = leaves_of(EscoDownload())[BAKER]
        assert (leaf.language, leaf.taxonomy_version) == ("en", "v1.2.1")
        assert leaf.main_label == leaf.label == "baker"

    def test_names_are_distinct_ignoring_case_the_preferred_one_first(self, leaves_of):
        download = EscoDownload()
        download.occupation(BAKER).update(
            preferredLabel="Baker", altLabels="bread  maker\nBAKER\n\nBread Maker\n&nbsp;\nbäcker"
        )
        leaf = leaves_of(download)[BAKER]
        assert leaf.labels == ("Baker", "bread maker", "bäcker")
        assert leaf.alt_labels == ("bread maker", "bäcker")

    def test_an_occupation_without_preferred_label_is_known_by_its_other_names(self, leaves_of):
        download = EscoDownload()
        download.occupation(BAKER)["preferredLabel"] = ""
        assert leaves_of(download)[BAKER].labels == ("bread maker", "baker of bread")

    def test_examples_in_a_groups_description_become_its_names(self, leaves_of):
        download = EscoDownload()
        download.group("7512").update(
            altLabels="pastry cook",
            description="Bakers bake.\nExamples of the occupations classified here:\n"
            "- Pastry cook\n- Confectioner (except chocolate maker)\n"
            "Some related occupations classified elsewhere:\n- Pastry chef - 3434",
        )
        leaf = leaves_of(download)[group_uri("7512")]
        assert leaf.alt_labels == ("pastry cook", "Confectioner")
        assert leaf.description == "Bakers bake."

    def test_every_group_is_noted_once_with_the_first_of_its_unit_groups(self, leaves_of):
        download = EscoDownload()
        download.group("75")["description"] = "Workers.\nExcluded from this group are:\n- Cooks"
        leaves = leaves_of(download)
        noted = [note.code for leaf in leaves.values() for note in leaf.notes]
        assert sorted(noted) == sorted(group["code"] for group in download.groups)
        notes = {note.code: note for note in leaves[group_uri("7511")].notes}
        assert list(notes) == ["7511", "751", "75"]
        assert (notes["75"].definition, notes["75"].excludes) == ("Workers.", ("Cooks",))
        assert not leaves[BAKER].notes
        assert leaves[BAKER].notation == download.occupation(BAKER)["code"]

    def test_descriptions_of_occupations_are_cleaned(self, leaves_of):
        download = EscoDownload()
        download.occupation(BAKER)["description"] = "Bakers bake &amp; sell (excluding cakes)."
        assert leaves_of(download)[BAKER].description == "Bakers bake & sell."

    def test_no_text_of_a_small_download_speaks_of_other_groups(self, leaves_of):
        leaves = leaves_of(EscoDownload()).values()
        assert all("ighthouse" not in f"{leaf.labels} {leaf.description}" for leaf in leaves)

    def test_everyday_names_are_beside_the_names_and_distinct(self, tmp_path):
        source = read_source(str(EscoDownload().write_folder(tmp_path / "esco-v1.2.1")), "en")
        names = ("Baker", "  Night  Baker", "night baker", "&nbsp;")
        groups = [
            replace(group, everyday_names=names if group.isco_code == "7512" else ())
            for group in source.groups
        ]
        taxonomies = (source, replace(source, groups=tuple(groups)))
        plain, named = (
            {leaf.uri: leaf for leaf in searchable_leaves(build_taxonomy(taxonomy))}
            for taxonomy in taxonomies
        )
        bakers = group_uri("7512")
        assert named[bakers].everyday_names == ("Baker", "Night Baker")
        assert named == {
            **plain,
            bakers: replace(plain[bakers], everyday_names=("Baker", "Night Baker")),
        }

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_name_is_empty_or_repeated_in_the_starter(self, language):
        languages = dict.fromkeys((LANGUAGES[0], language))
        taxonomy = build_taxonomy(read_starter(*languages))
        leaves = [leaf for leaf in searchable_leaves(taxonomy) if leaf.language == language]
        assert [leaf.kind for leaf in leaves[:436]] == [Kind.GROUP] * 436
        assert {leaf.kind for leaf in leaves[436:]} == {Kind.LEAF}
        assert len(leaves) == 436 + len(taxonomy.occupations)
        assert {leaf.isco_code for leaf in leaves[436:]} == {
            leaf.isco_code for leaf in leaves[:436]
        }
        for leaf in leaves:
            assert all(leaf.labels)
            assert len({label.casefold() for label in leaf.labels}) == len(leaf.labels)
            assert document_text(leaf, "{description}")
            assert bool(leaf.description) == (language == LANGUAGES[0])

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("version", "language", "inner", "count"),
        [("v1.2.1", "en", 273, 3475), ("v1.2.1", "pl", 273, 3475), ("v1.1.1", "en", 270, 3443)],
    )
    def test_published_versions_give_names_and_texts_for_every_concept(
        self, shared_data, version, language, inner, count
    ):
        folder = shared_data(f"esco/{version}", f"every concept of {version} {language} has texts")
        leaves = searchable_leaves(build_taxonomy(read_source(str(folder), language)))
        kinds = [leaf.kind for leaf in leaves]
        assert len({leaf.uri for leaf in leaves}) == len(leaves) == count
        assert (kinds.count(Kind.INNER), kinds.count(Kind.GROUP)) == (inner, 426)
        assert len({leaf.isco_code for leaf in leaves}) == 436
        for leaf in leaves:
            assert all(leaf.labels)
            assert len({label.casefold() for label in leaf.labels}) == len(leaf.labels)
            assert document_text(leaf, "{description}")


class TestDocumentText:
    def test_fields_of_the_leaf_fill_the_template(self):
        leaf = make_concept("7512", "baker", "bread maker", "confectioner", description="Bakes.")
        text = document_text(leaf, "{label} ({alt_labels}): {description} [{isco_label}]")
        assert text == "baker (bread maker, confectioner): Bakes. [Group 7512]"

    def test_a_leaf_without_description_is_given_its_label(self):
        leaf = make_concept("7512", "baker")
        bare = replace(leaf, description="")
        assert document_text(bare, "{description}") == "baker"

    @pytest.mark.parametrize("template", ["{alt_labels}", "  {alt_labels}\n"])
    def test_no_text_is_empty(self, template):
        assert document_text(make_concept("7512", "baker"), template) == "baker"

    def test_braces_can_be_written_double(self):
        assert document_text(make_concept("7512", "baker"), "{{{label}}}") == "{baker}"

    def test_the_shipped_template_can_be_filled(self, make_settings):
        template = make_settings().taxonomy.document
        assert document_text(make_concept("7512", "baker", description="Bakes."), template) == (
            "baker. Bakes."
        )


class TestTemplateErrors:
    @pytest.mark.parametrize(
        "template", ["{title}", "{label} {0}", "{}", "{label.upper}", "no field", "{{label}}"]
    )
    def test_a_template_without_known_fields_is_refused_with_those_there_are(self, template):
        with pytest.raises(ConfigError) as raised:
            check_template(template)
        assert repr(template) in str(raised.value)
        assert all(field in str(raised.value) for field in TEMPLATE_FIELDS)

    @pytest.mark.parametrize(
        "template", ["{label", "label}", "{label:d}", "{label!x}", "{label:{width}}"]
    )
    def test_a_malformed_template_is_refused(self, template):
        with pytest.raises(ConfigError, match=r"taxonomy\.document .* is no template"):
            check_template(template)

    def test_a_leaf_is_not_filled_into_a_template_that_is_refused(self):
        with pytest.raises(ConfigError, match="must name fields"):
            document_text(make_concept("7512", "baker"), "{title}")
