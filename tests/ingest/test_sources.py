"""Sources read into one form, whatever the download looks like, or say what is wrong with it."""

import csv
import re
import warnings
from dataclasses import replace

import pytest

from isco.core import ESCO_NOTICE
from isco.core.errors import ConfigError, InputError, InputWarning
from isco.ingest.sources import read_source
from isco.ingest.sources.esco_csv import read_esco_csv
from isco.ingest.sources.starter import LANGUAGES
from tests.support.esco_download import (
    BAKER,
    BROADER,
    DEVELOPER,
    EMBEDDED,
    GROUPS,
    OCCUPATIONS,
    PLANNER,
    EscoDownload,
    with_column,
    without_column,
    write_zip,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*no name tells the version")


def read(path, *languages):
    """Read in `languages`; without any, in all that there are."""
    return read_source(str(path), *languages)


class TestReading:
    def test_groups_and_occupations_have_their_codes_names_and_texts(self, tmp_path):
        source = read(EscoDownload().write_folder(tmp_path / "esco"))
        concepts = {concept.uri: concept for concept in source.occupations}
        assert (source.name, source.language, source.notice) == ("ESCO", "en", ESCO_NOTICE)
        assert len(source.groups) == 619
        assert len(concepts) == 6
        assert concepts[BAKER].isco_code == "7512"
        assert concepts[BAKER].label == "baker"
        assert [name for name in concepts[BAKER].alt_labels if name] == [
            "bread maker",
            "baker of bread",
        ]
        assert concepts[BAKER].description == "The day of a baker, in one sentence."
        assert (EMBEDDED, DEVELOPER) in source.broader
        assert source.warnings == {}

    def test_code_of_an_occupation_is_its_isco_group_not_the_prefix_of_its_code(self, tmp_path):
        source = read(EscoDownload().write_folder(tmp_path / "esco"))
        assert {c.uri: c.isco_code for c in source.occupations}[PLANNER] == "2164"

    def test_zeros_at_the_front_of_codes_stay(self, tmp_path):
        source = read(EscoDownload().write_folder(tmp_path / "esco"))
        assert {"0110"} == {c.isco_code for c in source.occupations if "captain" in c.label}
        assert "0" in {group.isco_code for group in source.groups}

    def test_hidden_labels_are_names_too(self, tmp_path):
        download = EscoDownload()
        download.occupation(BAKER)["hiddenLabels"] = "backer"
        source = read(download.write_folder(tmp_path / "esco"))
        assert "backer" in {c.uri: c for c in source.occupations}[BAKER].alt_labels

    def test_folder_and_zip_give_the_same_taxonomy(self, tmp_path):
        download = EscoDownload()
        folder = read(download.write_folder(tmp_path / "esco v1.2.1"))
        zipped = read(download.write_zip(tmp_path / "ESCO dataset - v1.2.1.zip"))
        assert zipped == folder

    @pytest.mark.parametrize("inner", ["classification/", "ESCO dataset - v1.2.1/csv/"])
    def test_zip_with_a_folder_inside_is_read(self, tmp_path, inner):
        download = EscoDownload()
        plain = read(download.write_zip(tmp_path / "plain.zip"))
        nested = read(download.write_zip(tmp_path / "nested.zip", inner=inner))
        assert replace(nested, version=plain.version) == plain

    def test_download_one_folder_below_the_given_one_is_found(self, tmp_path):
        EscoDownload().write_folder(tmp_path / "esco" / "csv")
        assert len(read(tmp_path / "esco").groups) == 619

    def test_old_names_without_the_language_are_read(self, tmp_path):
        today = read(EscoDownload().write_folder(tmp_path / "new"))
        old = read(EscoDownload(suffixed=False).write_folder(tmp_path / "old"))
        assert old == today

    def test_relations_named_for_another_language_serve(self, tmp_path):
        download = EscoDownload(language="nl")
        folder = download.write_folder(tmp_path / "esco")
        (folder / f"{BROADER}_nl.csv").rename(folder / f"{BROADER}_pl.csv")
        assert (EMBEDDED, DEVELOPER) in read(folder, "nl").broader

    def test_the_asked_language_is_read_where_there_are_several(self, tmp_path):
        folder = EscoDownload().write_folder(tmp_path / "esco")
        dutch = EscoDownload(language="nl")
        dutch.occupation(BAKER)["preferredLabel"] = "bakker"
        dutch.write_folder(folder)
        labels = {
            language: {c.uri: c.label for c in read(folder, language).occupations}[BAKER]
            for language in ("en", "nl")
        }
        assert labels == {"en": "baker", "nl": "bakker"}

    def test_byte_order_mark_is_no_part_of_the_first_column(self, tmp_path):
        plain = read(EscoDownload().write_folder(tmp_path / "plain"))
        marked = read(EscoDownload(encoding="utf-8-sig").write_folder(tmp_path / "marked"))
        assert marked.occupations == plain.occupations

    def test_columns_that_carry_no_meaning_may_come_and_go(self, tmp_path):
        plain = read(EscoDownload().write_folder(tmp_path / "plain"))
        download = EscoDownload()
        download.occupations = with_column(download.occupations, "naceCode", "x/1")
        for column in ("hiddenLabels", "status", "code", "conceptType"):
            download.occupations = without_column(download.occupations, column)
        varied = read(download.write_folder(tmp_path / "varied"))
        assert list(map(essence, varied.occupations)) == list(map(essence, plain.occupations))

    def test_files_of_the_skills_pillar_change_nothing_but_skills(self, tmp_path):
        plain = read(EscoDownload().write_zip(tmp_path / "plain.zip"))
        download = EscoDownload()
        download.add_skills()
        full = read(download.write_zip(tmp_path / "full.zip"))
        assert read(download.write_folder(tmp_path / "full")) == full
        bare = {"essential_skills": (), "optional_skills": ()}
        assert tuple(replace(c, **bare) for c in full.occupations) == plain.occupations
        assert (full.groups, full.broader) == (plain.groups, plain.broader)

    def test_remains_of_a_macintosh_in_a_zip_are_ignored(self, tmp_path):
        download = EscoDownload()
        download.extras["__MACOSX/occupations_en.csv"] = b"\x00\x05\x16\x07"
        assert len(read(download.write_zip(tmp_path / "mac.zip")).occupations) == 6

    def test_obsolete_rows_are_left_out_and_counted(self, tmp_path):
        download = EscoDownload()
        download.occupation(BAKER)["status"] = "obsolete"
        source = read(download.write_folder(tmp_path / "esco"))
        assert BAKER not in {c.uri for c in source.occupations}
        assert source.warnings == {"obsolete occupation rows left out": 1}


def _as_number(text: str) -> str:
    return str(int(text)) if text.isdigit() else text


class TestSavedAgain:
    """By a spreadsheet, which makes numbers of codes."""

    @pytest.mark.parametrize("form", ["{}", "{}.0", "{},0"])
    @pytest.mark.parametrize("groups_too", [True, False])
    def test_codes_have_their_zeros_again_and_that_is_told(self, tmp_path, form, groups_too):
        whole = read(EscoDownload().write_folder(tmp_path / "whole"))
        download = EscoDownload()
        for row in download.groups if groups_too else ():
            row["code"] = form.format(_as_number(row["code"]))
        for row in download.occupations:
            row["iscoGroup"] = form.format(_as_number(row["iscoGroup"]))
        source = read(download.write_folder(tmp_path / "esco"))
        assert (source.groups, source.occupations) == (whole.groups, whole.occupations)
        (warning,) = source.warnings
        assert re.search("codes that were numbers, mended; .*take the download as it came", warning)

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_other_delimiters_are_read_and_told(self, tmp_path, delimiter):
        whole = read(EscoDownload().write_folder(tmp_path / "whole"))
        folder = EscoDownload().write_folder(tmp_path / "esco")
        for path in folder.iterdir():
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file, delimiter=delimiter).writerows(rows)
        source = read(folder)
        assert (source.groups, source.occupations) == (whole.groups, whole.occupations)
        assert "between their cells" in " ".join(source.warnings)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("esco_v1.2.1.ttl", "is ESCO as RDF"),
            ("x/esco.rdf", "is ESCO as RDF"),
            ("x/occupations_en.ods", r"is ESCO as spreadsheets \(ODS\)"),
            ("classification.zip", "holds another zip"),
        ],
    )
    def test_other_packages_are_named_with_the_one_to_choose(self, tmp_path, name, said):
        zipped = write_zip(tmp_path / "esco.zip", {name: b"@prefix"})
        with pytest.raises(InputError, match=f"{said}.*(CSV|unpack)"):
            read(zipped)
        if not name.endswith(".zip"):
            file = tmp_path / "alone" / name.rpartition("/")[2]
            file.parent.mkdir()
            file.write_bytes(b"@prefix")
            for source in (file, file.parent):
                with pytest.raises(InputError, match=said):
                    read(source)

    def test_one_file_of_a_download_is_named(self, tmp_path):
        folder = EscoDownload().write_folder(tmp_path / "esco")
        with pytest.raises(InputError, match="is one file of a download"):
            read(folder / "occupations_en.csv")

    def test_a_version_that_no_name_tells_is_asked_for_and_taken(self, tmp_path):
        folder = EscoDownload().write_folder(tmp_path / "esco")
        with pytest.warns(InputWarning, match="no name tells the version.*--taxonomy-version"):
            read(folder)
        with warnings.catch_warnings(action="error"):
            assert read_source(str(folder), version="v1.2.1").version == "v1.2.1"


