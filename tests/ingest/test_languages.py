"""Names of several languages in one leaf: read, folded, stored, compared and told."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core import lexical
from isco.core.config import load_settings
from isco.core.errors import ConfigError, InputError
from isco.core.records import LANGUAGE_SEPARATOR
from isco.core.store import OccupationStore
from isco.ingest.documents import document_text, searchable_leaves
from isco.ingest.indexing import indexed
from isco.ingest.load import dry_run, ingest
from isco.ingest.sources import read_esco_api, read_source
from isco.ingest.taxonomy import build_taxonomy
from isco.status import find_status
from isco.taxonomy_versions import find_versions
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder, make_concept
from tests.support.esco_download import (
    BAKER,
    BROADER,
    CAPTAIN,
    DEVELOPER,
    GROUPS,
    OCCUPATIONS,
    EscoDownload,
    group_uri,
    write_zip,
)
from tests.support.esco_service import VERSION, EscoService

LANGUAGES = ("en", "pl", "nl")
NAMES = {
    "pl": ("piekarz", "piekarz chleba\nBaker", "Piekarze, cukiernicy i pokrewni"),
    "nl": ("bakker", "broodbakker\npiekarz", "Bakkers"),
}


@pytest.fixture
def downloads():
    """The further languages; what is not the baker's keeps its English texts."""
    found = {}
    for language, (label, others, title) in NAMES.items():
        download = EscoDownload(language=language)
        download.occupation(BAKER).update(
            preferredLabel=label, altLabels=others, description=f"{label}!"
        )
        download.group("7512")["preferredLabel"] = title
        found[language] = download
    return found


@pytest.fixture
def write(downloads, tmp_path):
    """Write all languages into one folder, the further ones without relations."""

    def write():
        folder = EscoDownload().write_folder(tmp_path / f"esco-{VERSION}")
        for language, download in downloads.items():
            download.write_folder(folder)
            (folder / f"{BROADER}_{language}.csv").unlink()
        return folder

    return write


def leaves_of(source):
    return {leaf.uri: leaf for leaf in searchable_leaves(build_taxonomy(source))}


def names_of(source):
    """Names in the further languages by URI."""
    return {c.uri: c.further_names for c in (*source.groups, *source.occupations)}


