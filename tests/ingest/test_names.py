"""More names: files of an office's own, national mapping tables, the project's everyday ones."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.errors import ConfigError, InputError
from isco.core.settings import NamesFile
from isco.core.store import CollectionMetadata
from isco.core.store.metadata import READY
from isco.ingest.documents import searchable_leaves
from isco.ingest.load import dry_run
from isco.ingest.plan import describe, prepare
from isco.ingest.sources import everyday_names, read_names, read_source, with_names
from isco.ingest.sources.base import LocalText
from isco.ingest.sources.everyday import EVERYDAY_LANGUAGES
from isco.ingest.sources.names import ExtraName
from isco.ingest.taxonomy import build_taxonomy
from tests.support.doubles import HashingEmbedder
from tests.support.esco_download import BAKER, CAPTAIN, EscoDownload, group_uri

TABLE = "name,code,uri,language\npanificador,7512,,es\nloaf artist,,{baker},\n"
READ = [
    ExtraName("panificador", "7512", "", "es", 2),
    ExtraName("loaf artist", "", BAKER, None, 3),
]
PREAMBLE = """\
Mapping project name,ESCO - Beroepen
Mapping project author,"Werk, en meer"
Classification 1 Name,ESCO
Classification 1 Language,en
Classification 2 Name,Beroepen
Classification 2 Language,NL

