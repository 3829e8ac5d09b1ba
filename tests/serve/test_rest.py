"""The REST interface, over a small taxonomy: answers, refusals, and how it describes itself."""

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from isco.core.config import load_settings
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Ad, GroupNote
from isco.retriever.running.writers import JsonLines
from isco.serve.app import make_app
from isco.serve.guard import is_loopback, require_token
from isco.serve.running import bound
from tests.support.doubles import HashingEmbedder, make_concept
from tests.support.serving import SOON, engine_over, listening
from tests.support.small_taxonomy import LEAVES, load

ADS = [
    {"id": "a", "title": "Lorry driver", "description": "You drive.", "wage": 9},
    {"id": "b", "title": "Ward nurse"},
    {"id": "c", "title": ["no", "text"]},
]
SMALL = {"serve.max_ads": 3, "serve.max_body": 2000, "serve.max_stream": 3000}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """One for the tests that leave it as it was."""
    flags = {**SMALL, "data_dir": tmp_path_factory.mktemp("rest")}
    with engine_over(load_settings(environment={}, flags=flags)) as engine:
        yield engine


@pytest.fixture
def own_engine(make_settings):
    with engine_over(make_settings()) as engine:
        yield engine


@pytest.fixture
def client(engine):
    return client_of(engine)


@pytest.fixture
def own_client(own_engine):
    return client_of(own_engine)


def client_of(engine):
    return TestClient(make_app(engine), base_url="http://127.0.0.1", raise_server_exceptions=False)


def lines(ads):
    return "\n".join(map(json.dumps, ads))


def post_lines(client, path, ads):
    headers = {"content-type": "application/x-ndjson"}
    return client.post(path, content=lines(ads), headers=headers)


def expected(engine, rows):
    """What `isco classify` writes of these rows."""
    return [JsonLines().encode(each) for each in engine.loaded.classifier.classify_batch(rows)]