class TestSeveralDownloads:
    @pytest.fixture
    def zips(self, tmp_path):
        """A zip a language, named as they are downloaded."""

        def zips(*languages, version="v1.2.1", files=EscoDownload.files):
            folder = tmp_path / f"zips {version}"
            folder.mkdir(exist_ok=True)
            return [
                write_zip(
                    folder / f"ESCO dataset - {version} - classification - {language}.zip",
                    files(EscoDownload(language=language)),
                )
                for language in languages
            ]

        return zips

    def test_zips_a_language_each_are_one_taxonomy(self, zips, tmp_path):
        paths = zips("en", "pl", "nl")
        source = read_source([str(path) for path in paths], "en", "pl", "nl")
        assert (source.version, source.languages, source.warnings) == (
            "v1.2.1", ("en", "pl", "nl"), {},
        )  # fmt: skip
        together = tmp_path / "v1.2.1"
        for language in ("en", "pl", "nl"):
            EscoDownload(language=language).write_folder(together)
        assert source == read(together, "en", "pl", "nl")

    def test_a_folder_of_zips_is_read_as_they_are(self, zips, tmp_path):
        paths = zips("en", "pl")
        one_by_one = read_source([str(path) for path in paths])
        assert read(paths[0].parent) == one_by_one
        assert one_by_one.languages == ("en", "pl")

    def test_the_order_of_the_downloads_is_no_matter(self, zips):
        paths = [str(path) for path in zips("en", "pl")]
        assert read_source(paths[::-1], "en", "pl") == read_source(paths, "en", "pl")

    def test_a_download_given_twice_counts_once(self, zips):
        (path,) = map(str, zips("en"))
        assert read_source([path, path]) == read_source(path)

    def test_relations_that_every_download_has_under_the_same_name_are_read_once(self, zips):
        def files(download):
            download.add_skills()
            found = download.files()
            for kind in (BROADER, "occupationSkillRelations"):
                found[f"{kind}.csv"] = found.pop(download.file_name(kind))
            return found

        paths = [str(path) for path in zips("en", "nl", version="v1.1.1", files=files)]
        source = read_source(paths)
        assert (source.version, source.languages) == ("v1.1.1", ("en", "nl"))
        assert (EMBEDDED, DEVELOPER) in source.broader
        assert {c.uri: c.essential_skills for c in source.occupations}[DEVELOPER]

    def test_several_versions_are_refused_by_name(self, zips):
        paths = [*zips("en", version="v1.2.1"), *zips("pl", version="v1.2.0")]
        with pytest.raises(InputError) as raised:
            read_source([str(path) for path in paths])
        assert "several versions of ESCO, v1.2.0 (pl), v1.2.1 (en)" in str(raised.value)
        assert all(str(path) in str(raised.value) for path in paths)

    def test_one_language_twice_is_refused_by_name(self, zips):
        paths = [*zips("en", version="v1.2.1"), *zips("en", version="v1.2.0")]
        with pytest.raises(InputError, match="several downloads") as raised:
            read_source([str(path) for path in paths])
        assert all(str(path) in str(raised.value) for path in paths)

    def test_all_must_exist(self, zips, tmp_path):
        paths = [*zips("en"), tmp_path / "nowhere"]
        with pytest.raises(ConfigError, match=r"nowhere' does not exist"):
            read_source([str(path) for path in paths])

    def test_a_damaged_zip_in_a_folder_is_named(self, zips):
        (path,) = zips("en")
        (path.parent / "broken.zip").write_bytes(b"PK no zip")
        with pytest.raises(InputError, match=r"broken\.zip is neither"):
            read(path.parent)


