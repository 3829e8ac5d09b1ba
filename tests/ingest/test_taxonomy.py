"""The taxonomy as a graph: what its leaves are, and what it refuses or mends."""

from dataclasses import replace

import pytest

from isco.core.errors import TaxonomyError
from isco.ingest.sources import read_source
from isco.ingest.sources.base import SourceConcept
from isco.ingest.sources.starter import read_starter
from isco.ingest.taxonomy import GROUP_COUNT, UNIT_GROUP_COUNT, build_taxonomy
from tests.support.esco_download import (
    BAKER,
    CAPTAIN,
    DEVELOPER,
    EMBEDDED,
    MOBILE,
    PLANNER,
    EscoDownload,
    group_uri,
)

WITHOUT_OCCUPATION = [
    *("1113", "2240", "3221", "4414", "6310"),
    *("6320", "6330", "6340", "7549", "9624"),
]


@pytest.fixture
def build(tmp_path):
    """The taxonomy of a download, written and read."""

    def build(download):
        return build_taxonomy(read_source(str(download.write_folder(tmp_path / "esco")), "en"))

    return build


class TestLeaves:
    def test_leaves_are_the_concepts_without_narrower_ones(self, build):
        taxonomy = build(EscoDownload())
        occupations = {c.uri for c in taxonomy.leaves() if c.uri in taxonomy.occupations}
        assert occupations == {EMBEDDED, MOBILE, BAKER, PLANNER, CAPTAIN}
        assert not taxonomy.is_leaf(DEVELOPER)

    def test_occupations_with_narrower_ones_are_inner(self, build):
        taxonomy = build(EscoDownload())
        assert [c.uri for c in taxonomy.inner_occupations()] == [DEVELOPER]

    def test_unit_groups_without_occupation_are_leaves(self, build):
        taxonomy = build(EscoDownload())
        groups = {c.isco_code for c in taxonomy.leaves() if c.uri not in taxonomy.occupations}
        filled = {"2512", "2514", "7512", "2164", "0110"}
        assert groups == {group.isco_code for group in taxonomy.unit_groups()} - filled

    def test_groups_above_unit_groups_are_never_leaves(self, build):
        taxonomy = build(EscoDownload())
        assert {len(c.isco_code) for c in taxonomy.leaves()} == {4}
        assert not any(taxonomy.is_leaf(g.uri) for c, g in taxonomy.groups.items() if len(c) < 4)

    def test_all_leaves_of_the_starter_are_its_kinds_of_work(self):
        taxonomy = build_taxonomy(read_starter("en"))
        assert taxonomy.leaves() == list(taxonomy.occupations.values())
        assert len({leaf.isco_code for leaf in taxonomy.leaves()}) == UNIT_GROUP_COUNT
        assert taxonomy.inner_occupations() == []
        assert len(taxonomy.groups) == GROUP_COUNT
        assert taxonomy.warnings == {}

    def test_unit_groups_come_in_the_order_of_their_codes(self, build):
        download = EscoDownload()
        download.groups.reverse()
        codes = [group.isco_code for group in build(download).unit_groups()]
        assert codes == sorted(codes)
        assert (len(codes), codes[0], codes[-1]) == (UNIT_GROUP_COUNT, "0110", "9629")

    def test_group_title_is_the_code_and_the_tidy_title(self, build):
        download = EscoDownload()
        download.group("25")["preferredLabel"] = " Information  technology\nprofessionals "
        taxonomy = build(download)
        assert taxonomy.group_title("25") == "25 Information technology professionals"


class TestMended:
    def test_a_whole_download_has_no_warnings(self, build):
        assert build(EscoDownload()).warnings == {}

    def test_relations_to_unknown_concepts_are_counted_and_left_out(self, build):
        download = EscoDownload()
        download.relate(BAKER, "http://data.europa.eu/esco/occupation/unknown")
        download.relate("http://data.europa.eu/esco/occupation/unknown", group_uri("7512"))
        taxonomy = build(download)
        assert taxonomy.warnings == {"relations to an unknown concept": 2}
        assert taxonomy.is_leaf(BAKER)
        assert "http://data.europa.eu/esco/occupation/unknown" not in taxonomy.graph

    def test_an_occupation_without_a_relation_is_placed_by_its_code(self, build):
        download = EscoDownload()
        download.relations = [r for r in download.relations if r["conceptUri"] != BAKER]
        taxonomy = build(download)
        assert list(taxonomy.graph.predecessors(BAKER)) == [group_uri("7512")]
        assert not taxonomy.is_leaf(group_uri("7512"))
        assert taxonomy.warnings == {"occupations placed by their code alone": 1}

    def test_a_group_without_a_relation_is_placed_by_its_code(self, build):
        download = EscoDownload()
        download.relations = [r for r in download.relations if r["conceptUri"] != group_uri("2512")]
        taxonomy = build(download)
        assert list(taxonomy.graph.predecessors(group_uri("2512"))) == [group_uri("251")]
        assert taxonomy.warnings == {"groups placed by their code alone": 1}

    def test_an_occupation_keeps_its_code_when_its_relations_lead_elsewhere(self, build):
        download = EscoDownload()
        download.occupation(EMBEDDED)["iscoGroup"] = "2513"
        taxonomy = build(download)
        assert taxonomy.occupations[EMBEDDED].isco_code == "2513"
        assert taxonomy.warnings == {"occupations whose relations contradict their code": 1}

    def test_warnings_of_the_source_are_passed_on(self, build):
        download = EscoDownload()
        download.occupations.append(dict(download.occupation(BAKER)))
        assert build(download).warnings == {"duplicate occupation rows": 1}

    @pytest.mark.parametrize("label", ["", " ", "&nbsp;"])
    def test_an_occupation_without_any_name_is_left_out_and_counted(self, build, label):
        download = EscoDownload()
        download.occupation(MOBILE).update(preferredLabel=label, altLabels=label)
        taxonomy = build(download)
        assert MOBILE not in taxonomy.occupations
        assert taxonomy.is_leaf(group_uri("2514"))
        assert taxonomy.warnings["occupations without a name left out"] == 1

    def test_narrower_occupations_of_a_nameless_one_are_placed_by_their_code(self, build):
        download = EscoDownload()
        download.occupation(DEVELOPER).update(preferredLabel="", altLabels="")
        taxonomy = build(download)
        assert list(taxonomy.graph.predecessors(EMBEDDED)) == [group_uri("2512")]


