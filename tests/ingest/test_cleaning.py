"""Descriptions say what a concept is, and nothing of what it is not."""

import csv
import re

import pytest

from isco.core.records import GroupNote
from isco.ingest.cleaning import clean_description, clean_group, clean_label, published_note

VERSIONS = ("v1.1.1", "v1.2.0", "v1.2.1")
UNIT_GROUPS_WITH_SECTIONS_ON_OTHERS = 302

SECTIONED = """Bakers make bread, cakes and pastries.

Tasks include -
(a) checking flour, yeast and other ingredients;
(b) kneading and (where needed) shaping dough.

Examples of the occupations classified here:
- Baker
- Pastry-cook (except pastry chef)
- Pastry-cook
-  Chocolate maker

Some related occupations classified elsewhere:
- Pastry chef - 3434
- Baking machine operator - 8160

Note
Those who run machines should be classified in Unit Group 8160."""

SAYS_WHAT_IT_IS_NOT = re.compile(
    r"classified (?!here\b|advertising\b)"  # "classified here" places, "classified ads" are ads
    r"|elsewhere classified"
    r"|\bexclu(?:d|sion)"
    r"|\bexcept(?: for)?\b"
    r"|\bother than\b"
    r"|\bnot (?:be )?(?:included|covered|classified|part of this)\b"
    r"|\b(?:that|which|who) do not (?:include|cover)\b"
    r"|(?-i:\bNotes?\b)"  # small, they are what clerks take
    r"|\bshould be (?:classified|coded|noted|included)"
    r"|\bgroups? \d"
    r"|(?<!\d)\d{3,4}(?!\d)"  # the number of another group
    r"|\bISCO\b",
    re.IGNORECASE,
)
SECTION_ON_OTHERS = re.compile(
    r"occupations classified elsewhere|^\s*excluded from this|^\s*notes?\b",
    re.IGNORECASE | re.MULTILINE,
)
ITEM_WITH_ANOTHER_CODE = re.compile(r"(?:^|\s)- ([^\n]+?)\s+[-–]\s*(\d{4})\b")


