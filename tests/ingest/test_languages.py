"""A taxonomy in several languages: concepts of each one, read, stored, compared and told."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.config import load_settings
from isco.core.errors import InputError
from isco.core.progress import Silent
from isco.core.records import LANGUAGE_SEPARATOR
from isco.core.store import OccupationStore
from isco.core.store.points import HEAD, WORDS
from isco.ingest.documents import searchable_leaves
from isco.ingest.indexing import indexed
from isco.ingest.load import dry_run, ingest
from isco.ingest.sources import read_esco_api, read_source
from isco.ingest.sources.base import LocalText
from isco.ingest.taxonomy import build_taxonomy
from isco.status import find_status
from isco.taxonomy_versions import find_versions
from tests.support.disk import do_not_wait
from tests.support.doubles import HashingEmbedder
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
    """Concepts by language and URI."""
    found = {language: {} for language in source.languages}
    for leaf in searchable_leaves(build_taxonomy(source)):
        found[leaf.language][leaf.uri] = leaf
    return found


def texts_of(source):
    """What is said in the further languages, without empty names, by language and URI."""
    return {
        language: {
            uri: replace(text, alt_labels=tuple(filter(None, text.alt_labels)))
            for uri, text in texts.items()
        }
        for language, texts in source.further.items()
    }


def zip_of(folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return write_zip(folder.with_name(f"{folder.name}.zip"), files)


class TestConcepts:
    def test_concepts_come_language_by_language_in_the_same_order(self, write):
        leaves = searchable_leaves(build_taxonomy(read_source(str(write()), *LANGUAGES)))
        count = len(leaves) // len(LANGUAGES)
        assert [leaf.language for leaf in leaves[::count]] == list(LANGUAGES)
        orders = [
            [leaf.uri for leaf in leaves[at : at + count]] for at in range(0, 3 * count, count)
        ]
        assert orders[0] == orders[1] == orders[2]
        assert len(set(orders[0])) == 442

    def test_names_and_description_are_of_the_language_and_the_rest_of_the_main_one(self, write):
        leaves = leaves_of(read_source(str(write()), *LANGUAGES))
        baker, piekarz, bakker = (leaves[language][BAKER] for language in LANGUAGES)
        assert piekarz.labels == ("piekarz", "piekarz chleba", "Baker")
        assert bakker.labels == ("bakker", "broodbakker", "piekarz")
        assert (piekarz.description, bakker.description) == ("piekarz!", "bakker!")
        assert {leaf.main_label for leaf in (baker, piekarz, bakker)} == {"baker"}
        texts = ("label", "alt_labels", "description", "language")
        for local in (piekarz, bakker):
            assert replace(local, **{name: getattr(baker, name) for name in texts}) == baker

    def test_names_that_differ_in_case_alone_stand_once_a_language(self, write, downloads):
        downloads["pl"].occupation(BAKER)["altLabels"] = "PIEKARZ\n&nbsp;\npiekarz  chleba"
        leaves = leaves_of(read_source(str(write()), *LANGUAGES))
        assert leaves["pl"][BAKER].labels == ("piekarz", "piekarz chleba")

    def test_a_unit_group_has_its_title_in_each_language_and_is_described_in_the_main_one(
        self, write
    ):
        leaves = leaves_of(read_source(str(write()), *LANGUAGES))
        english, polish, dutch = (leaves[language][group_uri("7512")] for language in LANGUAGES)
        assert polish.label == "Piekarze, cukiernicy i pokrewni"
        assert (dutch.label, dutch.main_label) == ("Bakkers", english.label)
        assert english.description
        assert (polish.description, dutch.description) == ("", "")
        assert polish.isco_label == english.isco_label

    def test_concepts_of_the_main_language_are_what_they_are_alone(self, write):
        folder = str(write())
        alone, beside = (leaves_of(read_source(folder, *some)) for some in (("en",), LANGUAGES))
        assert beside["en"] == alone["en"]

    def test_any_language_can_be_the_main_one(self, write):
        folder = write()
        (folder / f"{BROADER}_en.csv").rename(folder / f"{BROADER}.csv")
        leaves = leaves_of(read_source(str(folder), "pl", "en"))
        baker = leaves["pl"][BAKER]
        assert (baker.label, baker.description, baker.main_label) == (
            "piekarz", "piekarz!", "piekarz",
        )  # fmt: skip
        assert baker.isco_label == "Piekarze, cukiernicy i pokrewni"
        english = leaves["en"][BAKER]
        assert english.labels == ("baker", "bread maker", "baker of bread")
        assert (english.main_label, english.isco_label) == ("piekarz", baker.isco_label)

    def test_what_a_title_leaves_to_others_is_cut_off_in_a_further_language_too(
        self, write, downloads
    ):
        downloads["nl"].group("7512")["preferredLabel"] = "Bakkers (not elsewhere classified)"
        leaves = leaves_of(read_source(str(write()), *LANGUAGES))
        assert leaves["nl"][group_uri("7512")].label == "Bakkers"

    def test_the_published_welder_is_a_concept_in_each_language(self, shared_data):
        folder = shared_data("esco/v1.2.1", "ESCO has Polish and Dutch concepts")
        source = read_source(str(folder), *LANGUAGES)
        leaves = leaves_of(source)
        (welder,) = (leaf for leaf in leaves["en"].values() if leaf.label == "welder")
        assert "spawacz" in leaves["pl"][welder.uri].labels
        assert "lasser" in leaves["nl"][welder.uri].labels
        assert {leaves[code][welder.uri].isco_code for code in LANGUAGES} == {"7212"}
        assert [len(found) for found in leaves.values()] == [3475] * 3
        assert source.warnings == {
            "duplicate occupation rows": 4,
            "duplicate occupation rows in 'pl'": 4,
            "duplicate occupation rows in 'nl'": 4,
        }


class TestIndexing:
    @pytest.fixture
    def leaves(self, write):
        return searchable_leaves(build_taxonomy(read_source(str(write()), *LANGUAGES)))

    def test_every_language_is_indexed_as_if_it_were_alone(self, leaves):
        together = index(leaves)
        apart = [
            point
            for language in LANGUAGES
            for point in index([leaf for leaf in leaves if leaf.language == language])
        ]
        assert len(together) == len(apart) == len(leaves)
        for one, other in zip(together, apart, strict=True):
            assert one.leaf == other.leaf
            for name in ("dense", "labels", "lexical", HEAD, WORDS):
                np.testing.assert_equal(getattr(one, name), getattr(other, name))

    def test_head_and_words_of_a_code_are_on_its_unit_group_in_each_language(self, leaves):
        points = index(leaves)
        for name in (HEAD, WORDS):
            at = [point.leaf for point in points if getattr(point, name) is not None]
            assert [leaf.uri for leaf in at] == 3 * [leaf.uri for leaf in leaves[:436]]
            assert [leaf.language for leaf in at[::436]] == list(LANGUAGES)

    def test_borrowed_names_have_the_vectors_and_the_head_of_the_main_language(self, leaves):
        names = HashingEmbedder().embed_queries([leaf.main_label for leaf in leaves])
        points = list(indexed(leaves, names, [1] * len(leaves), names, {}))
        first, *others = (
            [point for point in points if point.leaf.language == language] for language in LANGUAGES
        )
        for other in others:
            for one, borrowed in zip(first, other, strict=True):
                np.testing.assert_equal(one.labels, borrowed.labels)
                np.testing.assert_equal(one.head, borrowed.head)
        baker = {point.leaf.language: point for point in points if point.leaf.uri == BAKER}
        assert len({point.lexical[0].tobytes() for point in baker.values()}) == len(LANGUAGES)

    def test_tasks_are_words_of_the_main_language_alone(self, leaves):
        plain, told = (index(leaves, tasks) for tasks in ({}, {"7512": "kneading dough"}))
        more = {
            one.leaf.language: len(other.words[0]) - len(one.words[0])
            for one, other in zip(plain, told, strict=True)
            if one.leaf.uri == group_uri("7512")
        }
        assert more == {"en": 3, "pl": 0, "nl": 0}


def index(leaves, tasks=None):
    embedder = HashingEmbedder()
    names = embedder.embed_queries([label for leaf in leaves for label in leaf.labels])
    documents = embedder.embed_documents([leaf.label for leaf in leaves])
    counts = [len(leaf.labels) for leaf in leaves]
    return list(indexed(leaves, names, counts, documents, tasks or {}))


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
        said = rf"holds no {kind}_pl\.csv; it has \S+/{kind}_en\.csv, \S+/{kind}_nl\.csv$"
        with pytest.raises(InputError, match=said):
            read_source(str(path), *LANGUAGES)

    def test_a_file_that_names_no_language_is_none_of_a_further_one(self, tmp_path):
        folder = EscoDownload(suffixed=False).write_folder(tmp_path / "esco")
        assert read_source(str(folder), "en").language == "en"
        with pytest.raises(
            InputError, match=r"no occupations_pl\.csv; it has \S+/occupations\.csv"
        ):
            read_source(str(folder), "en", "pl")

    def test_the_checksum_follows_every_language_that_is_read(self, write, downloads):
        folder = str(write())
        combinations = [("en",), ("en", "pl"), LANGUAGES, ("en", "nl", "pl")]
        before = [read_source(folder, *some).checksum for some in combinations]
        assert len(set(before)) == 4
        downloads["nl"].occupation(BAKER)["preferredLabel"] = "broodmaker"
        write()
        after = [read_source(folder, *some).checksum for some in combinations]
        assert [a == b for a, b in zip(after, before, strict=True)] == [True, True, False, False]


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
        leaves = leaves_of(source)
        assert set(leaves["en"]) - set(leaves["pl"]) == {CAPTAIN, DEVELOPER}
        assert set(leaves["nl"]) == set(leaves["en"])
        # A code can be reached in each language: its name in the main one stands in.
        assert leaves["pl"][group_uri("2512")].labels == ("Software developers",)

    def test_a_concept_that_only_a_further_language_has_is_left_out_and_counted(
        self, write, downloads
    ):
        row = {**downloads["nl"].occupation(BAKER), "conceptUri": "http://example.org/alone"}
        downloads["nl"].occupations.append(row)
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"occupations in 'nl' alone, left out": 1}
        assert not any("http://example.org/alone" in found for found in leaves_of(source).values())

    def test_where_codes_differ_that_of_the_main_language_stands(self, write, downloads):
        downloads["pl"].occupation(BAKER)["iscoGroup"] = "7511"
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"occupations under another code in 'pl'": 1}
        baker = leaves_of(source)["pl"][BAKER]
        assert (baker.isco_code, baker.label) == ("7512", "piekarz")

    def test_what_is_mended_in_the_files_of_a_language_is_counted_for_it(self, write, downloads):
        downloads["pl"].occupations.append(dict(downloads["pl"].occupation(BAKER)))
        source = read_source(str(write()), *LANGUAGES)
        assert source.warnings == {"duplicate occupation rows in 'pl'": 1}


class TestService:
    @pytest.fixture
    def crawl(self, tmp_path, downloads, pauses):
        """Read the groups above the baker in all languages; gives the source and the folder."""
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

    def test_texts_are_those_of_the_download(self, crawl):
        source, folder = crawl()
        download = read_source(str(folder), *LANGUAGES)
        assert texts_of(source) == texts_of(download)
        assert texts_of(source)["pl"][BAKER] == LocalText(
            "piekarz", ("piekarz chleba", "Baker"), "piekarz!"
        )
        assert (source.languages, source.warnings) == (LANGUAGES, {})

    def test_english_titles_do_not_stand_in_for_those_of_a_further_language(self, crawl):
        source, _ = crawl(untranslated={BAKER})
        assert [BAKER in texts for texts in source.further.values()] == [False, False]
        assert source.warnings == {
            "occupations without a name in 'pl'": 1,
            "occupations without a name in 'nl'": 1,
        }


@pytest.fixture
def load(write, make_settings, monkeypatch):
    """Ingest the folder in some languages into the same Qdrant; gives (settings, summary)."""
    do_not_wait(monkeypatch)

    def load(*languages):
        settings = make_settings(
            taxonomy__language=LANGUAGE_SEPARATOR.join(languages), taxonomy__everyday_names=False
        )
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

    def test_each_language_has_points_of_its_own(self, load):
        settings, summary = load(*LANGUAGES)
        with OccupationStore(settings) as store:
            points = {
                language: {
                    one.leaf.uri: one for one in store.read_indexed(summary.collection, language)
                }
                for language in LANGUAGES
            }
            everything = store.read_indexed(summary.collection)
        assert {language: len(found) for language, found in points.items()} == {
            "en": 442, "pl": 442, "nl": 442,
        }  # fmt: skip
        assert summary.points == len(everything) == 3 * 442
        assert (summary.leaves, summary.codes) == (436, 436)
        assert summary.labels == sum(len(one.labels) for one in everything)
        for language, (label, _, _) in NAMES.items():
            baker = points[language][BAKER]
            assert (baker.leaf.label, baker.leaf.main_label) == (label, "baker")
            names = HashingEmbedder().embed_queries(baker.leaf.labels)
            assert baker.labels == pytest.approx(names, abs=1e-5)

    def test_a_further_language_brings_concepts_alone(self, load, write):
        settings, _ = load("en")
        wanted = settings.model_copy(
            update={"taxonomy": settings.taxonomy.model_copy(update={"language": "en,pl,nl"})}
        )
        foretold = dry_run(wanted, str(write()))
        _, summary = load(*LANGUAGES)
        assert foretold.changes == summary.changes
        assert foretold.points == summary.points == 3 * 442
        changes = summary.changes
        assert changes.same_language
        assert changes.new_texts == summary.embedded
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

    def test_the_command_takes_all_that_there_are_by_itself(self, write, tmp_path):
        arguments = ["ingest", "--source", str(write()), "--dry-run"]
        result = CliRunner().invoke(cli, [*arguments, "--set", f"data_dir={tmp_path / 'data'}"])
        assert result.exit_code == 0, result.output
        assert "ESCO v1.2.0 en,nl,pl\n" in result.stdout
