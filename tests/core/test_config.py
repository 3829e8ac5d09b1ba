"""Settings: where they come from, which one wins, and what is said of a wrong one."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from isco.core.config import (
    SECRET_KEYS,
    changed_settings,
    default_config_path,
    load_settings,
    profile_path,
)
from isco.core.errors import ConfigError, SettingsWarning
from isco.core.settings import Settings, default_data_dir

ROOT = Path(__file__).parents[2]
PROFILES = sorted(path.stem for path in (ROOT / "profiles").glob("*.yaml"))

# Keys that stand in one block under one comment that speaks of them all.
UNDER_A_SHARED_COMMENT = {
    "qdrant.replication_factor",
    "qdrant.write_consistency_factor",
    "embedding.document_prompt",
    *(f"input.{name}" for name in ("title", "description", "language", "isco_code")),
    *(f"search.weights.{name}" for name in ("document", "labels", "head", "lexical", "body")),
    "search.weights.words",
}


def value_of(settings, key):
    for part in key.split("."):
        settings = settings[part] if isinstance(settings, dict) else getattr(settings, part)
    return settings


def keys_of_model(model, prefix=""):
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of_model(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def keys_of_file(tree, prefix="", sections=tuple(Settings.model_fields)):
    """Dotted keys down to what a model has as one field."""
    for name, value in tree.items():
        if not prefix and name in sections and isinstance(value, dict):
            yield from keys_of_file(value, f"{name}.")
        else:
            yield f"{prefix}{name}"


def lines_of_keys(text):
    """(dotted key, number of its line) of a YAML file in block style."""
    stack = []
    for number, line in enumerate(text.splitlines()):
        if not (found := re.match(r"( *)(\w+):(.*)", line)):
            continue
        indent, name, rest = len(found[1]), found[2], found[3].strip()
        stack = [(depth, part) for depth, part in stack if depth < indent]
        stack.append((indent, name))
        if rest:
            yield ".".join(part for _, part in stack), number


@pytest.fixture
def config_file(tmp_path):
    def write(text, name="own.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


# What is shipped


def as_yaml(settings):
    """What a file of these settings would hold, types and all, without the secrets."""
    content = settings.model_dump(mode="json")
    if settings.data_dir == default_data_dir():
        content["data_dir"] = None
    for section, _, name in (key.partition(".") for key in SECRET_KEYS):
        assert content[section].pop(name) is None
    return content


def test_the_shipped_file_says_what_the_models_say():
    written = yaml.safe_load(default_config_path().read_text(encoding="utf-8"))
    modelled = as_yaml(Settings())
    assert set(keys_of_file(written)) == set(keys_of_model(Settings)) - set(SECRET_KEYS)
    for key in keys_of_file(written):
        assert value_of(written, key) == value_of(modelled, key), key
    assert load_settings(default_config_path(), environment={}) == Settings()


def test_the_data_folder_is_the_users_own_unless_one_is_here_or_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    own = load_settings(environment={})
    assert own.data_dir == tmp_path / "home" / "isco"
    assert not own.data_dir.exists()
    (tmp_path / ".isco").mkdir()
    here = load_settings(environment={})
    assert here.data_dir == tmp_path / ".isco"
    named = load_settings(environment={"ISCO_DATA_DIR": "elsewhere"}, flags={})
    assert named.data_dir == tmp_path / "elsewhere"
    assert load_settings(environment={}, flags={"data_dir": None}).data_dir == here.data_dir
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert here.qdrant_path == tmp_path / ".isco" / "qdrant"
    assert load_settings(environment={}).data_dir == own.data_dir


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("ISCO_QDRANT_URL", "did you mean ISCO_QDRANT__URL?"),
        ("ISCO_DATADIR", "did you mean ISCO_DATA_DIR?"),
        ("ISCO_PASSWORD_OF_THE_CELLAR", "is no setting, and is not used"),
    ],
)
def test_a_variable_that_looks_like_a_setting_and_is_none_is_named(variable, said):
    with pytest.warns(SettingsWarning, match=f"{variable}.*{re.escape(said)}"):
        settings = load_settings(environment={variable: "x"})
    assert settings == Settings()


@pytest.mark.parametrize("variable", ["ISCO_TEST_QDRANT_URL", "ISCO_LOG_FORMAT", "_ISCO_COMPLETE"])
def test_variables_that_are_for_something_else_are_passed_over(variable, recwarn):
    assert load_settings(environment={variable: "x"}) == Settings()
    assert list(recwarn) == []


def test_variables_that_kubernetes_sets_for_a_service_are_passed_over(recwarn):
    service = {
        "ISCO_QDRANT_SERVICE_HOST": "10.0.0.7", "ISCO_QDRANT_SERVICE_PORT": "6333",
        "ISCO_QDRANT_SERVICE_PORT_GRPC": "6334", "ISCO_QDRANT_PORT": "tcp://10.0.0.7:6333",
        "ISCO_QDRANT_PORT_6333_TCP_ADDR": "10.0.0.7",
    }  # fmt: skip
    assert load_settings(environment=service) == Settings()
    assert list(recwarn) == []
    with pytest.warns(SettingsWarning, match="ISCO_QDRANT_URL"):
        load_settings(environment={**service, "ISCO_QDRANT_URL": "http://10.0.0.7:6333"})
    with pytest.warns(SettingsWarning, match="ISCO_QDRANT_PORT"):
        load_settings(environment={"ISCO_QDRANT_PORT": "6333"})


def test_the_settings_need_no_file():
    assert load_settings(environment={}) == Settings()
    assert Settings().qdrant.retries > 0


def test_every_setting_has_a_default_within_its_bounds():
    required = [key for key in keys_of_model(Settings) if is_required(key)]
    assert required == []
    assert Settings.model_validate(Settings().model_dump()) == Settings()


def is_required(key):
    model = Settings
    *sections, name = key.split(".")
    for section in sections:
        model = model.model_fields[section].annotation
    return model.model_fields[name].is_required()


def test_every_key_of_the_shipped_file_has_a_comment_above_it():
    lines = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()
    found = dict(lines_of_keys("\n".join(lines)))
    assert {"data_dir", "qdrant.url", "search.weights.body"} <= found.keys()
    bare = {key for key, number in found.items() if not lines[number - 1].lstrip().startswith("#")}
    assert bare == UNDER_A_SHARED_COMMENT


@pytest.mark.parametrize("name", PROFILES)
def test_every_shipped_profile_loads_and_changes_something(name):
    assert profile_path(name) == ROOT / "profiles" / f"{name}.yaml"
    changed = yaml.safe_load(profile_path(name).read_text(encoding="utf-8"))
    settings = load_settings(profiles=[name], environment={})
    for key in keys_of_file(changed):
        wanted = value_of(changed, key)
        found = value_of(settings, key)
        if isinstance(wanted, dict):
            assert wanted.items() <= found.items(), key
        else:
            assert (list(found) if isinstance(found, tuple) else found) == wanted, key


def test_paths_follow_data_dir_until_one_is_given(tmp_path):
    settings = load_settings(environment={}, flags={"data_dir": tmp_path})
    assert settings.qdrant_path == tmp_path / "qdrant"
    assert settings.cache_path == tmp_path / "embeddings.sqlite3"
    elsewhere = load_settings(environment={}, flags={"qdrant.path": "/srv/q"})
    assert elsewhere.qdrant_path == Path("/srv/q")


def test_settings_can_not_be_changed_once_loaded():
    settings = load_settings(environment={})
    with pytest.raises(ValueError, match="frozen"):
        settings.qdrant.timeout = 1


# Which one wins


def test_each_source_wins_over_the_ones_before_it(config_file):
    own = config_file("qdrant: {timeout: 2, retries: 2, upload_batch: 2, keep_collections: 2}")
    profile = config_file("qdrant: {retries: 3, upload_batch: 3, keep_collections: 3}", "p.yaml")
    settings = load_settings(
        own,
        [str(profile)],
        {"ISCO_QDRANT__UPLOAD_BATCH": "4", "ISCO_QDRANT__KEEP_COLLECTIONS": "4"},
        {"qdrant.keep_collections": 5},
    )
    qdrant = settings.qdrant
    assert (qdrant.timeout, qdrant.retries, qdrant.upload_batch, qdrant.keep_collections) == (
        2, 3, 4, 5,
    )  # fmt: skip
    assert qdrant.alias == load_settings(environment={}).qdrant.alias


def test_a_callers_own_may_be_dotted_keys_or_sections():
    dotted = {"search.top": 20, "search.weights.body": 0.5, "qdrant.mode": "memory"}
    nested = {"search": {"top": 20, "weights": {"body": 0.5}}, "qdrant": {"mode": "memory"}}
    settings = load_settings(environment={}, flags=nested)
    assert settings == load_settings(environment={}, flags=dotted) != load_settings(environment={})
    with pytest.raises(ConfigError, match=r"an option: unknown key 'search\.tpo'.*'search\.top'"):
        load_settings(environment={}, flags={"search": {"tpo": 20}})


def test_a_later_profile_wins_and_both_count(config_file):
    first = config_file("search: {top: 3}\nclassify: {chunk: 3}", "first.yaml")
    second = config_file("search: {top: 4}", "second.yml")
    settings = load_settings(profiles=[str(first), str(second)], environment={})
    assert (settings.search.top, settings.classify.chunk) == (4, 3)


def test_the_papers_profile_is_complete_and_its_rule_can_be_had_alone():
    default = load_settings(environment={})
    paper = load_settings(profiles=["paper"], environment={})
    rule = load_settings(profiles=["paper-rule"], environment={})
    for name in ("search", "decision", "reranking"):
        assert getattr(paper, name) == getattr(rule, name) != getattr(default, name)
    assert (paper.decision.neighbours, paper.decision.majority) == (15, None)
    assert paper.reranking.weight is None
    assert paper.embedding.model == "NovaSearch/stella_en_400M_v5"
    assert (paper.llm.backend, "Llama-3.1-8B" in paper.llm.model) == ("mlx", True)
    assert (rule.embedding, rule.llm) == (default.embedding, default.llm)


def test_a_section_given_in_part_keeps_the_rest_of_its_defaults(config_file):
    default = load_settings(environment={})
    settings = load_settings(config_file("search: {weights: {body: 0.25}}"), environment={})
    assert settings.search.weights == {**default.search.weights, "body": 0.25}


def test_null_is_a_value_and_not_an_absence():
    assert load_settings(environment={}).llm.give_up_after is not None
    for source in ({"environment": {"ISCO_LLM__GIVE_UP_AFTER": "null"}},
                   {"environment": {}, "flags": {"llm.give_up_after": None}}):  # fmt: skip
        assert load_settings(**source).llm.give_up_after is None


def test_an_empty_file_changes_nothing(config_file):
    assert load_settings(config_file("# nothing\n"), environment={}) == load_settings(
        environment={}
    )


def test_options_of_the_models_own_may_have_any_name_and_depth(config_file):
    own = config_file("embedding: {model_options: {unpad: false}}")
    settings = load_settings(
        own, (), {"ISCO_EMBEDDING__MODEL_OPTIONS__LAYERS": "3"},
        {"embedding.model_options.rope.kind": "linear"},
    )  # fmt: skip
    assert settings.embedding.model_options == {
        "unpad": False, "layers": 3, "rope": {"kind": "linear"},
    }  # fmt: skip


# The environment


def test_variables_are_read_as_yaml():
    settings = load_settings(
        environment={
            "ISCO_DATA_DIR": "/srv/isco",
            "ISCO_QDRANT__PREFER_GRPC": "true",
            "ISCO_SEARCH__KINDS": "[leaf, unit group]",
            "ISCO_SEARCH__WEIGHTS__BODY": "0.5",
        }
    )
    assert settings.data_dir == Path("/srv/isco")
    assert settings.qdrant.prefer_grpc is True
    assert settings.search.kinds == ("leaf", "unit group")
    assert settings.search.weights["body"] == 0.5


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("ISCO_QDRANT__TIMEOUT", "7")
    assert load_settings().qdrant.timeout == 7


def test_variables_that_are_not_ours_are_ignored():
    foreign = {
        "ISCO_TEST_QDRANT_URL": "http://example.org",
        "ISCO": "x", "ISCOQDRANT__URL": "x", "QDRANT__URL": "x", "PATH": "/bin", "ISCO_": "x",
    }  # fmt: skip
    assert load_settings(environment=foreign) == load_settings(environment={})


def test_a_variable_that_is_no_yaml_is_named():
    with pytest.raises(ConfigError, match="ISCO_SEARCH__KINDS is not a valid value"):
        load_settings(environment={"ISCO_SEARCH__KINDS": "[leaf"})


# Secrets


def test_the_api_key_comes_from_the_environment_as_it_is_written():
    settings = load_settings(environment={"ISCO_QDRANT__API_KEY": "0123: {x"})
    assert settings.qdrant.api_key.get_secret_value() == "0123: {x"
    assert load_settings(environment={}).qdrant.api_key is None


def test_no_way_of_showing_settings_shows_the_api_key():
    settings = load_settings(environment={"ISCO_QDRANT__API_KEY": "sesame"})
    shown = [
        repr(settings), str(settings), repr(settings.qdrant), f"{settings.qdrant.api_key}",
        settings.model_dump_json(), str(settings.model_dump(mode="json")),
    ]  # fmt: skip
    assert not [text for text in shown if "sesame" in text]


def test_an_error_in_its_section_does_not_show_the_api_key():
    with pytest.raises(ConfigError, match=r"qdrant\.timeout") as raised:
        load_settings(
            environment={"ISCO_QDRANT__API_KEY": "sesame", "ISCO_QDRANT__TIMEOUT": "soon"}
        )
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("form", ["file", "profile", "flag", "section flag"])
def test_a_secret_from_anywhere_else_is_refused_with_the_variable_to_use(config_file, form):
    path = config_file("qdrant:\n  api_key: sesame\n")
    sources = {
        "file": {"config_file": path},
        "profile": {"profiles": [str(path)]},
        "flag": {"flags": {"qdrant.api_key": "sesame"}},
        "section flag": {"flags": {"qdrant": {"api_key": "sesame"}}},
    }
    with pytest.raises(ConfigError, match="ISCO_QDRANT__API_KEY") as raised:
        load_settings(**sources[form], environment={})
    assert "sesame" not in str(raised.value)


# What is wrong is named


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("qdrnt: {url: x}", "qdrnt.url", "qdrant.url"),
        ("qdrant: {ur: x}", "qdrant.ur", "qdrant.url"),
        ("data-dir: x", "data-dir", "data_dir"),
        ("search: {weights: {bodie: 1}}", "search.weights.bodie", "search.weights.body"),
    ],
)
def test_an_unknown_key_of_a_file_names_the_nearest(config_file, text, unknown, nearest):
    path = config_file(text)
    for sources in ({"config_file": path}, {"profiles": [str(path)]}):
        with pytest.raises(ConfigError) as raised:
            load_settings(**sources, environment={})
        message = str(raised.value)
        assert str(path) in message
        assert repr(unknown) in message
        assert repr(nearest) in message


def test_an_unknown_key_of_the_environment_names_the_variable_and_the_nearest():
    with pytest.raises(ConfigError) as raised:
        load_settings(environment={"ISCO_QDRANT__ULR": "x"})
    for part in ("ISCO_QDRANT__ULR", "'qdrant.ulr'", "'qdrant.url'"):
        assert part in str(raised.value)


def test_an_unknown_key_of_a_flag_names_the_nearest():
    with pytest.raises(ConfigError, match=r"'decision\.majorty'.*'decision\.majority'"):
        load_settings(environment={}, flags={"decision.majorty": 1})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("qdrant.mode", "cloud"), ("qdrant.timeout", 0), ("qdrant.retries", -1),
        ("qdrant.alias", ""), ("qdrant.keep_collections", 0), ("embedding.batch_size", 0),
        ("embedding.backend", "word2vec"), ("embedding.max_tokens", 7),
        ("taxonomy.language", "english language"), ("taxonomy.language", "en,"),
        ("taxonomy.language", "en;pl"), ("search.top", 0), ("search.kinds", []),
        ("search.kinds", ["twig"]), ("search.weights.body", -0.1),
        ("search.weights.body", float("nan")), ("decision.neighbours", 0),
        ("decision.majority", 0.49), ("decision.majority", 1.01), ("decision.temperature", 0),
        ("language.min_probability", 1.5), ("classify.chunk", 0), ("data_dir", 3),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_named_with_its_key(key, value):
    with pytest.raises(ConfigError) as raised:
        load_settings(environment={}, flags={key: value})
    assert f"{key}" in str(raised.value)
    assert "got" in str(raised.value)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("en", ("en",)), (["en"], ("en",)), ("en,pl,nl", ("en", "pl", "nl")),
        (["pl", "en"], ("pl", "en")), ("en, pl", ("en", "pl")), (["pl", "en", "pl"], ("pl", "en")),
        ("auto", ()), (["auto"], ()),
    ],
)  # fmt: skip
def test_languages_are_a_list_or_a_string_with_commas(given, codes):
    settings = load_settings(environment={}, flags={"taxonomy.language": given})
    assert settings.taxonomy.languages == codes


def test_all_languages_that_there_are_is_the_default():
    assert load_settings(environment={}).taxonomy.languages == ()


@pytest.mark.parametrize(
    "given", ["", "en,,pl", "auto,en", [], ["en", 3], [["en"]], ["en", ""], ["en", "auto"], None]
)
def test_what_is_no_list_of_languages_is_told(given):
    with pytest.raises(ConfigError, match=r"taxonomy\.language"):
        load_settings(environment={}, flags={"taxonomy.language": given})


@pytest.mark.parametrize("text", ["no", "[en, no]"])
def test_norwegian_without_quotes_is_told_to_need_them(config_file, text):
    with pytest.raises(ConfigError, match=r'taxonomy\.language.*Norwegian is "no", in quotes'):
        load_settings(config_file(f"taxonomy: {{language: {text}}}"), environment={})


@pytest.mark.parametrize("given", ["esco.zip", ["esco_en.zip", "esco_pl.zip"]])
def test_a_source_is_one_download_or_several(given):
    assert load_settings(environment={}, flags={"taxonomy.source": given}).taxonomy.source == given


@pytest.mark.parametrize("given", ["", [], [""], 3, None])
def test_what_is_no_source_is_told(given):
    with pytest.raises(ConfigError, match=r"taxonomy\.source"):
        load_settings(environment={}, flags={"taxonomy.source": given})


def test_files_of_names_are_paths_from_where_the_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = "[own.csv, ILO index=/srv/more.csv]"
    settings = load_settings(environment={"ISCO_TAXONOMY__NAMES": given})
    found = [(each.called, each.file) for each in settings.taxonomy.names]
    assert found == [("own", tmp_path / "own.csv"), ("ILO index", Path("/srv/more.csv"))]


def test_weights_that_are_all_zero_are_refused():
    zeros = dict.fromkeys(load_settings(environment={}).search.weights, 0)
    with pytest.raises(ConfigError, match=r"search\.weights.*above zero"):
        load_settings(environment={}, flags={"search.weights": zeros})


@pytest.mark.parametrize(
    ("environment", "flags"),
    [({"ISCO_QDRANT": "3", "ISCO_QDRANT__URL": "x"}, {}), ({}, {"search.weights": 3}),
     ({"ISCO_QDRANT": ""}, {})],
)  # fmt: skip
def test_a_section_that_is_given_a_plain_value_is_named(environment, flags, recwarn):
    with pytest.raises(ConfigError, match="is a section, and needs keys below it"):
        load_settings(environment=environment, flags=flags)
    assert list(recwarn) == []


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words", "3", "false"])
def test_a_file_that_is_no_mapping_is_refused_by_name(config_file, text):
    path = config_file(text)
    with pytest.raises(ConfigError, match="must hold keys and values") as raised:
        load_settings(path, environment={})
    assert str(path) in str(raised.value)


def test_a_section_without_keys_is_refused_by_name(config_file):
    with pytest.raises(ConfigError, match="qdrant is a section"):
        load_settings(config_file("qdrant:\n"), environment={})


def test_a_dotted_key_in_a_file_is_told_to_be_a_section(config_file):
    with pytest.raises(ConfigError, match=r"'qdrant\.url' must be written as a section"):
        load_settings(config_file("qdrant.url: http://x\n"), environment={})


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe", b"a: b: c"])
def test_a_file_that_can_not_be_read_is_named(tmp_path, content):
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"can't read the configuration .*broken\.yaml"):
        load_settings(path, environment={})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.yaml"):
        load_settings(tmp_path / "missing.yaml", environment={})


def test_an_unknown_profile_lists_the_known_ones():
    with pytest.raises(ConfigError) as raised:
        profile_path("papr")
    assert str(raised.value) == f"unknown profile 'papr'; known profiles: {', '.join(PROFILES)}"


@pytest.mark.parametrize("name", ["../config", "sub/paper", ""])
def test_a_profiles_name_does_not_lead_out_of_its_folder(name):
    with pytest.raises(ConfigError, match="unknown profile"):
        profile_path(name)


def test_a_profile_file_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"profile file ./none\.yaml does not exist"):
        profile_path("./none.yaml")


# What differs from the default


def test_nothing_differs_from_the_default_by_itself():
    assert changed_settings(load_settings(environment={})) == {}


def test_what_was_changed_is_found_by_its_dotted_key():
    given = {
        "llm.give_up_after": None, "search.weights.body": 0.5, "search.kinds": ["leaf"],
        "embedding.model_options.x": {"y": 1}, "qdrant.timeout": 60,
    }  # fmt: skip
    assert changed_settings(load_settings(environment={}, flags=given)) == {
        "search.kinds": ["leaf"], "search.weights.body": 0.5, "llm.give_up_after": None,
        "embedding.model_options.x.y": 1,
    }  # fmt: skip


def test_what_differs_can_be_shown_without_a_secret():
    environment = {
        "ISCO_QDRANT__API_KEY": "sesame",
        "ISCO_LLM__URL": "http://ali:sesame@models.example.org/v1",
    }
    changed = changed_settings(load_settings(environment=environment))
    assert "sesame" not in str(changed)
    assert changed["llm.url"] == "http://***@models.example.org/v1"
    assert set(changed) == {"llm.url", "qdrant.api_key"}


@pytest.mark.parametrize("other", ["alias", "ads_collection"])
def test_labelled_ads_share_their_name_with_nothing(other):
    flags = {f"qdrant.{other}": "same", "qdrant.labelled_collection": "same"}
    with pytest.raises(ConfigError, match=rf"qdrant\.labelled_collection.*qdrant\.{other}"):
        load_settings(environment={}, flags=flags)