class TestClassifying:
    def test_a_list_a_stream_and_one_ad_get_the_lines_of_a_run_to_the_byte(self, engine, client):
        given = [
            Ad("a", "Lorry driver", "You drive.", 1, 1, extra={"wage": 9}),
            Ad("b", "Ward nurse", "", 2, 2),
        ]
        run = expected(engine, given)
        found = client.post("/v1/classify", json=ADS[:2])
        assert found.content == b"[" + b"".join(run).rstrip(b"\n").replace(b"\n", b",\n") + b"]"
        assert post_lines(client, "/v1/classify", ADS[:2]).content == b"".join(run)
        alone = client.post("/v1/classify", json=ADS[0])
        assert alone.content + b"\n" == expected(engine, given[:1])[0]
        assert alone.json()["isco_code"] == "8332"
        assert alone.json()["extra"] == {"wage": 9}

    def test_a_row_that_is_no_ad_costs_that_row_alone(self, client):
        paths = [each["path"] for each in client.post("/v1/classify", json=ADS).json()]
        assert paths[2] == "error"
        assert "error" not in paths[:2]

    def test_answers_have_what_the_configured_tables_have(self, make_settings, tmp_path):
        table = tmp_path / "table.csv"
        table.write_text("isco_code,target_code,target_label\n8332,D1,Drivers\n")
        with engine_over(make_settings(crosswalks=[f"own={table}"])) as engine:
            client = client_of(engine)
            found = client.post("/v1/classify", json=ADS).json()
            streamed = post_lines(client, "/v1/classify", ADS).content.splitlines()
            assert found[:2] == list(map(json.loads, streamed[:2]))
            driver, _, page = (each["crosswalks"]["own"] for each in found)
            assert (driver["code"], driver["label"], page["code"]) == ("D1", "Drivers", None)
            assert client.get("/v1/status").json()["crosswalks"] == ["own"]
            # What is learned leaves the tables as they were read.
            table.unlink()
            engine.learn([Ad("1", "Driver of lorries", "Drives.", 1, 1, isco_code="8332")], "ours")
            assert "own" in client.post("/v1/classify", json=ADS[0]).json()["crosswalks"]
        description = client.get("/openapi.json").json()
        schema = {
            "$ref": "#/components/schemas/PredictionOut",
            "components": description["components"],
        }
        Draft202012Validator(schema).validate(found[0])

    def test_no_ads_get_no_predictions(self, client):
        assert client.post("/v1/classify", json=[]).json() == []

    def test_requests_at_once_get_their_own_answers(self, client):
        ads = [{"id": str(n), "title": ("cook", "baker", "nurse")[n % 3]} for n in range(60)]
        with ThreadPoolExecutor(12) as threads:
            found = list(threads.map(lambda ad: client.post("/v1/classify", json=ad).json(), ads))
        assert [each["id"] for each in found] == [ad["id"] for ad in ads]
        codes = {each["isco_code"] for each in found[::3]}
        assert codes == {"5120"}

    def test_what_waits_together_is_embedded_together(self, make_settings):
        engine = engine_over(make_settings())
        asked = []
        model = engine._embedder._embedder
        embed = model.embed_queries
        model.embed_queries = lambda texts: asked.append(list(texts)) or embed(texts)
        waiting = [engine.classify([Ad(str(n), f"Title number{n}")]) for n in range(5)]
        with engine:
            for future in waiting:
                future.result(20)
        assert any(len(texts) >= 5 for texts in asked)

    def test_a_stream_that_breaks_off_says_so_in_its_last_line(self, engine, client, monkeypatch):
        monkeypatch.setattr(engine.loaded.classifier, "decider", None)
        *_, last = post_lines(client, "/v1/classify", ADS[:1]).content.splitlines()
        assert json.loads(last)["status"] == 500


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "content", "status", "said"),
        [
            ("application/json", "{", 422, "not JSON"),
            ("application/json", '{"x": 1}', 422, "neither a field 'title' nor 'description'"),
            ("application/json", json.dumps([{"title": "a"}] * 4), 413, "more than 3 ads"),
            ("application/json", json.dumps({"title": "a" * 3000}), 413, "more than 2000 bytes"),
            ("application/x-ndjson", "x" * 4000, 413, "more than 3000 bytes"),
            ("text/plain", "{}", 415, "content type"),
            ("", "{}", 415, "nothing"),
        ],
    )
    def test_what_can_t_be_answered_is_told_as_a_problem(self, client, kind, content, status, said):
        headers = {"content-type": kind} if kind else {}
        found = client.post("/v1/classify", content=content.encode(), headers=headers)
        assert found.status_code == status
        assert found.headers["content-type"] == "application/problem+json"
        problem = found.json()
        assert (problem["status"], problem["type"]) == (status, "about:blank")
        assert said in problem["detail"]
        assert "/tmp" not in problem["detail"]

    def test_a_body_without_a_length_is_counted_while_it_comes_in(self, client):
        pieces = (b" " * 1000 for _ in range(3))
        headers = {"content-type": "application/json"}
        assert client.post("/v1/classify", content=pieces, headers=headers).status_code == 413

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/v1/groups/9x", 422),
            ("/v1/groups/9999", 404),
            ("/v1/groups/2?language=pl", 422),
            ("/v1/search?q=%20", 422),
            ("/v1/search", 422),
            ("/nowhere", 404),
        ],
    )
    def test_wrong_addresses_are_problems_too(self, client, path, status):
        found = client.get(path)
        assert (found.status_code, found.json()["status"]) == (status, status)

    def test_a_method_that_there_is_not_names_those_that_there_are(self, client):
        found = client.get("/v1/classify")
        assert found.status_code == 405
        assert found.headers["allow"] == "POST"

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    def test_pages_of_other_sites_can_send_nothing(self, client, headers):
        assert client.post("/v1/classify", json=ADS, headers=headers).status_code == 403

    def test_another_host_s_name_that_leads_here_is_refused(self, client):
        assert client.get("/v1/status", headers={"host": "evil.example:80"}).status_code == 403
        assert client.get("/v1/status", headers={"host": "localhost:8000"}).status_code == 200

    def test_too_many_requests_of_one_client_are_refused_until_some_are_done(self, make_settings):
        engine = engine_over(make_settings(serve__per_client=1))
        client = TestClient(make_app(engine), base_url="http://localhost")
        first = threading.Thread(target=client.post, args=("/v1/classify",), kwargs={"json": ADS})
        first.start()
        while not engine.waiting:
            first.join(0.01)
        found = client.get("/v1/status")
        assert (found.status_code, found.headers["retry-after"]) == (429, "1")
        assert client.get("/healthz").status_code == 200
        with engine:
            first.join(20)
            assert client.get("/v1/status").status_code == 200

    def test_more_than_can_wait_is_refused(self, make_settings):
        engine = engine_over(make_settings(serve__waiting=1))
        engine.classify([Ad("x", "waits")])
        found = TestClient(make_app(engine), base_url="http://localhost").post(
            "/v1/classify", json=ADS
        )
        assert (found.status_code, found.headers["retry-after"]) == (503, "5")

    def test_what_takes_too_long_is_given_up(self, make_settings):
        engine = engine_over(make_settings(serve__timeout=0.05))
        found = TestClient(make_app(engine), base_url="http://localhost").post(
            "/v1/classify", json=ADS
        )
        assert found.status_code == 503
        assert "not answered in time" in found.json()["detail"]


