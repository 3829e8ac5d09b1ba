"""What a table is worth."""

from pathlib import Path

from isco.crosswalk.quality import quality_of
from isco.crosswalk.text import quality_table
from tests.crosswalk.tables import BAKER, COOK, ESCO, PASTRY, crosswalk

ROWS = [
    f"{COOK.uri},,C1,Köche,exactMatch,",
    f"{COOK.uri},,C2,Hilfsköche,broadMatch,",
    f"{PASTRY.uri},,C2,Küchenhilfen,broadMatch,",
    f"{COOK.uri},,C1,Köche,exactMatch,",
    f"{COOK.uri},,C1,Köche,closeMatch,",
    "http://x.org/old,baker,B1,Bäcker,exactMatch,",
    "http://x.org/gone,lamplighter,L1,Anzünder,exactMatch,",
    f"{ESCO}/isco/C9111,,R1,Reinigung,,",
    f"{BAKER.uri},,,nothing,,",
]


def test_coverage_shares_and_faults_are_told(tmp_path: Path) -> None:
    found = quality_of(crosswalk(tmp_path, ROWS))
    assert (found.rows, found.targets, len(found.broken)) == (9, 5, 1)
    assert (found.occupations.covered, found.occupations.n, found.occupations.one) == (3, 3, 2)
    assert (found.unit_groups.covered, found.unit_groups.n, found.unit_groups.one) == (3, 3, 2)
    assert (found.one_to_one, found.one_to_many) == (3, 1)
    assert (found.many_to_one, found.many_to_many) == (1, 1)
    assert (found.by_name, found.missing_sources) == (1, 1)
    assert [link.line for link in found.doubled] == [5]
    assert [link.line for link in found.contradicting] == [6]
    assert found.labels == ("C2",)
    assert found.relations["none said"] == 1


def test_it_is_a_table_for_people_and_plain_data(tmp_path: Path) -> None:
    found = quality_of(crosswalk(tmp_path, ROWS))
    text = quality_table(found)
    assert "lamplighter" in text and "line 10" in text
    data = found.as_dict()
    assert data["occupations"]["one_target_share"] == round(2 / 3, 4)
    assert data["missing_sources"] == ["http://x.org/gone"]
    assert data["broken_by_reason"] == {"it names no target": 1}
