"""Where Qdrant is, in words, found out without asking it."""

from pathlib import Path

from isco.core.store import nothing_stored, qdrant_place


def test_each_mode_has_a_place(make_settings, tmp_path, monkeypatch):
    assert qdrant_place(make_settings(qdrant__mode="memory")) == "memory"
    served = make_settings(qdrant__mode="server", qdrant__url="http://qdrant:6333")
    assert qdrant_place(served) == "http://qdrant:6333"
    monkeypatch.chdir(tmp_path)
    local = make_settings(data_dir=Path("data"))
    assert qdrant_place(local) == f"folder {tmp_path / 'data' / 'qdrant'}"


def test_only_the_embedded_qdrant_can_be_known_to_hold_nothing(make_settings):
    settings = make_settings()
    assert nothing_stored(settings)
    settings.qdrant_path.mkdir(parents=True)
    assert not nothing_stored(settings)
    assert not nothing_stored(make_settings(qdrant__mode="server"))
    assert not nothing_stored(make_settings(qdrant__mode="memory"))
