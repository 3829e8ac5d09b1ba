"""What a new taxonomy changes: found, counted, and told in text, JSON and Markdown."""

import hashlib
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core import ESCO_NOTICE
from isco.core.errors import TaxonomyError, UnavailableError
from isco.core.progress import Silent
from isco.core.records import Kind
from isco.ingest.change_report import as_markdown, as_text
from isco.ingest.changes import (
    ADDED,
    ASPECTS,
    DESCRIBED,
    MOVED,
    NAMED,
    OCCUPATIONS,
    REMOVED,
    RENAMED,
    SUBJECTS,
    UNIT_GROUPS,
    compare,
)
from isco.ingest.load import dry_run, ingest
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder, make_concept
from tests.support.esco_download import BAKER, CAPTAIN, DEVELOPER, PLANNER, EscoDownload, group_uri

COOK = make_concept("5120", "cook", "chef", description="Cooks.")
NURSE = make_concept("2221", "nurse")
GROUP = replace(make_concept("5120", "Cooks"), uri=group_uri("5120"), kind=Kind.GROUP)
POLISH = replace(COOK, label="kucharz", alt_labels=(), description="Kucharze.", language="pl")
BOTH = ("en", "pl")


def changed(old, new, had=("en",), has=("en",)):
    return compare("A 1 en", "A 2 en", had, has, old, new, [], [])


def only(changes, subject, aspect):
    """The one change there is, of that kind."""
    assert changes.total == 1
    (change,) = changes.of(subject, aspect)
    return change


class TestCompare:
    def test_the_same_concepts_in_another_order_are_no_change(self):
        assert changed([COOK, NURSE, GROUP], [GROUP, NURSE, COOK]).total == 0

    def test_a_concept_that_came(self):
        change = only(changed([COOK], [COOK, NURSE]), OCCUPATIONS, ADDED)
        assert (change.uri, change.label, change.isco_code) == (NURSE.uri, "nurse", "2221")

    def test_a_concept_that_went(self):
        assert only(changed([COOK, NURSE], [COOK]), OCCUPATIONS, REMOVED).uri == NURSE.uri

    @pytest.mark.parametrize(
        ("change", "aspect", "before", "after"),
        [
            ({"label": "kitchen cook"}, RENAMED, "cook", "kitchen cook"),
            ({"isco_code": "3434", "isco_label": "Chefs"}, MOVED, "5120 Group 5120", "3434 Chefs"),
            ({"description": "Cooks food."}, DESCRIBED, "Cooks.", "Cooks food."),
            ({"alt_labels": ("chef", "saucier")}, NAMED, "", "saucier"),
            ({"alt_labels": ("saucier",)}, NAMED, "chef", "saucier"),
        ],
    )
    def test_a_concept_that_changed(self, change, aspect, before, after):
        found = only(changed([COOK], [replace(COOK, **change)]), OCCUPATIONS, aspect)
        assert (found.before, found.after) == (before, after)

    def test_a_concept_that_changed_in_two_aspects_stands_under_both(self):
        changes = changed([COOK], [replace(COOK, label="saucier", description="Sauces.")])
        assert [len(changes.of(OCCUPATIONS, a)) for a in (RENAMED, DESCRIBED)] == [1, 1]

    def test_names_in_another_order_are_no_change(self):
        one = replace(COOK, alt_labels=("chef", "saucier"))
        assert changed([one], [replace(one, alt_labels=("saucier", "chef"))]).total == 0

    def test_a_name_that_becomes_the_title_is_a_renaming_alone(self):
        new = replace(COOK, label="chef", alt_labels=("cook",))
        assert only(changed([COOK], [new]), OCCUPATIONS, RENAMED).after == "chef"

    def test_unit_groups_are_told_apart_though_they_be_leaves(self):
        leaf = replace(GROUP, kind=Kind.LEAF, description="Groups.")
        assert only(changed([GROUP], [leaf]), UNIT_GROUPS, DESCRIBED).uri == GROUP.uri

    def test_without_a_language_in_both_texts_are_not_compared(self):
        other = replace(COOK, label="Koch", language="de", isco_code="3434", isco_label="Köche")
        changes = changed([COOK, NURSE], [other], has=["de"])
        assert not changes.same_language
        assert (changes.languages_added, changes.languages_removed) == (("de",), ("en",))
        counts = changes.as_dict()["counts"][OCCUPATIONS]
        assert {a: n for a, n in counts.items() if n} == {REMOVED: 1, MOVED: 1}

    def test_concepts_of_a_language_that_comes_are_no_changes(self):
        changes = changed([COOK], [COOK, POLISH], has=BOTH)
        assert (changes.total, changes.same_language) == (0, True)
        assert (changes.languages_added, changes.languages_removed) == (("pl",), ())

    def test_concepts_of_a_language_that_goes_are_no_changes(self):
        changes = changed([COOK, POLISH], [COOK], had=BOTH)
        assert (changes.total, changes.same_language) == (0, True)
        assert (changes.languages_added, changes.languages_removed) == ((), ("pl",))

    @pytest.mark.parametrize(
        ("change", "aspect", "before", "after"),
        [
            ({"label": "kucharka"}, RENAMED, "kucharz", "kucharka"),
            ({"description": "Gotuje."}, DESCRIBED, POLISH.description, "Gotuje."),
            ({"alt_labels": ("szef kuchni",)}, NAMED, "", "szef kuchni"),
        ],
    )
    def test_texts_of_a_further_language_are_compared_and_told_with_it(
        self, change, aspect, before, after
    ):
        new = replace(POLISH, **change)
        found = only(changed([COOK, POLISH], [COOK, new], BOTH, BOTH), OCCUPATIONS, aspect)
        assert (found.before, found.after, found.language) == (before, after, "pl")
        assert found.as_dict()["language"] == "pl"

    def test_a_concept_that_moved_is_told_once_however_many_its_languages(self):
        old = [COOK, POLISH]
        new = [replace(leaf, isco_code="3434", isco_label="Chefs") for leaf in old]
        found = only(changed(old, new, BOTH, BOTH), OCCUPATIONS, MOVED)
        assert (found.language, "language" in found.as_dict()) == (None, False)

    def test_languages_may_change_places(self):
        assert changed([COOK, POLISH], [POLISH, COOK], BOTH, BOTH[::-1]).total == 0

    def test_texts_are_counted_once(self):
        changes = compare("A", "B", ["en"], ["en"], [], [], ["a", "b"], ["b", "c", "c", "d"])
        assert (changes.new_texts, changes.known_texts) == (2, 1)

    def test_changes_are_in_the_order_of_their_codes(self):
        new = [make_concept(code, "x") for code in ("9112", "0110", "2221")]
        codes = [change.isco_code for change in changed([], new).of(OCCUPATIONS, ADDED)]
        assert codes == ["0110", "2221", "9112"]


