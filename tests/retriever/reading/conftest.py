"""Bytes read as ads: of standard input, or of a file."""

import io

import pytest

from isco.retriever.reading.text_files import read_ads


@pytest.fixture
def columns(make_settings):
    return make_settings().input


@pytest.fixture
def read(make_settings):
    """The rows of bytes given as standard input; keywords are keys of `input`."""

    def rows(content, **values):
        settings = make_settings(**{f"input__{key}": value for key, value in values.items()})
        return list(read_ads("-", settings.input, io.BytesIO(content)))

    return rows


@pytest.fixture
def read_file(make_settings, tmp_path):
    """The rows of bytes given as a file of that name; keywords are keys of `input`."""

    def rows(name, content, **values):
        settings = make_settings(**{f"input__{key}": value for key, value in values.items()})
        path = tmp_path / name
        path.write_bytes(content)
        return list(read_ads(str(path), settings.input))

    return rows