"""
MAPPING = PREAMBLE + (
    "Classification 1 URI,Classification 1 PrefLabel,Classification 2 ID,"
    "Classification 2 PrefLabel,Mapping relation\n"
    f'{BAKER},baker,1,"Bakker, ambachtelijk",skos:exactMatch\n'
    f"{BAKER},baker,2,Broodbakker,skos:closeMatch\n"
    f"{BAKER},baker,3,Stokbroodbakker,skos:narrowMatch\n"
    f"{BAKER},baker,4,Voedingsvakman,skos:broadMatch\n"
    f"{BAKER},baker,5,,skos:exactMatch\n"
    f"{group_uri('7512')},Bakers,6,Banketbakker,skos:exactMatch\n"
)


@pytest.fixture
def read(tmp_path):
    """The names in a file of that content."""

    def read(content, encoding="utf-8"):
        path = tmp_path / "names.csv"
        path.write_bytes(content.encode(encoding))
        return read_names(NamesFile(file=path))

    return read


@pytest.fixture
def taxonomy(tmp_path):
    """Six occupations in English and Dutch."""
    folder = EscoDownload().write_folder(tmp_path / "esco-v1.2.1")
    dutch = EscoDownload(language="nl")
    dutch.occupation(BAKER).update(preferredLabel="bakker", altLabels="")
    dutch.occupation(CAPTAIN).update(preferredLabel="", altLabels="")
    dutch.write_folder(folder)
    return read_source(str(folder), "en", "nl")


def labels_of(source):
    """Names by language and URI."""
    return {
        (leaf.language, leaf.uri): leaf.labels for leaf in searchable_leaves(build_taxonomy(source))
    }


class TestTables:
    @pytest.mark.parametrize(
        "content",
        [
            TABLE,
            f"\ufeff{TABLE}",
            TABLE.replace(",", ";"),
            TABLE.replace(",", "\t"),
            TABLE.replace("\n", "\r\n"),
            TABLE.replace("name,code,uri,language", " Name , ISCO_Code,URI,Language "),
            TABLE.replace("7512", "C7512").replace(",es", ",ES"),
            f"{TABLE},5120,,en\n\n",
        ],
        ids=[
            "plain", "byte order mark", "semicolons", "tabs", "Windows lines",
            "columns in capitals and with spaces", "code and language in capitals",
            "rows without a name",
        ],
    )  # fmt: skip
    def test_names_have_a_code_or_a_concept_and_perhaps_a_language(self, read, content):
        names = read(content.format(baker=BAKER))
        assert [(n.name, n.code.removeprefix("C"), n.uri, n.language) for n in names] == [
            (n.name, n.code, n.uri, n.language) for n in READ
        ]

    def test_each_name_knows_its_line(self, read):
        assert read(TABLE.format(baker=BAKER)) == READ

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_names_may_hold_any_mark_in_quotes(self, read, delimiter):
        names = ["bakers, pastry-cooks, and others", "cook; chef; saucier", "one\ttwo\tthree"]
        rows = "".join(f'"{name}"{delimiter}7512\n' for name in names)
        assert [n.name for n in read(f"name{delimiter}code\n{rows}")] == names

    @pytest.mark.parametrize("header", ["name,code", "name,uri"])
    def test_a_concept_may_stand_in_the_column_of_codes(self, read, header):
        (name,) = read(f"{header}\nbaker,{BAKER}\n")
        assert (name.code, name.uri) == ("", BAKER)

    def test_columns_of_others_are_passed_over(self, read):
        (name,) = read("id,name,remark,code\n1,baker,of bread,7512\n")
        assert (name.name, name.code, name.language) == ("baker", "7512", None)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "begins with nothing"),
            ("title,group\nbaker,7512\n", "begins with title, group"),
            ("name\nbaker\n", "has no columns name and code"),
            ("code,uri\n7512,x\n", "has no columns name and code"),
            (PREAMBLE, "is no mapping table of ESCO"),
        ],
        ids=["empty", "other columns", "no code", "no name", "preamble alone"],
    )
    def test_what_is_no_table_of_names_is_told(self, read, tmp_path, content, said):
        with pytest.raises(InputError, match=said) as raised:
            read(content)
        assert str(tmp_path / "names.csv") in str(raised.value)

    def test_a_file_that_is_no_text_is_told(self, read):
        with pytest.raises(InputError, match=r"can't read the names in .*names\.csv"):
            read("name,code\nboulangère,7512\n", "latin-1")

    def test_a_file_that_is_not_there_is_told(self, tmp_path):
        with pytest.raises(InputError, match=r"can't read the names in .*absent\.csv"):
            read_names(NamesFile(file=tmp_path / "absent.csv"))


class TestMappings:
    def test_titles_are_names_of_the_concepts_but_broader_ones(self, read):
        assert [(n.name, n.uri) for n in read(MAPPING)] == [
            ("Bakker, ambachtelijk", BAKER),
            ("Broodbakker", BAKER),
            ("Stokbroodbakker", BAKER),
            ("Banketbakker", group_uri("7512")),
        ]

    def test_their_language_is_that_of_the_second_classification(self, read):
        assert {n.language for n in read(MAPPING)} == {"nl"}
        bare = MAPPING.replace("Classification 2 Language,NL\n", "")
        assert {n.language for n in read(bare)} == {None}

    @pytest.mark.parametrize(
        "header",
        [
            "classification 1 ID,classification 1 prefered label,classification 2 ID,"
            "classification 2 prefered label,mapping relation",
            "Classification 1 URI,Classification 1 PrefLabel,Classification 2 ID,"
            "Classification 2 PrefLabel,Relation",
        ],
    )
    def test_services_name_their_columns_in_their_own_way(self, read, header):
        lines = MAPPING.split("\n")
        lines[PREAMBLE.count("\n")] = header
        assert read("\n".join(lines)) == read(MAPPING)

    def test_semicolons_do_as_well(self, read):
        there = [(n.name, n.uri) for n in read(MAPPING)]
        other = MAPPING.replace('"Bakker, ambachtelijk"', "Bakker| ambachtelijk")
        named = [(n.name.replace("|", ","), n.uri) for n in read(other.replace(",", ";"))]
        assert named == there

    @pytest.mark.parametrize(
        ("name", "language", "count"),
        [
            ("DE_mapping_18.05.22.csv", "de", 7234),
            ("ES_mapping_31.07.2021.csv", "es", 2577),
            ("FR_20230607_mapping_esco_rome.csv", "fr", 6032),
        ],
    )
    def test_published_tables_name_concepts_of_the_published_taxonomy(
        self, shared_data, name, language, count
    ):
        checks = f"the national titles of {name} are read"
        names = read_names(NamesFile(file=shared_data(f"crosswalks/{name}", checks)))
        assert (len(names), {n.language for n in names}) == (count, {language})
        assert all(n.name.strip() and n.uri.startswith("http://data.europa.eu/") for n in names)
        folder = str(shared_data("esco/v1.0.3", checks))
        source = read_source(folder, "en", language)
        assert with_names(source, names, name).warnings == source.warnings


class TestJoining:
    def test_names_of_the_main_language_come_after_a_concepts_own(self, taxonomy):
        names = [ExtraName("loaf artist", uri=BAKER), ExtraName("bakehouse hand", code="7512")]
        labels = labels_of(with_names(taxonomy, names, "own.csv"))
        assert labels["en", BAKER] == ("baker", "bread maker", "baker of bread", "loaf artist")
        group = labels["en", group_uri("7512")]
        assert group[0] == labels_of(taxonomy)["en", group_uri("7512")][0]
        assert "bakehouse hand" in group

    def test_names_of_a_further_language_are_names_there_alone(self, taxonomy):
        names = [ExtraName("broodbakker", uri=BAKER, language="nl")]
        before, after = (labels_of(s) for s in (taxonomy, with_names(taxonomy, names, "own.csv")))
        changed = {key for key in after if after[key] != before[key]}
        assert changed == {("nl", BAKER)}
        assert after["nl", BAKER] == ("bakker", "broodbakker")

    def test_a_concept_that_is_nameless_in_a_language_is_called_by_the_first_name(self, taxonomy):
        names = [
            ExtraName("kapitein van de luchtmacht", uri=CAPTAIN, language="nl"),
            ExtraName("luchtmachtofficier", uri=CAPTAIN, language="nl"),
        ]
        joined = with_names(taxonomy, names, "own.csv")
        assert ("nl", CAPTAIN) not in labels_of(taxonomy)
        assert labels_of(joined)["nl", CAPTAIN] == (
            "kapitein van de luchtmacht", "luchtmachtofficier",
        )  # fmt: skip
        assert joined.further["nl"][CAPTAIN] == LocalText(
            "kapitein van de luchtmacht",
            ("luchtmachtofficier",),
            listed_names=(("own.csv", ("kapitein van de luchtmacht", "luchtmachtofficier")),),
        )

    def test_a_name_that_is_there_already_changes_no_concept(self, taxonomy):
        names = [ExtraName("Bread Maker", uri=BAKER), ExtraName("BAKKER", uri=BAKER, language="nl")]
        assert labels_of(with_names(taxonomy, names, "own.csv")) == labels_of(taxonomy)

    @pytest.mark.parametrize("blank", [" ", "&nbsp;"])
    def test_a_blank_name_is_none(self, taxonomy, blank):
        names = [ExtraName(blank, uri=CAPTAIN, language="nl")]
        joined = with_names(taxonomy, names, "own.csv")
        assert (joined.further, joined.warnings) == (taxonomy.further, taxonomy.warnings)

    def test_what_has_no_place_is_left_out_and_counted(self, taxonomy):
        names = [
            ExtraName("boulanger", code="7512", language="fr"),
            ExtraName("boulangère", code="7512", language="fr"),
            ExtraName("Bäcker", code="7512", language="de"),
            ExtraName("nobody", code="7599"),
            ExtraName("no unit group", code="751"),
            ExtraName("no code", code="baker"),
            ExtraName("no concept", uri="http://example.org/unknown"),
            ExtraName("nothing at all"),
        ]
        joined = with_names(taxonomy, names, "own.csv")
        assert joined.warnings == {
            **taxonomy.warnings,
            "names in 'fr', which is not ingested (own.csv)": 2,
            "names in 'de', which is not ingested (own.csv)": 1,
            "names for a concept that is not there (own.csv)": 5,
        }
        assert labels_of(joined) == labels_of(taxonomy)

    def test_the_checksum_follows_the_names(self, taxonomy):
        one, other = ExtraName("loaf artist", uri=BAKER), ExtraName("loaf artist", code="7512")
        sums = [with_names(taxonomy, names, "x").checksum for names in ([], [one], [other])]
        assert len({taxonomy.checksum, *sums}) == 4
        assert with_names(taxonomy, [one], "y").checksum == sums[1]


class TestEverydayNames:
    @pytest.fixture
    def english(self, tmp_path):
        return str(EscoDownload().write_folder(tmp_path / "esco-v1.2.1"))

    def test_they_are_names_of_every_unit_group_in_each_language_that_there_is(self):
        names = everyday_names(("de", "tr", "sv"))
        codes = {language: set() for language in ("de", "sv")}
        for name in names:
            codes[name.language].add(name.code)
        assert [len(found) for found in codes.values()] == [436, 436]

    def test_they_make_a_language_that_the_download_lacks_searchable(self, make_settings, english):
        plan = prepare(make_settings(taxonomy__language="en,de"), english)
        german = [leaf for leaf in plan.leaves if leaf.language == "de"]
        assert plan.title == "ESCO v1.2.1 en,de"
        assert len({leaf.isco_code for leaf in german}) == len(german) == 436
        assert all(leaf.label != leaf.main_label for leaf in german)
        bakers = next(leaf for leaf in german if leaf.isco_code == "7512")
        assert "Bäcker" in bakers.labels
        assert plan.taxonomy.warnings == {}

    def test_they_come_after_what_the_download_says(self, make_settings, tmp_path, english):
        EscoDownload(language="nl").write_folder(tmp_path / "esco-v1.2.1")
        settings = {on: make_settings(taxonomy__everyday_names=on) for on in (False, True)}
        without, beside = (
            {(leaf.language, leaf.uri): leaf for leaf in prepare(settings[on], english).leaves}
            for on in (False, True)
        )
        assert beside.keys() == without.keys()
        more = {key for key in beside if beside[key].labels != without[key].labels}
        assert more == {("nl", uri) for _, uri in without if "/isco/" in uri}
        for key in more:
            count = len(without[key].labels)
            assert beside[key].labels[:count] == without[key].labels

    def test_in_the_main_language_they_stand_beside_the_names_that_are_searched(
        self, make_settings, english
    ):
        without, beside = (
            prepare(make_settings(taxonomy__language="en", taxonomy__everyday_names=on), english)
            for on in (False, True)
        )
        assert set(beside.names) > set(without.names)
        assert beside.documents == without.documents
        assert [replace(leaf, everyday_names=()) for leaf in beside.leaves] == without.leaves
        named = [leaf for leaf in beside.leaves if leaf.everyday_names]
        assert [leaf.uri for leaf in named] == [leaf.uri for leaf in without.leaves[:436]]
        bakers = next(leaf for leaf in named if leaf.isco_code == "7512")
        assert {"Baker", "Dough Maker"} <= set(bakers.everyday_names)

    def test_other_languages_have_them_beside_the_taxonomy(self, make_settings, english):
        settings = make_settings(
            taxonomy__language="en,pl", taxonomy__everyday_languages=["de", "pl", "en"]
        )
        plan = prepare(settings, english)
        assert plan.title == "ESCO v1.2.1 en,pl"
        german = [leaf for leaf in plan.leaves if leaf.language == "de"]
        assert german == plan.leaves[-436:]
        assert len({leaf.isco_code for leaf in german}) == 436
        assert "Bäcker" in next(leaf for leaf in german if leaf.isco_code == "7512").labels
        assert {leaf.notes for leaf in german} == {()}

    def test_the_collection_says_of_which_languages_there_is_nothing_else(
        self, make_settings, english
    ):
        settings = make_settings(
            taxonomy__language="en,pl", taxonomy__everyday_languages=["de", "pl"]
        )
        plan = prepare(settings, english)
        metadata = describe(plan.taxonomy, plan.leaves, HashingEmbedder(), settings, ())
        assert metadata.languages == ("en", "pl")
        assert metadata.everyday_languages == ("pl", "de")
        assert metadata.searched_languages == ("en", "pl", "de")
        assert CollectionMetadata.from_payload(metadata.to_payload(READY)) == metadata
        assert metadata.points == len(plan.leaves)
        of_taxonomy = [leaf for leaf in plan.leaves if leaf.language != "de"]
        assert metadata.labels == sum(len(leaf.labels) for leaf in of_taxonomy)

    def test_by_default_in_all_languages_that_there_are(self, make_settings, english):
        settings = make_settings(taxonomy__language="en", taxonomy__everyday_languages="auto")
        assert tuple(prepare(settings, english).taxonomy.source.everyday) == EVERYDAY_LANGUAGES[1:]

    def test_a_language_without_them_is_refused(self, make_settings, english):
        settings = make_settings(taxonomy__everyday_languages=["de", "tr"])
        with pytest.raises(ConfigError, match="not in 'tr'"):
            prepare(settings, english)

    def test_they_belong_to_one_language_each(self, make_settings, english):
        leaves = prepare(make_settings(taxonomy__language="en,de"), english).leaves
        assert {leaf.language for leaf in leaves if leaf.everyday_names} == {"en"}

    def test_the_starter_has_them_as_its_own(self, make_settings):
        leaves = prepare(make_settings(taxonomy__language="en,sv"), "starter").leaves
        assert not any(leaf.everyday_names for leaf in leaves)
        occupations = [leaf for leaf in leaves if "/isco/" not in leaf.uri]
        assert len(occupations) > 2 * 436

    def test_they_make_another_collection_and_no_change(self, make_settings, english):
        sources = [
            prepare(make_settings(taxonomy__everyday_names=on), english).taxonomy.source
            for on in (False, True)
        ]
        assert sources[0].checksum != sources[1].checksum
        assert sources[0].warnings == sources[1].warnings == {}

    def test_without_them_a_language_that_the_download_lacks_is_refused(
        self, make_settings, english
    ):
        settings = make_settings(taxonomy__language="en,de", taxonomy__everyday_names=False)
        with pytest.raises(InputError, match=r"holds no occupations_de\.csv"):
            prepare(settings, english)

    @pytest.mark.parametrize("language", ["en,tr", "de,en"])
    def test_a_language_that_they_lack_and_the_main_one_need_a_download(
        self, make_settings, english, language
    ):
        with pytest.raises(InputError, match=r"holds no occupations_(tr|de)\.csv"):
            prepare(make_settings(taxonomy__language=language), english)


class TestCommand:
    @pytest.fixture
    def run(self, tmp_path):
        source = EscoDownload().write_folder(tmp_path / "esco-v1.2.1")

        def run(*arguments):
            return CliRunner().invoke(
                cli,
                [
                    "ingest", "--source", str(source), "--dry-run", *arguments,
                    "--set", f"data_dir={tmp_path / 'data'}",
                ],
            )  # fmt: skip

        return run

    def test_names_of_several_files_are_read_and_their_warnings_told(self, run, tmp_path):
        for number, name in enumerate(("loaf artist", "oven keeper")):
            (tmp_path / f"{number}.csv").write_text(
                f"name,code,language\n{name},7512,\nBäcker,7512,de\n", encoding="utf-8"
            )
        files = [part for number in (0, 1) for part in ("--names", str(tmp_path / f"{number}.csv"))]
        plain = json.loads(run("--json").stdout)
        named = json.loads(run("--json", *files).stdout)
        assert named["labels"] == plain["labels"] + 2
        assert "1 × names in 'de', which is not ingested (1)" in run(*files).stderr

    def test_a_file_that_can_t_be_read_is_told(self, run, tmp_path):
        result = run("--names", str(tmp_path / "absent.csv"))
        assert isinstance(result.exception, InputError)
        assert "absent.csv" in str(result.exception)


def test_names_in_the_settings_are_read_with_every_ingest(make_settings, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("name,code\nloaf artist,7512\n", encoding="utf-8")
    source = str(EscoDownload().write_folder(tmp_path / "esco-v1.2.1"))
    plain, named = (
        dry_run(make_settings(**more), source) for more in ({}, {"taxonomy__names": [str(path)]})
    )
    assert named.labels == plain.labels + 1