class TestLanguagesByThemselves:
    @pytest.mark.parametrize(
        ("written", "languages"),
        [
            (["en"], ("en",)),
            (["cs", "en", "nl", "pl"], ("en", "cs", "nl", "pl")),
            (["nl", "pl"], ("nl", "pl")),
        ],
    )
    def test_all_that_have_occupations_and_groups_are_read_english_first(
        self, tmp_path, written, languages
    ):
        for language in written:
            EscoDownload(language=language).write_folder(tmp_path / "esco")
        assert read(tmp_path / "esco").languages == languages

    @pytest.mark.parametrize("kind", [OCCUPATIONS, GROUPS])
    def test_a_language_that_lacks_one_of_them_is_none(self, tmp_path, kind):
        for language in ("en", "nl"):
            folder = EscoDownload(language=language).write_folder(tmp_path / "esco")
        (folder / f"{kind}_nl.csv").unlink()
        assert read(folder).languages == ("en",)

    def test_files_that_name_no_language_are_english(self, tmp_path):
        folder = EscoDownload(suffixed=False).write_folder(tmp_path / "esco")
        assert read(folder).languages == ("en",)

    def test_the_starter_is_read_in_all_ten(self):
        assert read_source("starter").languages == LANGUAGES

    def test_a_further_one_without_a_download_has_no_texts_where_it_can_do_without(self, tmp_path):
        folder = str(EscoDownload().write_folder(tmp_path / "esco"))
        source = read_source(folder, "en", "de", without=("de", "pl"))
        assert (source.languages, source.further) == (("en", "de"), {"de": {}})
        for languages in (("en", "hu"), ("de", "en")):
            with pytest.raises(InputError, match="holds no occupations_"):
                read_source(folder, *languages, without=("de", "pl"))