class TestTheToken:
    @pytest.fixture
    def client(self, make_settings, monkeypatch):
        settings = make_settings()
        serve = settings.serve.model_validate({"token": "s3cret", "host": "0.0.0.0"})
        settings = settings.model_copy(update={"serve": serve})
        require_token(settings.serve)
        return TestClient(make_app(engine_over(settings)), base_url="http://isco.office")

    def test_nothing_is_answered_without_it_but_that_the_service_runs(self, client):
        assert client.get("/v1/status").status_code == 401
        assert client.get("/docs").status_code == 401
        assert client.get("/healthz").status_code == 200

    @pytest.mark.parametrize(
        ("given", "status"),
        [("Bearer s3cret", 200), ("bearer s3cret", 200), ("Bearer x", 401), ("s3cret", 401)],
    )
    def test_programs_send_it_in_a_header(self, client, given, status):
        assert client.get("/v1/status", headers={"authorization": given}).status_code == status

    def test_browsers_are_asked_for_it_once(self, client):
        assert client.post("/enter", data={"token": "wrong"}).status_code == 401
        entered = client.post("/enter", data={"token": "s3cret"}, follow_redirects=False)
        assert entered.status_code == 303
        cookie = entered.headers["set-cookie"]
        assert "s3cret" not in cookie
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert client.get("/docs").status_code == 200

    def test_a_browser_that_has_not_shown_it_is_led_to_where_it_can(self, client):
        page = client.get("/docs", headers={"accept": "text/html"}, follow_redirects=False)
        assert (page.status_code, page.headers["location"]) == (303, "/enter")
        sent = client.post("/desk/decide", headers={"accept": "text/html"})
        assert sent.status_code == 401

    def test_other_addresses_than_this_machine_s_need_it(self, make_settings):
        with pytest.raises(ConfigError, match="ISCO_SERVE__TOKEN"):
            require_token(make_settings(serve__host="0.0.0.0").serve)
        assert [is_loopback(host) for host in ("127.0.0.2", "::1", "localhost")] == [True] * 3
        assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org")))