def zip_of(folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return write_zip(folder.with_name(f"{folder.name}.zip"), files)


class TestLeaves:
    def test_names_follow_language_by_language_and_none_stands_twice(self, write):
        baker = leaves_of(read_source(str(write()), *LANGUAGES))[BAKER]
        assert baker.further_labels == ("piekarz", "piekarz chleba", "bakker", "broodbakker")
        assert baker.labels == (
            "baker", "bread maker", "baker of bread",
            "piekarz", "piekarz chleba", "bakker", "broodbakker",
        )  # fmt: skip

    def test_a_unit_group_has_its_title_in_each_language(self, write):
        leaf = leaves_of(read_source(str(write()), *LANGUAGES))[group_uri("7512")]
        assert leaf.further_labels == ("Piekarze, cukiernicy i pokrewni", "Bakkers")

    def test_everything_else_is_of_the_first_language(self, write):
        folder = str(write())
        alone, folded = (leaves_of(read_source(folder, *some)) for some in (("en",), LANGUAGES))
        assert {leaf.language for leaf in folded.values()} == {"en,pl,nl"}
        assert {leaf.main_language for leaf in folded.values()} == {"en"}
        bare = {
            uri: replace(leaf, language="en", further_labels=()) for uri, leaf in folded.items()
        }
        assert bare == alone
        template = "{label} ({alt_labels}): {description}"
        assert document_text(folded[BAKER], template) == document_text(alone[BAKER], template)

    def test_any_language_can_be_the_first(self, write):
        folder = write()
        (folder / f"{BROADER}_en.csv").rename(folder / f"{BROADER}.csv")
        leaves = leaves_of(read_source(str(folder), "pl", "en"))
        baker = leaves[BAKER]
        assert (baker.label, baker.description, baker.language) == ("piekarz", "piekarz!", "pl,en")
        assert baker.alt_labels == ("piekarz chleba", "Baker")
        assert baker.further_labels == ("bread maker", "baker of bread")
        # "… not elsewhere classified" is cut off in either language.
        assert leaves[group_uri("5419")].further_labels == ()

    def test_a_polish_title_is_a_name_of_the_published_welder(self, shared_data):
        folder = shared_data("esco/v1.2.1", "Polish and Dutch names are folded into ESCO's leaves")
        source = read_source(str(folder), *LANGUAGES)
        leaves = leaves_of(source)
        (welder,) = (leaf for leaf in leaves.values() if leaf.label == "welder")
        assert {"spawacz", "lasser"} <= set(welder.labels)
        assert (welder.isco_code, len(leaves)) == ("7212", 3475)
        assert source.warnings == {
            "duplicate occupation rows": 4,
            "duplicate occupation rows in 'pl'": 4,
            "duplicate occupation rows in 'nl'": 4,
        }


def test_further_names_dont_make_those_of_the_main_language_count_less():
    alone = make_concept("7512", "baker")
    folded = replace(
        make_concept("7511", "baker"), further_labels=("piekarz", "bakker", "boulanger")
    )
    names = HashingEmbedder().embed_queries([*alone.labels, *folded.labels])
    first, second = indexed([alone, folded], names, names[:2])
    (query,) = lexical.query_vectors(["baker"]).toarray()
    scores = [query[point.lexical[0]] @ point.lexical[1] for point in (first, second)]
    assert scores[1] == pytest.approx(scores[0])
    assert scores[0] > 0


class TestDownloads:
    def test_folder_and_zip_give_the_same_taxonomy(self, write):
        folder = write()
        assert read_source(str(zip_of(folder)), *LANGUAGES) == read_source(str(folder), *LANGUAGES)

    @pytest.mark.parametrize("kind", [OCCUPATIONS, GROUPS])
    @pytest.mark.parametrize("zipped", [True, False])
    def test_a_missing_file_is_named_with_the_languages_that_are_there(self, write, kind, zipped):
        folder = write()
        (folder / f"{kind}_pl.csv").unlink()
        path = zip_of(folder) if zipped else folder
        said = rf"holds no {kind}_pl\.csv; it has {kind}_en\.csv, {kind}_nl\.csv"
        with pytest.raises(InputError, match=said):
            read_source(str(path), *LANGUAGES)

    def test_a_file_that_names_no_language_is_none_of_a_further_one(self, tmp_path):
        folder = EscoDownload(suffixed=False).write_folder(tmp_path / "esco")
        assert read_source(str(folder), "en").language == "en"
        with pytest.raises(InputError, match=r"no occupations_pl\.csv; it has occupations\.csv"):
            read_source(str(folder), "en", "pl")

    def test_the_checksum_follows_every_language_that_is_folded_in(self, write, downloads):
        folder = str(write())
        combinations = [("en",), ("en", "pl"), LANGUAGES, ("en", "nl", "pl")]
        before = [read_source(folder, *some).checksum for some in combinations]
        assert len(set(before)) == 4
        downloads["nl"].occupation(BAKER)["preferredLabel"] = "broodmaker"
        write()
        after = [read_source(folder, *some).checksum for some in combinations]
        assert [a == b for a, b in zip(after, before, strict=True)] == [True, True, False, False]

    def test_the_starter_is_refused_in_several_languages(self):
        with pytest.raises(ConfigError, match="English only, not in 'en,pl'"):
            read_source("starter", "en", "pl")


class TestWarnings:
    def test_a_concept_without_a_name_in_a_further_language_is_counted(self, write, downloads):
        polish = downloads["pl"]
        polish.occupations = [r for r in polish.occupations if r["conceptUri"] != CAPTAIN]
        polish.occupation(DEVELOPER).update(preferredLabel="", altLabels="&nbsp;")
        polish.group("2512").update(preferredLabel="", altLabels="")
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {
            "occupations without a name in 'pl'": 2,
            "ISCO groups without a name in 'pl'": 1,
        }
        assert leaves_of(source)[CAPTAIN].labels == ("air force captain",)

    def test_a_concept_that_only_a_further_language_has_is_left_out_and_counted(
        self, write, downloads
    ):
        row = {**downloads["nl"].occupation(BAKER), "conceptUri": "http://example.org/alone"}
        downloads["nl"].occupations.append(row)
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"occupations in 'nl' alone, left out": 1}
        assert "http://example.org/alone" not in leaves_of(source)

    def test_where_codes_differ_that_of_the_first_language_stands(self, write, downloads):
        downloads["pl"].occupation(BAKER)["iscoGroup"] = "7511"
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"occupations under another code in 'pl'": 1}
        baker = leaves_of(source)[BAKER]
        assert baker.isco_code == "7512"
        assert "piekarz" in baker.labels

    def test_what_is_mended_in_the_files_of_a_language_is_counted_for_it(self, write, downloads):
        downloads["pl"].occupations.append(dict(downloads["pl"].occupation(BAKER)))
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"duplicate occupation rows in 'pl'": 1}