class TestRepeatedRows:
    def test_repeated_rows_count_once_and_are_reported(self, tmp_path):
        download = EscoDownload()
        download.occupations += [dict(download.occupation(BAKER)) for _ in range(2)]
        download.groups.append(dict(download.group("2512")))
        source = read(download.write_folder(tmp_path / "esco"))
        assert len(source.occupations) == 6
        assert len(source.groups) == 619
        assert source.warnings == {"duplicate occupation rows": 2, "duplicate ISCO group rows": 1}

    def test_of_contradicting_rows_the_first_stands(self, tmp_path):
        download = EscoDownload()
        download.occupations.append({**download.occupation(BAKER), "iscoGroup": "9999"})
        source = read(download.write_folder(tmp_path / "esco"))
        assert {c.uri: c.isco_code for c in source.occupations}[BAKER] == "7512"
        assert source.warnings == {"contradicting occupation rows": 1}

    def test_repeated_relations_stand_once(self, tmp_path):
        download = EscoDownload()
        download.relate(EMBEDDED, DEVELOPER)
        source = read(download.write_folder(tmp_path / "esco"))
        assert source.broader.count((EMBEDDED, DEVELOPER)) == 1


class TestVersionAndChecksum:
    @pytest.mark.parametrize(
        ("folder", "version"),
        [("ESCO dataset - v1.2.1 - classification - en - csv", "v1.2.1"), ("V1.2", "v1.2")],
    )
    def test_version_is_read_from_the_name(self, tmp_path, folder, version):
        assert read(EscoDownload().write_folder(tmp_path / folder)).version == version

    def test_version_of_the_folder_in_a_zip_goes_first(self, tmp_path):
        path = EscoDownload().write_zip(tmp_path / "v1.1.1.zip", inner="esco v1.2.0/")
        assert read(path).version == "v1.2.0"

    def test_version_is_unknown_where_no_name_tells(self, tmp_path):
        assert read(EscoDownload().write_folder(tmp_path / "download")).version == "unknown"

    @pytest.mark.parametrize("rows", ["groups", "occupations", "relations"])
    def test_checksum_changes_with_any_of_the_three_files(self, tmp_path, rows):
        before = read(EscoDownload().write_folder(tmp_path / "before"))
        download = EscoDownload()
        getattr(download, rows).reverse()
        assert read(download.write_folder(tmp_path / "after")).checksum != before.checksum

    def test_checksum_is_that_of_the_content_alone(self, tmp_path):
        one = read(EscoDownload().write_folder(tmp_path / "v1.2.1"))
        other = read(EscoDownload().write_folder(tmp_path / "v1.2.0"))
        assert (one.checksum, len(one.checksum)) == (other.checksum, 64)