class TestTheTaxonomy:
    def test_a_search_gives_the_nearest_leaves(self, client):
        found = client.get("/v1/search", params={"q": "ward nurse", "top": 1}).json()
        assert [each["isco_code"] for each in found["candidates"]] == ["2221"]

    def test_groups_are_a_tree(self, client):
        majors = client.get("/v1/groups").json()
        assert [group["code"] for group in majors] == ["2", "5", "7", "8"]
        (child,) = client.get("/v1/groups/2/children").json()
        assert (child["code"], child["parent"], child["level"]) == ("22", "2", 2)
        unit = client.get("/v1/groups/2221").json()
        assert [each["label"] for each in unit["occupations"]] == ["nurse"]
        assert [each["code"] for each in unit["above"]] == ["2", "22", "222"]

    def test_groups_say_what_they_exclude_and_all_are_in_the_language_that_is_asked_for(
        self, make_settings
    ):
        main = replace(
            make_concept("5120", "cook"),
            uri="http://example.org/isco/C5120",
            notes=(
                GroupNote("5120", "Cooks", "Cook.", "(a) cooking", ("Chefs - 3434",), "Not all."),
                GroupNote("5", "Service workers", "Serve."),
            ),
        )
        notes = (GroupNote("5120", "Kucharze"), GroupNote("5", "Sprzedawcy"))
        local = replace(main, label="kucharz", language="pl", notes=notes)
        engine = engine_over(make_settings())
        load(engine.settings, HashingEmbedder(), [main, local], "en,pl")
        assert engine.refresh()
        client = client_of(engine)
        cooks = client.get("/v1/groups/5120").json()
        assert cooks["excludes"] == ["Chefs - 3434"]
        assert (cooks["definition"], cooks["tasks"], cooks["note"]) == (
            "Cook.", "(a) cooking", "Not all.",
        )  # fmt: skip
        cooks = client.get("/v1/groups/5120?language=pl").json()
        assert (cooks["label"], cooks["definition"]) == ("Kucharze", "Cook.")
        above = [group["label"] for group in cooks["above"]]
        assert above == ["Sprzedawcy", "Sub-major", "Minor"]
        (major,) = client.get("/v1/groups?language=pl").json()
        assert (major["label"], major["label_language"]) == ("Sprzedawcy", "pl")


class TestLearning:
    def test_what_is_learned_is_met_by_the_next_request_under_the_path_coded(self, own_client):
        ad = {"id": "x", "title": "Head of happiness", "isco_code": "5120"}
        found = own_client.post("/v1/labelled?source=office", json=[ad])
        assert found.status_code == 200
        assert (found.json()["source"], found.json()["learned"]) == ("office", 1)
        again = own_client.post(
            "/v1/classify", json={"id": "x", "title": "Head of happiness"}
        ).json()
        assert (again["path"], again["isco_code"]) == ("coded", "5120")
        assert own_client.get("/v1/status").json()["labelled"] == 1

    def test_rows_that_can_t_be_learned_are_refused_with_the_reason(self, own_client):
        ads = [{"id": "x", "title": "Cook", "isco_code": "9999"}]
        found = post_lines(own_client, "/v1/labelled?source=office", ads).json()
        assert found["learned"] == 0
        assert "is no group" in found["refused"][0]["reason"]

    def test_what_looks_like_a_list_of_titles_is_learned_only_as_ads(self, own_client, monkeypatch):
        monkeypatch.setattr("isco.retriever.learning.title_lists._FEWEST", 2)
        monkeypatch.setattr("isco.retriever.learning.title_lists._COMMONEST", 1.0)
        ads = [{"title": title, "isco_code": "5120"} for title in ("Cook", "Chef")]
        refused = own_client.post("/v1/labelled?source=office", json=ads)
        assert refused.status_code == 422
        assert "list of titles" in refused.json()["detail"]
        found = own_client.post("/v1/labelled?source=office&as=ads", json=ads)
        assert found.json()["learned"] == 2

    @pytest.mark.parametrize("path", ["/v1/labelled", "/v1/labelled?source=%20"])
    def test_a_source_is_needed(self, client, path):
        assert client.post(path, json=ADS).status_code == 422

    def test_a_new_version_of_the_taxonomy_is_taken_up_while_serving(self, own_engine, own_client):
        assert not own_engine.refresh()
        load(own_engine.settings, HashingEmbedder(), [*LEAVES, make_concept("9111", "maid")])
        assert own_engine.refresh()
        assert own_client.post("/v1/classify", json={"title": "maid"}).json()["isco_code"] == "9111"

    def test_what_can_t_be_read_leaves_what_was_read_in_use(
        self, own_engine, own_client, monkeypatch
    ):
        load(own_engine.settings, HashingEmbedder(dimension=16))
        assert not own_engine.refresh()
        assert "hashing-double" in own_client.get("/v1/status").json()["problem"]
        assert own_client.get("/readyz").status_code == 200