@pytest.fixture(scope="module", params=VERSIONS)
def groups(request, shared_data):
    """(code, published description) of every group of one ESCO version."""
    folder = shared_data(
        f"esco/{request.param}", f"no cleaned text of {request.param} speaks of other groups"
    )
    with (folder / "ISCOGroups_en.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["code"], row["description"]) for row in csv.DictReader(file)]


class TestGroupSections:
    def test_definition_is_what_stands_before_the_first_heading(self):
        assert clean_group(SECTIONED).definition == "Bakers make bread, cakes and pastries."

    def test_tasks_lose_their_letters_and_line_breaks(self):
        assert clean_group(SECTIONED).tasks == (
            "checking flour, yeast and other ingredients; "
            "kneading and (where needed) shaping dough."
        )

    def test_examples_are_listed_once_without_their_exceptions(self):
        assert clean_group(SECTIONED).examples == ("Baker", "Pastry-cook", "Chocolate maker")

    def test_description_is_definition_and_tasks(self):
        text = clean_group(SECTIONED)
        assert text.description == f"{text.definition} {text.tasks}"

    @pytest.mark.parametrize("heading", ["Tasks include -", "Tasks performed usually include:"])
    def test_task_headings_in_use_are_recognised(self, heading):
        text = clean_group(f"Bakers bake.\n{heading}\n(a) baking.")
        assert (text.definition, text.tasks) == ("Bakers bake.", "baking.")

    @pytest.mark.parametrize(
        "heading",
        [
            "Some related occupations classified elsewhere:",
            "Related occupations classified elsewhere -",
            "Some occupations classified elsewhere:",
            "Excluded from this group are:",
            "Excluded from this unit group are -",
            "Note",
            "Notes:",
            "Occupations in this minor group are classified into the following unit groups:",
        ],
    )
    def test_sections_on_other_groups_are_cut_to_their_end(self, heading):
        text = clean_group(f"Bakers bake.\n{heading}\n- Lighthouse keeper\n- Falconer - 6210")
        assert text.description == "Bakers bake."
        assert text.examples == ()

    def test_a_later_section_of_the_groups_own_is_kept(self):
        text = clean_group(
            "Bakers bake.\nNote\nMillers mill.\nExamples of the occupations classified here:\n"
            "- Baker"
        )
        assert text.examples == ("Baker",)
        assert text.description == "Bakers bake."

    def test_words_that_only_begin_like_a_heading_stay(self):
        text = clean_group("Clerks take notes and notebooks of record.")
        assert text.definition == "Clerks take notes and notebooks of record."

    def test_windows_line_ends_and_items_on_one_line_are_read(self):
        text = clean_group(
            "Bakers bake.\r\nExamples of the occupations classified here:\r\n- Baker - Confectioner"
        )
        assert text.examples == ("Baker", "Confectioner")

    def test_a_description_without_text_gives_empty_parts(self):
        text = clean_group("  \n")
        assert (text.definition, text.tasks, text.examples) == ("", "", ())


class TestDescriptions:
    @pytest.mark.parametrize(
        ("published", "clean"),
        [
            (
                "Cleaners not elsewhere classified clean ships.",
                "Cleaners clean ships.",
            ),
            (
                "This covers cleaners not classified elsewhere in Minor Group 911: Domestic "
                "Cleaners. They clean ships.",
                "This covers cleaners. They clean ships.",
            ),
            (
                "Managers who plan services and are not classified in Minor Group 121: Business "
                "Managers, or elsewhere. They lead.",
                "Managers who plan services. They lead.",
            ),
            (
                "It includes workers not classified in Minor Groups 521: Stall Holders, 522: "
                "Shop Staff and 523: Cashiers. They sell.",
                "It includes workers. They sell.",
            ),
            (
                "They assemble products that do not include electronic, electrical, or mechanical "
                "parts.",
                "They assemble products.",
            ),
            (
                "They raise animals (excluding poultry), such as cattle.",
                "They raise animals, such as cattle.",
            ),
            ("They sort fruit (except berries) by hand.", "They sort fruit by hand."),
            (
                "They repair machines, except cars and aircraft.",
                "They repair machines.",
            ),
            (
                "They make clothes, excluding hats, and sell them.",
                "They make clothes, and sell them.",
            ),
            ("They train staff other than pilots.", "They train staff."),
            ("Bakers bake. Cooks are excluded.", "Bakers bake."),
            ("Bakers bake. Cooks should be classified in Unit Group 5120.", "Bakers bake."),
            ("Bakers bake. Cooks are not included here.", "Bakers bake."),
            (
                "Bakers bake. Most jobs require skills at the second ISCO skill level.",
                "Bakers bake.",
            ),
            ("They support those in Major Group 4: Clerks.", "They support those in Clerks."),
            ("They lead those in Sub-major 031: Ranks.", "They lead those in Ranks."),
        ],
    )
    def test_clauses_on_other_groups_are_cut(self, published, clean):
        assert clean_description(published) == clean

    @pytest.mark.parametrize(
        "text",
        [
            "They print classified advertising and deliver it to homes and elsewhere.",
            "They assess losses covered by insurance, in exceptional cases too.",
            "They use tools including but not limited to saws.",
            "They move goods by rail including or excluding other transport modes.",
            "Producers of television programmes are classified here.",
            "They serve people who do not usually see a doctor.",
            "They use scanners (with or without film) every day.",
        ],
    )
    def test_what_belongs_to_the_work_stays(self, text):
        assert clean_description(text) == text

    def test_entities_and_doubled_spaces_are_resolved(self):
        assert clean_description("Research &amp;\u00a0 development\n of bread") == (
            "Research & development of bread"
        )

    def test_letters_of_task_lists_go_and_other_brackets_stay(self):
        assert clean_description("(a) baking (bread); (b) selling.") == "baking (bread); selling."

    def test_cleaning_twice_changes_nothing_more(self):
        once = clean_description("Cooks (not chefs) cook, except soup. Chefs are excluded.")
        assert once == "Cooks cook."
        assert clean_description(once) == once


class TestLabels:
    @pytest.mark.parametrize(
        ("published", "clean"),
        [
            ("  baker \n of  bread\t", "baker of bread"),
            ("baker&nbsp;&amp; confectioner", "baker & confectioner"),
            ("chef (pastry)", "chef (pastry)"),
            ("&nbsp;", ""),
        ],
    )
    def test_labels_are_one_line_without_entities(self, published, clean):
        assert clean_label(published) == clean


class TestNotesForPeople:
    def test_what_a_group_excludes_is_told_with_the_code_that_it_is_in(self):
        note = published_note(
            "7512",
            "Bakers&#x20;",
            "Bakers bake (except  cakes).\n\nTasks include -\n(a)  kneading;\n(b)  baking.\n"
            "Examples of the occupations classified here:\n- Baker\n"
            "Some related occupations classified elsewhere:\n- Pastry chef - 3434\n"
            "- Falconer;\nNotes\nMillers are classified in Unit Group 8160.\n",
        )
        assert note == GroupNote(
            "7512",
            "Bakers",
            "Bakers bake (except cakes).",
            "(a) kneading;\n(b) baking.",
            ("Pastry chef - 3434", "Falconer"),
            "Millers are classified in Unit Group 8160.",
        )

    def test_groups_below_are_not_told_again(self):
        note = published_note(
            "75",
            "Workers",
            "Workers work.\nOccupations in this sub-major group are classified into the following "
            "minor groups:\n751 Food processing\n",
        )
        assert (note.definition, note.excludes, note.note) == ("Workers work.", (), "")


@pytest.mark.slow
class TestPublishedGroups:
    def test_no_cleaned_text_says_what_a_group_is_not(self, groups):
        assert len(groups) == 619
        found = []
        for code, published in groups:
            text = clean_group(published)
            for part in (text.definition, text.tasks, *text.examples):
                hits = SAYS_WHAT_IT_IS_NOT.finditer(part)
                found += [f"{code}: {hit.group()!r} in {part!r}" for hit in hits]
        assert not found, "\n".join(found)

    def test_no_example_is_an_occupation_that_the_text_sends_to_another_group(self, groups):
        sent_away = kept = 0
        for code, published in groups:
            others = {
                label.casefold()
                for label, other in ITEM_WITH_ANOTHER_CODE.findall(published)
                if other != code
            }
            examples = {example.casefold() for example in clean_group(published).examples}
            assert not examples & others, code
            sent_away += len(others)
            kept += len(examples)
        assert sent_away > 800
        assert kept > 1800

    def test_every_unit_group_keeps_a_definition(self, groups):
        definitions = [clean_group(text).definition for code, text in groups if len(code) == 4]
        assert len(definitions) == 436
        assert all(len(definition.split()) >= 5 for definition in definitions)

    def test_every_section_on_other_groups_is_cut(self, groups):
        cut = 0
        for code, published in groups:
            heading = SECTION_ON_OTHERS.search(published)
            if heading is None or len(code) != 4:
                continue
            text = clean_group(published)
            own = " ".join((text.description, *text.examples))
            after = published[heading.end() :].split("classified here")[0]
            items = [item.strip(" :-.;") for item in re.split(r"\n|;", after)]
            for item in items:
                assert len(item.split()) < 4 or item not in own, f"{code}: {item}"
            cut += len(own.split()) < len(published.split())
        assert cut >= UNIT_GROUPS_WITH_SECTIONS_ON_OTHERS