class TestErrors:
    def test_a_path_that_does_not_exist_is_named_with_what_to_give(self, tmp_path):
        with pytest.raises(ConfigError, match=r"nowhere.*does not exist.*starter"):
            read(tmp_path / "nowhere")

    @pytest.mark.parametrize("kind", [OCCUPATIONS, GROUPS, BROADER])
    @pytest.mark.parametrize("zipped", [True, False])
    def test_a_missing_file_is_named(self, tmp_path, kind, zipped):
        folder = EscoDownload().write_folder(tmp_path / "esco")
        (folder / f"{kind}_en.csv").unlink()
        path = zip_of(folder) if zipped else folder
        with pytest.raises(InputError, match=f"{path.name} holds no {kind}_en.csv"):
            read(path)

    def test_an_empty_folder_is_no_download(self, tmp_path):
        with pytest.raises(InputError, match="holds no occupations_en"):
            read(tmp_path)

    @pytest.mark.parametrize("zipped", [True, False])
    def test_a_missing_language_is_named_with_those_that_are_there(self, tmp_path, zipped):
        download = EscoDownload()
        download.add_skills()
        folder = download.write_folder(tmp_path / "esco")
        with pytest.raises(InputError) as raised:
            read(zip_of(folder) if zipped else folder, "fr")
        message = str(raised.value)
        assert re.search(r"holds no occupations_fr\.csv; it has \S+/occupations_en\.csv$", message)
        assert "Skill" not in message

    @pytest.mark.parametrize(
        ("rows", "kind", "column"),
        [
            ("occupations", OCCUPATIONS, "iscoGroup"),
            ("occupations", OCCUPATIONS, "conceptUri"),
            ("groups", GROUPS, "code"),
            ("groups", GROUPS, "preferredLabel"),
            ("relations", BROADER, "broaderUri"),
        ],
    )
    def test_a_missing_column_is_named_with_its_file(self, tmp_path, rows, kind, column):
        download = EscoDownload()
        setattr(download, rows, without_column(getattr(download, rows), column))
        with pytest.raises(InputError, match=f"{kind}_en.csv lacks the column {column}; it has"):
            read(download.write_folder(tmp_path / "esco"))

    def test_an_empty_file_lacks_all_columns(self, tmp_path):
        download = EscoDownload(extras={"occupations_en.csv": b""})
        with pytest.raises(InputError, match=r"occupations_en\.csv lacks the column .*has none"):
            read(download.write_folder(tmp_path / "esco"))

    @pytest.mark.parametrize("zipped", [True, False])
    def test_a_file_that_is_not_utf8_is_named(self, tmp_path, zipped):
        download = EscoDownload()
        download.occupation(BAKER)["preferredLabel"] = "pâtissier"
        latin = download.files()["occupations_en.csv"].decode().encode("latin-1")
        download.extras["occupations_en.csv"] = latin
        path = (
            download.write_zip(tmp_path / "esco.zip")
            if zipped
            else download.write_folder(tmp_path / "esco")
        )
        with pytest.raises(InputError, match=r"occupations_en\.csv is not UTF-8"):
            read(path)

    @pytest.mark.parametrize("tail", [b"\nOccupation,uri", b'\nOccupation,"uri'])
    def test_a_file_that_breaks_off_is_named_with_the_line(self, tmp_path, tail):
        download = EscoDownload()
        whole = download.files()["occupations_en.csv"]
        download.extras["occupations_en.csv"] = whole.rstrip(b"\n") + tail
        with pytest.raises(InputError, match=r"occupations_en\.csv line \d+"):
            read(download.write_folder(tmp_path / "esco"))

    def test_a_row_with_too_many_columns_is_named_with_its_line(self, tmp_path):
        download = EscoDownload()
        lines = download.files()["ISCOGroups_en.csv"].splitlines(keepends=True)
        download.extras["ISCOGroups_en.csv"] = lines[0] + b"a,b,c,d,e,f,g,h,i\n" + lines[1]
        with pytest.raises(InputError, match=r"ISCOGroups_en\.csv line 2.*number of columns"):
            read(download.write_folder(tmp_path / "esco"))

    def test_a_file_that_is_no_zip_is_named(self, tmp_path):
        path = tmp_path / "esco.bin"
        path.write_text("conceptUri\n")
        with pytest.raises(InputError, match=r"esco\.bin is neither a folder nor a .*zip"):
            read(path)

    def test_a_zip_with_damaged_content_is_named(self, tmp_path):
        path = EscoDownload().write_zip(tmp_path / "esco.zip")
        content = bytearray(path.read_bytes())
        content[200:1200] = bytes(1000)
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"esco\.zip is neither"):
            read(path)

    def test_several_downloads_under_one_folder_are_listed(self, tmp_path):
        for version in ("v1.2.0", "v1.2.1"):
            EscoDownload().write_folder(tmp_path / version)
        with pytest.raises(InputError) as raised:
            read(tmp_path)
        message = str(raised.value)
        assert "holds several downloads" in message
        assert "v1.2.0/occupations_en.csv" in message
        assert "v1.2.1/occupations_en.csv" in message
        assert "name one of them" in message

    @pytest.mark.parametrize(
        ("languages", "lacking"),
        [(("hu",), "hu"), (("en", "pl", "hu"), "hu"), (("pl", "en"), "pl")],
    )
    def test_the_starter_is_refused_in_what_it_lacks_and_without_english_first(
        self, languages, lacking
    ):
        with pytest.raises(ConfigError, match=f"en, cs, .* English first, not in '{lacking}'"):
            read_source("starter", *languages)

    def test_the_starter_is_read_by_its_name(self):
        assert read_source("starter", "en").name == "starter"