class TestTheService:
    def test_answers_are_what_the_description_says(self, client, own_client):
        description = client.get("/openapi.json").json()
        calls = {
            ("post", "/v1/classify"): client.post("/v1/classify", json=ADS),
            ("post", "/v1/labelled"): own_client.post(
                "/v1/labelled?source=s", json=[{"title": "Cook", "isco_code": "5120"}]
            ),
            ("get", "/v1/search"): client.get("/v1/search?q=cook"),
            ("get", "/v1/groups"): client.get("/v1/groups"),
            ("get", "/v1/groups/{code}"): client.get("/v1/groups/5120"),
            ("get", "/v1/groups/{code}/children"): client.get("/v1/groups/51/children"),
            ("get", "/v1/status"): client.get("/v1/status"),
            ("get", "/healthz"): client.get("/healthz"),
            ("get", "/readyz"): client.get("/readyz"),
        }
        described = {
            (method, path)
            for path, operations in description["paths"].items()
            for method in operations
        }
        assert described - {("get", "/metrics")} == calls.keys()
        for (method, path), answer in calls.items():
            responses = description["paths"][path][method]["responses"]
            schema = responses["200"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": description["components"]}
            faults = [
                fault.message for fault in Draft202012Validator(whole).iter_errors(answer.json())
            ]
            assert (path, answer.status_code, faults) == (path, 200, [])
            for status, response in responses.items():
                media = set(response.get("content", {"application/problem+json": 1}))
                assert status == "200" or "application/problem+json" in media, (path, status)

    def test_examples_of_the_description_work(self, own_client):
        paths = own_client.get("/openapi.json").json()["paths"]
        for path, query in (("/v1/classify", ""), ("/v1/labelled", "?source=examples")):
            content = paths[path]["post"]["requestBody"]["content"]["application/json"]
            for example in content["examples"].values():
                found = own_client.post(path + query, json=example["value"])
                assert found.status_code == 200, found.text

    def test_prometheus_reads_what_was_done(self, client):
        client.post("/v1/classify", json=ADS)
        client.get("/made-up-by-a-client")
        text = client.get("/metrics").text
        assert 'isco_ads_total{path="error"} 1.0' in text
        assert 'route="/v1/classify",status="200"} 1.0' in text
        assert "made-up" not in text
        assert "isco_ready 1.0" in text

    def test_pages_come_with_a_strict_policy_and_nothing_from_elsewhere(self, client):
        found = client.get("/docs")
        policy = found.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in found.text.replace("http-equiv", "")
        for path in ("/static/page.css", "/static/serve.css", "/static/try.js"):
            assert client.get(path).status_code == 200

    def test_a_request_under_way_is_answered_when_the_service_is_told_to_end(
        self, own_engine, monkeypatch
    ):
        classify, asked = own_engine.classify, Future()

        def held(rows, settings=None):
            asked.set_result((rows, settings, answer := Future()))
            return answer

        monkeypatch.setattr(own_engine, "classify", held)
        with ThreadPoolExecutor(1) as threads, listening(own_engine) as (address, server):
            waiting = threads.submit(httpx.post, f"{address}v1/classify", json=ADS[1])
            rows, settings, answer = asked.result(SOON)
            server.should_exit = True
            with pytest.raises(httpx.TransportError):
                while True:
                    httpx.get(f"{address}healthz")
            answer.set_result(classify(rows, settings).result(SOON))
            assert waiting.result(SOON).json()["isco_code"] == "2221"

    def test_an_address_that_another_has_is_told_with_the_next_step(self):
        with (
            bound("127.0.0.1", 0) as taken,
            pytest.raises(UnavailableError, match="--port"),
        ):
            bound("127.0.0.1", taken.getsockname()[1])