class TestReports:
    @pytest.fixture
    def changes(self):
        new = [
            replace(COOK, label="cook | [chef]", isco_code="3434", isco_label="Chefs"),
            *(make_concept("2512", f"developer {number}") for number in range(7)),
        ]
        return changed([COOK, NURSE], new)

    def test_text_has_the_counts_and_names_the_first(self, changes):
        text = as_text(changes, shown=5)
        assert "A 1 en → A 2 en" in text
        assert "7 occupations added" in text
        assert "2512 developer 4" in text
        assert "developer 5" not in text
        assert "… and 2 more" in text
        assert "cook | [chef]: 5120 Group 5120 → 3434 Chefs" in text

    def test_text_is_as_wide_as_a_terminal_however_many_names_came(self):
        new = replace(COOK, alt_labels=tuple(f"cook of dish {number}" for number in range(99)))
        assert max(map(len, as_text(changed([COOK], [new])).splitlines())) <= 130

    def test_text_of_no_changes_says_so(self):
        assert "none" in as_text(changed([COOK], [COOK]))

    @pytest.mark.parametrize("tell", [as_text, as_markdown])
    def test_reports_name_the_languages_that_come_and_go(self, tell):
        polish = [COOK, POLISH]
        assert "ll texts in pl come" in tell(changed([COOK], polish, has=BOTH))
        assert "ll texts in pl go" in tell(changed(polish, [COOK], had=BOTH))
        assert "none" not in as_text(changed([COOK], polish, has=BOTH))

    @pytest.mark.parametrize("tell", [as_text, as_markdown])
    def test_reports_say_when_no_language_is_in_both(self, tell):
        text = tell(changed([COOK], [POLISH], has=["pl"])).lower()
        assert "no language is in both" in text
        assert "all texts in" not in text

    @pytest.mark.parametrize("tell", [as_text, as_markdown])
    def test_reports_name_the_language_of_a_text_that_is_not_the_main_one(self, tell):
        new = replace(POLISH, label="kucharka", alt_labels=("szef kuchni",), description="Gotuje.")
        text = tell(changed([COOK, POLISH], [replace(COOK, label="chef"), new], BOTH, BOTH))
        # Polish title, description and other names; of the English title nothing need be said.
        assert text.count("(pl)") == 3

    def test_markdown_names_every_concept_with_its_uri(self, changes):
        text = as_markdown(changes, "The notice.")
        for subject in SUBJECTS:
            for aspect in ASPECTS:
                for change in changes.of(subject, aspect):
                    assert f"]({change.uri})" in text
        assert text.count("developer") == 2 * 7
        assert text.rstrip().endswith("The notice.")

    def test_markdown_shows_labels_as_they_are(self, changes):
        assert r"cook \| \[chef\]" in as_markdown(changes)

    def test_json_has_as_many_items_as_it_counts(self, changes):
        told = json.loads(json.dumps(changes.as_dict()))
        for subject in SUBJECTS:
            for aspect in ASPECTS:
                assert len(told[subject][aspect]) == told["counts"][subject][aspect]
        (moved,) = told[OCCUPATIONS][MOVED]
        assert moved == {
            "uri": COOK.uri,
            "label": "cook | [chef]",
            "isco_code": "3434",
            "isco_label": "Chefs",
            "before": "5120 Group 5120",
            "after": "3434 Chefs",
        }


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    do_not_wait(monkeypatch)