class TestPublishedDownloads:
    @pytest.mark.parametrize(
        ("version", "language", "occupations", "warnings"),
        [
            ("v1.2.1", "en", 3039, {"duplicate occupation rows": 4}),
            ("v1.2.1", "pl", 3039, {"duplicate occupation rows": 4}),
            ("v1.2.1", "nl", 3039, {"duplicate occupation rows": 4}),
            ("v1.2.0", "en", 3039, {}),
            ("v1.1.1", "en", 3007, {}),
        ],
    )
    def test_published_versions_are_read(
        self, shared_data, version, language, occupations, warnings
    ):
        folder = shared_data(f"esco/{version}", f"ESCO {version} {language} is read")
        source = read_esco_csv([folder], language)
        assert (source.version, source.language) == (version, language)
        assert len(source.groups) == 619
        assert len(source.occupations) == occupations
        assert source.warnings == warnings
        assert all(concept.label.strip() for concept in source.occupations)

    def test_the_folder_of_all_versions_is_several_downloads(self, shared_data):
        folder = shared_data("esco", "several published versions are told apart")
        with pytest.raises(InputError, match="several downloads"):
            read_esco_csv([folder], "en")

    def test_every_language_of_a_published_download_is_read(self, shared_data):
        folder = shared_data("esco/v1.0.3", "ESCO is read in 23 languages at once")
        source = read_source(str(folder))
        assert source.languages[:3] == ("en", "bg", "cs")
        assert len(source.languages) == 23
        assert {len(texts) for code, texts in source.further.items() if code != "no"} == {
            619 + len(source.occupations)
        }
        assert source.warnings == {"ISCO groups without a name in 'no'": 43}