class TestService:
    @pytest.fixture
    def crawl(self, tmp_path, downloads, monkeypatch):
        """Read the groups above the baker in all languages; gives the source and the folder."""
        monkeypatch.setattr("isco.core.retries.time.sleep", lambda _: None)
        folder = tmp_path / f"esco-{VERSION}"
        for download in (*downloads.values(), EscoDownload()):
            for group in list(download.groups):
                if not "7512".startswith(group["code"]):
                    download.drop_group(group["code"])
            download.occupations = [download.occupation(BAKER)]
            download.write_folder(folder)

        def crawl(**values):
            with EscoService(folder, further=("pl", "nl"), page=100, **values) as service:
                flags = {"esco_api.url": service.url}
                settings = load_settings(environment={}, flags=flags).esco_api
                return read_esco_api(settings, *LANGUAGES, kept=tmp_path / "kept.sqlite3"), folder

        return crawl

    def test_names_are_those_of_the_download(self, crawl):
        source, folder = crawl()
        download = read_source(str(folder), *LANGUAGES)
        assert names_of(source) == names_of(download)
        assert names_of(source)[BAKER] == (
            "piekarz", "piekarz chleba", "Baker", "bakker", "broodbakker", "piekarz",
        )  # fmt: skip
        assert (source.language, source.warnings) == ("en,pl,nl", {})

    def test_english_titles_do_not_stand_in_for_those_of_a_further_language(self, crawl):
        source, _ = crawl(untranslated={BAKER})
        assert names_of(source)[BAKER] == ()
        assert source.warnings == {
            "occupations without a name in 'pl'": 1,
            "occupations without a name in 'nl'": 1,
        }


class Silent:
    def start(self, stage, total):
        pass

    def advance(self, done):
        pass


@pytest.fixture
def load(write, make_settings, monkeypatch):
    """Ingest the folder in some languages into the same Qdrant; gives (settings, summary)."""
    do_not_wait(monkeypatch)

    def load(*languages):
        settings = make_settings(taxonomy__language=LANGUAGE_SEPARATOR.join(languages))
        return settings, ingest(settings, str(write()), lambda _: HashingEmbedder(), Silent())

    return load


@pytest.mark.slow
class TestIngest:
    def test_the_collection_says_its_languages_wherever_it_is_told_of(self, load):
        settings, summary = load(*LANGUAGES)
        assert summary.taxonomy == "ESCO v1.2.0 en,pl,nl"
        assert "__esco-v1.2.0-en-pl-nl__" in summary.collection
        (version,) = find_versions(settings)
        assert (version.language, version.in_use) == ("en,pl,nl", True)
        assert find_status(settings).taxonomy == summary.taxonomy
        result = CliRunner().invoke(cli, ["versions", "--set", f"data_dir={settings.data_dir}"])
        assert " en,pl,nl " in result.stdout

    def test_leaves_are_stored_with_a_vector_for_each_name(self, load):
        settings, summary = load(*LANGUAGES)
        with OccupationStore(settings) as store:
            stored = {one.leaf.uri: one for one in store.read_indexed(summary.collection)}
        baker = stored[BAKER]
        assert baker.leaf.further_labels == ("piekarz", "piekarz chleba", "bakker", "broodbakker")
        names = HashingEmbedder().embed_queries(baker.leaf.labels)
        assert baker.labels == pytest.approx(names, abs=1e-5)
        assert summary.labels == sum(len(one.labels) for one in stored.values())

    def test_a_further_language_brings_names_alone(self, load, write):
        settings, _ = load("en")
        wanted = settings.model_copy(
            update={"taxonomy": settings.taxonomy.model_copy(update={"language": "en,pl,nl"})}
        )
        foretold = dry_run(wanted, str(write()))
        _, summary = load(*LANGUAGES)
        assert foretold.changes == summary.changes
        changes = summary.changes
        assert changes.same_language
        assert changes.new_texts == summary.embedded == 6
        assert (changes.total, changes.languages_added) == (0, ("pl", "nl"))

    def test_the_same_languages_again_change_nothing_and_another_order_does(self, load):
        load(*LANGUAGES)
        assert load(*LANGUAGES)[1].unchanged
        _, summary = load("en", "nl", "pl")
        assert (summary.unchanged, summary.changes.total) == (False, 0)

    def test_the_command_takes_them_with_commas(self, write, tmp_path):
        arguments = ["ingest", "--source", str(write()), "--language", "en, pl,nl,pl", "--dry-run"]
        result = CliRunner().invoke(cli, [*arguments, "--set", f"data_dir={tmp_path / 'data'}"])
        assert result.exit_code == 0, result.output
        assert "ESCO v1.2.0 en,pl,nl\n" in result.stdout
