"""Qdrant beyond one machine: keys for reading, TLS, shards and replicas, the profile for it."""

from collections.abc import Iterator

import pytest
from qdrant_client import QdrantClient

from isco.core.config import load_settings
from isco.core.errors import ConfigError, UnavailableError
from isco.core.store import CollectionMetadata, OccupationStore
from isco.core.store.connection import open_client
from isco.taxonomy_versions import find_versions, roll_back
from tests.support.at_qdrant import CONTRACT, keyed
from tests.support.qdrant_double import Keys, QdrantDouble

EMPTY = CollectionMetadata(
    taxonomy="ESCO",
    taxonomy_version="v1.2.1",
    language="en",
    model="double",
    model_revision="1",
    dimension=8,
    embedding_options={},
    document_template="{label}",
    source_checksum="0",
    points=0,
    leaves=0,
    labels=0,
    codes=0,
)


class TestKeys:
    @pytest.fixture
    def server(self) -> Iterator[QdrantDouble]:
        with QdrantDouble(CONTRACT, Keys("all", "look")) as server:
            yield server
            assert server.violations == []

    @pytest.fixture
    def settings(self, server, make_settings):
        return make_settings(qdrant__mode="server", qdrant__url=server.url, qdrant__retries=0)

    @pytest.fixture
    def built(self, settings) -> str:
        with OccupationStore(keyed(settings, api_key="all")) as store:
            return store.build(EMPTY, [])

    def test_who_reads_needs_the_read_only_key_alone(self, settings, built):
        reading = keyed(settings, read_only_api_key="look")
        with OccupationStore(reading, reads_only=True) as store:
            assert store.require_active()[0].name == built
            assert store.read_indexed(built) == []
        assert [version.collection for version in find_versions(reading)] == [built]

    def test_who_reads_prefers_the_read_only_key(self, settings, built):
        both = keyed(settings, read_only_api_key="look", api_key="wrong")
        with OccupationStore(both, reads_only=True) as store:
            assert store.require_active()[0].name == built

    def test_who_writes_uses_the_other_key(self, settings, built):
        both = keyed(settings, read_only_api_key="look", api_key="all")
        with OccupationStore(both) as store:
            store.build(EMPTY, [])
        assert roll_back(both)[1].collection == built

    def test_the_read_only_key_can_t_write_and_is_told_so(self, settings, built):
        reading = keyed(settings, api_key="look")
        with (
            OccupationStore(reading) as store,
            pytest.raises(UnavailableError, match=r"403: .*ISCO_QDRANT__API_KEY") as caught,
        ):
            store.build(EMPTY, [])
        assert "look" not in str(caught.value)

    def test_keys_come_from_the_environment_alone(self):
        settings = load_settings(environment={"ISCO_QDRANT__READ_ONLY_API_KEY": "look"})
        assert settings.qdrant.read_only_api_key.get_secret_value() == "look"
        assert "look" not in repr(settings)
        with pytest.raises(ConfigError, match="ISCO_QDRANT__READ_ONLY_API_KEY"):
            load_settings(environment={}, flags={"qdrant.read_only_api_key": "look"})


class TestTls:
    @pytest.fixture
    def server(self, certificate) -> Iterator[QdrantDouble]:
        with QdrantDouble(tls=certificate) as server:
            yield server

    def test_a_certificate_of_one_s_own_authority_is_trusted(
        self, server, certificate, make_settings
    ):
        settings = make_settings(
            qdrant__mode="server", qdrant__url=server.url, qdrant__tls_ca=certificate[0]
        )
        with OccupationStore(settings) as store:
            name = store.build(EMPTY, [])
            assert store.require_active()[0].name == name

    def test_an_unknown_authority_is_told_at_once_with_the_next_step(
        self, server, make_settings, pauses
    ):
        settings = make_settings(qdrant__mode="server", qdrant__url=server.url)
        with (
            OccupationStore(settings) as store,
            pytest.raises(UnavailableError, match=r"not trusted.*qdrant\.tls_ca"),
        ):
            store.active()
        assert pauses == []

    @pytest.mark.parametrize("content", [None, b"no certificate"])
    def test_a_file_that_holds_no_certificates_is_named(self, make_settings, tmp_path, content):
        file = tmp_path / "authority.pem"
        if content is not None:
            file.write_bytes(content)
        settings = make_settings(
            qdrant__mode="server", qdrant__url="https://127.0.0.1:9", qdrant__tls_ca=file
        )
        with pytest.raises(ConfigError, match=r"qdrant\.tls_ca .*authority\.pem"):
            OccupationStore(settings)

    def test_grpc_has_its_port_and_the_same_authority(self, certificate, make_settings):
        settings = make_settings(
            qdrant__mode="server",
            qdrant__url="https://127.0.0.1:6333",
            qdrant__prefer_grpc=True,
            qdrant__grpc_port=7334,
            qdrant__tls_ca=certificate[0],
        )
        client = open_client(settings)
        remote = client._client
        assert (remote._prefer_grpc, remote._grpc_port, remote._https) == (True, 7334, True)
        assert remote._grpc_options["root_certificates"] == certificate[0].read_bytes()
        client.close()


class TestSpread:
    def described(self, url: str, name: str) -> dict[str, int | None]:
        params = QdrantClient(url=url, check_compatibility=False).get_collection(name).config.params
        return {
            "shards": params.shard_number,
            "replicas": params.replication_factor,
            "consistency": params.write_consistency_factor,
        }

    def test_shards_and_replicas_are_asked_for_as_configured(self, make_settings):
        with QdrantDouble(CONTRACT) as server:
            settings = make_settings(
                qdrant__mode="server",
                qdrant__url=server.url,
                qdrant__shard_number=2,
                qdrant__replication_factor=3,
                qdrant__write_consistency_factor=2,
            )
            with OccupationStore(settings) as store:
                name = store.build(EMPTY, [])
            assert self.described(server.url, name) == {
                "shards": 2,
                "replicas": 3,
                "consistency": 2,
            }
            assert server.violations == []

    def test_what_is_not_configured_is_left_to_the_server(self, make_settings):
        with QdrantDouble(CONTRACT) as server:
            settings = make_settings(qdrant__mode="server", qdrant__url=server.url)
            with OccupationStore(settings) as store:
                name = store.build(EMPTY, [])
            assert set(self.described(server.url, name).values()) <= {None, 1}

    def test_the_embedded_qdrant_has_no_use_for_them(self, make_settings):
        settings = make_settings(qdrant__shard_number=2, qdrant__replication_factor=3)
        with OccupationStore(settings) as store:
            assert store.build(EMPTY, [])


def test_the_cluster_profile_survives_the_loss_of_a_node_and_speaks_tls():
    qdrant = load_settings(profiles=["cluster"], environment={}).qdrant
    assert qdrant.mode == "server"
    assert qdrant.url.startswith("https://")
    assert 1 < qdrant.write_consistency_factor < qdrant.replication_factor