def zip_of(folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return write_zip(folder.with_suffix(".zip"), files)


def essence(concept):
    names = tuple(filter(None, concept.alt_labels))
    return replace(concept, alt_labels=names, notation="")


class TestSkills:
    """Titles of the skills that occupations need; from downloads that have them."""

    @pytest.fixture
    def with_skills(self):
        download = EscoDownload()
        download.add_skills()
        return download

    def test_each_occupation_has_its_own_in_alphabetical_order(self, with_skills, tmp_path):
        source = read(with_skills.write_folder(tmp_path / "esco"))
        concepts = {concept.uri: concept for concept in source.occupations}
        assert concepts[DEVELOPER].essential_skills == ("debug software", "write programs")
        assert concepts[DEVELOPER].optional_skills == ()
        assert concepts[BAKER].optional_skills == ("write programs",)

    def test_a_download_without_them_is_read_without(self, tmp_path):
        source = read(EscoDownload().write_folder(tmp_path / "esco"))
        assert not any(c.essential_skills or c.optional_skills for c in source.occupations)

    def test_titles_in_another_language_alone_are_none(self, with_skills, tmp_path):
        name = with_skills.file_name("skills")
        with_skills.extras["skills_pl.csv"] = with_skills.extras.pop(name)
        source = read(with_skills.write_folder(tmp_path / "esco"))
        assert not any(concept.essential_skills for concept in source.occupations)

    def test_they_make_another_checksum(self, with_skills, tmp_path):
        with_ = read(with_skills.write_folder(tmp_path / "with"))
        without = read(EscoDownload().write_folder(tmp_path / "without"))
        assert with_.checksum != without.checksum

    def test_relations_to_unknown_skills_are_counted(self, with_skills, tmp_path):
        name = with_skills.file_name("skills")
        with_skills.extras[name] = b"conceptUri,preferredLabel\n"
        source = read(with_skills.write_folder(tmp_path / "esco"))
        assert source.warnings == {"relations to an unknown skill": 4}

    def test_older_downloads_name_the_relations_without_a_language(self, shared_data):
        folder = shared_data("esco/v1.1.1", "the skills of ESCO v1.1.1 are read")
        concepts = read(folder).occupations
        assert sum(len(c.essential_skills) for c in concepts) > 50_000
        assert all(c.essential_skills for c in concepts if c.label == "baker")