@pytest.fixture
def newer():
    """The download after: one of each kind of change."""
    download = EscoDownload()
    download.occupation(BAKER)["preferredLabel"] = "artisan baker"
    download.occupation(DEVELOPER)["description"] = "Writes programs."
    download.occupation(PLANNER)["iscoGroup"] = "2421"
    download.relations = [r for r in download.relations if r["conceptUri"] != PLANNER]
    download.relate(PLANNER, group_uri("2421"))
    download.occupations = [r for r in download.occupations if r["conceptUri"] != CAPTAIN]
    download.occupations.append(
        {
            **download.occupation(BAKER),
            "conceptUri": "http://data.europa.eu/esco/occupation/new",
            "preferredLabel": "pizza maker",
            "altLabels": "",
        }
    )
    return download


COUNTS = {ADDED: 1, REMOVED: 1, RENAMED: 1, MOVED: 1, DESCRIBED: 1, NAMED: 0}


@pytest.fixture
def load(make_settings, tmp_path):
    settings = make_settings()

    def load(download, name="esco-v1.2.1", **options):
        source = download.write_folder(tmp_path / name)
        return ingest(settings, str(source), lambda _: HashingEmbedder(), Silent(), **options)

    load.settings = settings
    return load


def state_of(folder):
    """Every file below a folder with a hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
class TestIngest:
    def test_the_first_one_has_nothing_to_compare_with(self, load):
        summary = load(EscoDownload())
        assert summary.changes is None
        assert summary.as_dict()["changes"] is None

    def test_one_without_changes_says_that_nothing_changed(self, load):
        load(EscoDownload())
        assert load(EscoDownload()).changes.total == 0

    def test_changes_are_told_against_the_version_that_was_in_use(self, load, newer):
        load(EscoDownload())
        changes = load(newer, "esco-v1.2.2").changes
        assert (changes.before, changes.after) == ("ESCO v1.2.1 en", "ESCO v1.2.2 en")
        assert changes.as_dict()["counts"][OCCUPATIONS] == COUNTS
        assert changes.of(OCCUPATIONS, RENAMED)[0].uri == BAKER
        assert changes.of(OCCUPATIONS, MOVED)[0].uri == PLANNER
        assert changes.of(OCCUPATIONS, REMOVED)[0].uri == CAPTAIN


@pytest.mark.slow
class TestDryRun:
    def test_it_foretells_what_the_ingest_then_tells(self, load, newer, tmp_path):
        load(EscoDownload())
        source = newer.write_folder(tmp_path / "esco-v1.2.2")
        foretold = dry_run(load.settings, str(source))
        told = load(newer, "esco-v1.2.2")
        assert foretold.changes == told.changes
        assert told.changes.new_texts == told.embedded
        for name in ("taxonomy", "points", "leaves", "labels", "codes", "warnings", "notice"):
            assert getattr(foretold, name) == getattr(told, name)

    def test_it_writes_nothing(self, load, newer, tmp_path):
        load(EscoDownload())
        source = newer.write_folder(tmp_path / "esco-v1.2.2")
        before = state_of(load.settings.data_dir)
        assert dry_run(load.settings, str(source)).changes.total == sum(COUNTS.values())
        assert state_of(load.settings.data_dir) == before

    def test_before_the_first_ingest_it_makes_no_folder(self, load, newer, tmp_path):
        source = newer.write_folder(tmp_path / "esco-v1.2.2")
        outcome = dry_run(load.settings, str(source))
        assert (outcome.in_use, outcome.changes) == (None, None)
        assert outcome.codes == 436
        assert not load.settings.data_dir.exists()

    def test_it_refuses_what_the_ingest_would_refuse(self, load, tmp_path):
        broken = EscoDownload()
        broken.drop_group("9624")
        with pytest.raises(TaxonomyError, match="435"):
            dry_run(load.settings, str(broken.write_folder(tmp_path / "esco")))

    def test_a_server_that_is_away_is_told(self, make_settings, tmp_path):
        source = EscoDownload().write_folder(tmp_path / "esco")
        settings = make_settings(
            qdrant__mode="server", qdrant__url="http://127.0.0.1:9", qdrant__retries=0
        )
        with pytest.raises(UnavailableError, match="can't be reached"):
            dry_run(settings, str(source))


@pytest.mark.slow
class TestCommand:
    @pytest.fixture
    def isco(self, load, tmp_path):
        """`isco ingest` on what `load` loaded; gives the result of click's runner."""

        def run(download, *arguments):
            source = download.write_folder(tmp_path / "esco-v1.2.2")
            return CliRunner().invoke(
                cli,
                [
                    "ingest", "--source", str(source), *arguments,
                    "--set", f"data_dir={load.settings.data_dir}",
                    "--set", "taxonomy.everyday_languages=[]",
                ],
            )  # fmt: skip

        return run

    @pytest.fixture
    def without_model(self, monkeypatch):
        def refuse(_):
            raise AssertionError("the model was opened")

        monkeypatch.setattr("isco.core.embedding.open_embedder", refuse)

    def test_a_dry_run_needs_no_model_and_says_that_nothing_was_written(
        self, isco, load, newer, without_model
    ):
        load(EscoDownload())
        result = isco(newer, "--dry-run")
        assert result.exit_code == 0, result.output
        assert "ESCO v1.2.1 en → ESCO v1.2.2 en" in result.stdout
        assert "1 occupations renamed" in result.stdout
        assert "nothing was written" in result.stderr
        assert ESCO_NOTICE in result.stderr

    def test_a_dry_run_as_json_is_one_object_with_lists(self, isco, load, newer, without_model):
        load(EscoDownload())
        answer = json.loads(isco(newer, "--dry-run", "--json").stdout)
        assert answer["dry_run"] is True
        assert answer["changes"]["counts"][OCCUPATIONS] == COUNTS
        assert [one["uri"] for one in answer["changes"][OCCUPATIONS][REMOVED]] == [CAPTAIN]

    def test_the_report_is_markdown_with_the_notice(
        self, isco, load, newer, without_model, tmp_path
    ):
        load(EscoDownload())
        report = tmp_path / "changes.md"
        assert isco(newer, "--dry-run", "--report", str(report)).exit_code == 0
        text = report.read_text(encoding="utf-8")
        assert text.startswith("# ESCO v1.2.1 en → ESCO v1.2.2 en\n")
        assert BAKER in text
        assert ESCO_NOTICE in text

    def test_without_a_version_in_use_there_is_no_report(
        self, isco, newer, without_model, tmp_path
    ):
        report = tmp_path / "changes.md"
        result = isco(newer, "--dry-run", "--report", str(report))
        assert result.exit_code == 0
        assert "was not written" in result.stderr
        assert not report.exists()

    def test_a_report_that_can_t_be_written_is_told(
        self, isco, load, newer, without_model, tmp_path
    ):
        load(EscoDownload())
        result = isco(newer, "--dry-run", "--report", str(tmp_path / "absent" / "changes.md"))
        assert isinstance(result.exception, UnavailableError)
        assert "can't write the report" in str(result.exception)
