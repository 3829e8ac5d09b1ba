"""ESCO's web service as a source: the same leaves as the CSV download, politely come by."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.errors import ConfigError, InputError, UnavailableError
from isco.core.progress import Silent
from isco.ingest.documents import searchable_leaves
from isco.ingest.load import dry_run, ingest
from isco.ingest.sources import read_esco_api, read_source
from isco.ingest.taxonomy import build_taxonomy
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder
from tests.support.esco_download import (
    BAKER,
    BROADER,
    DEVELOPER,
    EMBEDDED,
    GROUPS,
    OCCUPATIONS,
    EscoDownload,
    group_uri,
)
from tests.support.esco_service import SCHEME, VERSION, EscoService, Trouble

RETRIES = 3
# Groups above the six occupations, at four levels.
CODES = ("0110", "2164", "2512", "2514", "7512")
ABOVE = {code[:length] for code in CODES for length in (1, 2, 3, 4)}
CONCEPTS = len(ABOVE) + 6


@pytest.fixture
def download():
    download = EscoDownload()
    download.add_skills()
    return download


@pytest.fixture
def folder(download, tmp_path):
    """The download without the groups that are above no occupation: a crawl is soon done."""
    for group in list(download.groups):
        if group["code"] not in ABOVE:
            download.drop_group(group["code"])
    return download.write_folder(tmp_path / f"esco-{VERSION}")


@pytest.fixture
def service(folder, pauses):
    with EscoService(folder) as server:
        yield server


@pytest.fixture
def crawl(service, tmp_path):
    """Read the service; every call goes on with the same kept answers."""

    def crawl(*languages, progress=None, kept="answers.sqlite3", **values):
        flags = {"esco_api.url": service.url, "esco_api.retries": RETRIES}
        flags |= {f"esco_api.{name}": value for name, value in values.items()}
        settings = load_settings(environment={}, flags=flags).esco_api
        asked = languages or ("en",)
        return read_esco_api(settings, *asked, kept=tmp_path / kept, progress=progress)

    return crawl


def leaves_of(source):
    return {leaf.uri: leaf for leaf in searchable_leaves(build_taxonomy(source))}


def essence(source):
    """Concepts by URI without empty names, and the relations."""
    concepts = (*source.groups, *source.occupations)
    named = {c.uri: replace(c, alt_labels=tuple(filter(None, c.alt_labels))) for c in concepts}
    return named, set(source.broader)


def assert_same(by_api, folder):
    assert essence(by_api) == essence(read_source(str(folder), "en"))


class TestEquality:
    def test_every_concept_is_the_one_of_the_download(self, crawl, folder):
        source = crawl()
        assert_same(source, folder)
        download = read_source(str(folder), "en")
        for name in ("name", "version", "language", "notice", "warnings"):
            assert getattr(source, name) == getattr(download, name)

    def test_skills_come_with_the_occupations(self, crawl):
        concepts, _ = essence(crawl())
        assert concepts[DEVELOPER].essential_skills == ("debug software", "write programs")
        assert concepts[BAKER].optional_skills == ("write programs",)

    def test_an_occupation_below_another_has_its_unit_group(self, crawl):
        assert essence(crawl())[0][EMBEDDED].isco_code == "2512"

    @pytest.mark.parametrize("page", [1, 2, 1000])
    def test_lists_that_come_in_pages_are_whole(self, crawl, service, folder, page):
        service.page = page
        assert_same(crawl(), folder)

    @pytest.mark.slow
    def test_published_concepts_are_those_of_the_published_download(
        self, shared_data, tmp_path, pauses
    ):
        published = shared_data(
            "esco/v1.1.1", "the web service gives the same leaves as the download of v1.1.1"
        )
        folder = excerpt_of(published, tmp_path / f"esco-{VERSION}")
        with EscoService(folder, page=100) as server:
            flags = {"esco_api.url": server.url}
            settings = load_settings(environment={}, flags=flags).esco_api
            source = read_esco_api(settings, "en", kept=tmp_path / "kept.sqlite3")
        leaves = leaves_of(source)
        assert leaves == leaves_of(read_source(str(folder), "en"))
        assert sum(bool(leaf.essential_skills) for leaf in leaves.values()) > 250

    def test_the_checksum_changes_when_the_service_does(self, crawl, service, download, tmp_path):
        first = crawl(kept="first.sqlite3").checksum
        assert crawl(kept="second.sqlite3").checksum == first
        service._occupations[BAKER]["description"] += " And at night."
        assert crawl(kept="third.sqlite3").checksum != first


class TestLanguages:
    @pytest.fixture
    def service(self, folder, pauses):
        with EscoService(folder, language="nl") as server:
            yield server

    def test_titles_that_are_missing_are_english_and_counted(self, crawl, service):
        service.untranslated = {BAKER, DEVELOPER}
        source = crawl("nl")
        baker = {c.uri: c for c in source.occupations}[BAKER]
        assert (baker.label, baker.alt_labels, baker.description) == ("baker", (), "")
        assert source.warnings == {"titles missing in 'nl', taken in English": 2}
        assert source.language == "nl"

    def test_texts_in_the_language_asked_for_are_all_taken(self, crawl):
        source = crawl("nl")
        baker = {c.uri: c for c in source.occupations}[BAKER]
        assert baker.alt_labels == ("bread maker", "baker of bread")
        assert baker.description
        assert source.warnings == {}


class TestPoliteness:
    def test_nothing_is_asked_twice(self, crawl, service):
        service.page = 1000
        crawl()
        assert len(service.asked) == len(set(service.asked)) == 1 + CONCEPTS

    def test_a_second_crawl_asks_for_nothing(self, crawl, service):
        first = crawl()
        service.asked.clear()
        assert crawl() == first
        assert service.asked == []

    def test_another_version_is_asked_for_anew(self, crawl, service):
        crawl()
        service.asked.clear()
        with pytest.raises(ConfigError):
            crawl(version="v9.9.9")
        assert service.asked == [SCHEME]

    @pytest.mark.parametrize("connections", [1, 2])
    def test_no_more_connections_are_used_than_configured(self, crawl, service, connections):
        crawl(connections=connections)
        assert service.most_at_once <= connections

    def test_each_answer_is_followed_by_a_pause(self, crawl, service, pauses):
        service.page = 1000
        crawl(pause=0.25)
        assert pauses == [0.25] * (1 + CONCEPTS)

    def test_progress_is_told_of_every_concept(self, crawl):
        told = []

        class Told:
            def start(self, stage, total):
                told.append((stage, total))

            def advance(self, done):
                told.append(done)

        crawl(progress=Told())
        assert told[0] == ("ask ESCO", None)
        assert sum(told[1:]) == CONCEPTS


class TestTrouble:
    @pytest.mark.parametrize(
        "trouble",
        [
            Trouble(BAKER, status=429),
            Trouble(BAKER, status=500),
            Trouble(BAKER, status=503, times=RETRIES),
            Trouble(BAKER, cut=True),
            Trouble(BAKER, cut=True, announced=False),
        ],
        ids=["429", "500", "503 three times", "connection cut", "body cut off"],
    )
    def test_what_passes_is_waited_for(self, crawl, service, folder, pauses, trouble):
        times = trouble.times
        service.troubles = [trouble]
        source = crawl(pause=0)
        assert service.troubles == []
        assert service.asked.count(BAKER) == times + 1
        assert len([pause for pause in pauses if pause]) == times
        assert_same(source, folder)

    @pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("3600", 30.0)])
    def test_the_service_may_ask_for_a_longer_pause_up_to_the_cap(
        self, crawl, service, pauses, asked, waited
    ):
        service.troubles = [Trouble(BAKER, status=429, retry_after=asked)]
        crawl(pause=0)
        assert [pause for pause in pauses if pause] == [waited]

    @pytest.mark.parametrize(
        ("trouble", "said"),
        [
            (Trouble(BAKER, status=500, times=99), "answered 500 after 4 attempts"),
            (Trouble(BAKER, cut=True, times=99), "can't be reached"),
            (Trouble(BAKER, cut=True, announced=False, times=99), "cut off after 4 attempts"),
        ],
        ids=["500", "cut", "body cut off"],
    )
    def test_what_does_not_pass_is_told_and_the_next_crawl_goes_on(
        self, crawl, service, folder, trouble, said
    ):
        service.page = 1000
        service.troubles = [trouble]
        with pytest.raises(UnavailableError, match=said) as caught:
            crawl(connections=1)
        assert "run the same command again" in str(caught.value)
        got = set(service.asked) - {BAKER}
        assert len(got) > 10
        service.troubles = []
        service.asked.clear()
        source = crawl()
        assert not got & set(service.asked)
        assert BAKER in service.asked
        assert_same(source, folder)

    def test_a_version_that_the_service_refuses_is_told_with_its_words(self, crawl):
        with pytest.raises(ConfigError, match=r"v9\.9\.9.*Illegal/Unknown selectedVersion") as told:
            crawl(version="v9.9.9")
        assert "esco_api.version" in str(told.value)

    def test_a_service_that_is_not_there_is_told(self, crawl):
        with pytest.raises(UnavailableError, match=r"can't be reached.*after 4 attempts"):
            crawl(url="http://127.0.0.1:9")

    @pytest.mark.parametrize("url", ["ftp://esco", "esco"])
    def test_an_address_that_is_none_is_told(self, crawl, url):
        with pytest.raises(ConfigError, match=r"esco_api\.url"):
            crawl(url=url)

    def test_a_concept_that_is_linked_to_but_gone_is_left_out_and_counted(self, crawl, service):
        service.gone = {BAKER}
        source = crawl()
        assert BAKER not in {concept.uri for concept in source.occupations}
        assert source.warnings == {"links to an unknown occupation": 1}

    def test_what_is_no_taxonomy_is_told(self, crawl, service):
        service.gone = {SCHEME}
        with pytest.raises(InputError, match="no top concepts"):
            crawl()

    def test_kept_answers_that_can_t_be_read_are_told(self, crawl, tmp_path):
        (tmp_path / "broken.sqlite3").write_bytes(b"no database" * 100)
        with pytest.raises(UnavailableError, match=r"broken\.sqlite3"):
            crawl(kept="broken.sqlite3")


@pytest.mark.slow
class TestIngest:
    def test_the_service_is_ingested_like_a_download(
        self, download, tmp_path, pauses, make_settings, monkeypatch
    ):
        do_not_wait(monkeypatch)
        folder = download.write_folder(tmp_path / f"esco-{VERSION}")
        with EscoService(folder, page=100) as service:
            settings = make_settings(esco_api__url=service.url)
            foretold = dry_run(settings, "api")
            asked = len(service.asked)
            summary = ingest(settings, "api", lambda _: HashingEmbedder(), Silent())
            assert len(service.asked) == asked
        assert (summary.taxonomy, summary.codes) == (foretold.taxonomy, 436)
        # Of the service all languages can't be asked for at once.
        assert summary.taxonomy == f"ESCO {VERSION} en"
        assert settings.api_answers_path.exists()
        again = ingest(settings, str(folder), lambda _: HashingEmbedder(), Silent())
        assert (again.changes.total, again.embedded) == (0, 0)


def excerpt_of(published: Path, folder: Path) -> Path:
    """A download with all groups of a published one and 300 of its occupations."""
    folder.mkdir()

    def rows(name):
        with (published / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def write(kind, content):
        with (folder / f"{kind}_en.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(content[0]))
            writer.writeheader()
            writer.writerows(content)

    occupations = rows("occupations_en.csv")
    groups = rows("ISCOGroups_en.csv")
    relations = rows("broaderRelationsOccPillar.csv")
    # Sorted by code, so that broader ones come with their narrower ones.
    kept = sorted(occupations, key=lambda row: row["code"])[:300]
    known = {row["conceptUri"] for row in [*kept, *groups]}
    write(OCCUPATIONS, kept)
    write(GROUPS, groups)
    write(BROADER, [row for row in relations if {row["conceptUri"], row["broaderUri"]} <= known])
    write("skills", rows("skills_en.csv"))
    needed = rows("occupationSkillRelations.csv")
    write("occupationSkillRelations", [r for r in needed if r["occupationUri"] in known])
    return folder


def test_codes_of_groups_are_read_with_and_without_their_letter(crawl, service):
    service._groups[group_uri("2512")]["code"] = ""
    assert {concept.isco_code for concept in crawl().groups} == ABOVE