class TestRefused:
    def test_relations_in_a_circle_are_shown(self, build):
        download = EscoDownload()
        download.relate(DEVELOPER, EMBEDDED)
        with pytest.raises(TaxonomyError, match="run in a circle") as raised:
            build(download)
        assert DEVELOPER in str(raised.value)
        assert EMBEDDED in str(raised.value)

    def test_a_concept_broader_than_itself_is_a_circle(self, build):
        download = EscoDownload()
        download.relate(BAKER, BAKER)
        with pytest.raises(TaxonomyError, match="run in a circle"):
            build(download)

    @pytest.mark.parametrize("code", ["2599", "251", "25", "", "developer"])
    def test_an_occupation_under_no_known_unit_group_is_named(self, build, code):
        download = EscoDownload()
        download.occupation(DEVELOPER)["iscoGroup"] = code
        with pytest.raises(TaxonomyError) as raised:
            build(download)
        assert f"'software developer' ({code or 'no code'})" in str(raised.value)

    def test_of_many_such_occupations_five_are_named(self, build):
        download = EscoDownload()
        for row in download.occupations:
            row["iscoGroup"] = "2599"
        with pytest.raises(TaxonomyError, match=r"and 1 more$") as raised:
            build(download)
        assert str(raised.value).count("(2599)") == 5

    def test_a_missing_unit_group_is_an_error_that_counts(self, build):
        download = EscoDownload()
        download.drop_group("9624")
        with pytest.raises(TaxonomyError, match=r"has 435 .* but there are 436"):
            build(download)

    @pytest.mark.parametrize("code", ["962", "96"])
    def test_a_missing_group_above_is_an_error_that_names_those_below(self, build, code):
        download = EscoDownload()
        download.drop_group(code)
        with pytest.raises(TaxonomyError, match=f"without their parent group: {code}"):
            build(download)

    @pytest.mark.parametrize("code", ["25120", "C2512", "25.1", "٢٥١٢"])
    def test_a_malformed_group_code_is_named(self, build, code):
        download = EscoDownload()
        download.group("2512")["code"] = code
        with pytest.raises(TaxonomyError, match="is not an ISCO-08 code"):
            build(download)

    def test_two_groups_of_one_code_are_an_error(self):
        source = read_starter("en")
        twin = SourceConcept("http://example.org/twin", "2512", "Software developers again")
        with pytest.raises(TaxonomyError, match="two ISCO groups have the code 2512"):
            build_taxonomy(replace(source, groups=(*source.groups, twin)))

    @pytest.mark.parametrize("label", ["", "&nbsp;"])
    def test_a_group_without_a_title_is_named(self, build, label):
        download = EscoDownload()
        download.group("2512")["preferredLabel"] = label
        with pytest.raises(TaxonomyError, match="2512 has no title"):
            build(download)


class TestPublishedTaxonomies:
    @pytest.mark.parametrize(
        ("version", "language", "leaves", "inner", "warnings"),
        [
            ("v1.2.1", "en", 2776, 273, {"duplicate occupation rows": 4}),
            ("v1.2.1", "pl", 2776, 273, {"duplicate occupation rows": 4}),
            ("v1.2.1", "nl", 2776, 273, {"duplicate occupation rows": 4}),
            ("v1.2.0", "en", 2776, 273, {}),
            ("v1.1.1", "en", 2747, 270, {"relations to an unknown concept": 1}),
        ],
    )
    def test_leaves_are_occupations_and_the_ten_unit_groups_without_any(
        self, shared_data, version, language, leaves, inner, warnings
    ):
        folder = shared_data(f"esco/{version}", f"{version} {language} has its known leaves")
        taxonomy = build_taxonomy(read_source(str(folder), language))
        groups = [c.isco_code for c in taxonomy.leaves() if c.uri not in taxonomy.occupations]
        assert groups == WITHOUT_OCCUPATION
        assert len(taxonomy.leaves()) == leaves
        assert len(taxonomy.inner_occupations()) == inner
        assert len(taxonomy.occupations) == leaves - len(groups) + inner
        assert taxonomy.warnings == warnings
