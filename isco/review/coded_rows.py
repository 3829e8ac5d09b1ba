"""What people coded, as rows: in a sheet, or in another tool's export."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isco.core.errors import InputError
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.text_files import read_ads
from isco.review.label_studio import coded_rows, is_export

# No text of the beginning of an export of Label Studio comes later.
_HEAD = 65_536


def read_coded(source: str, columns: InputSettings) -> Iterator[Row]:
    """The rows of a sheet, of any labelled ads, or of Label Studio's export of `isco export`.

    Raises InputError as `read_ads`.
    """
    exported = _exported(Path(source))
    return read_ads(source, columns) if exported is None else coded_rows(exported)


def _exported(path: Path) -> list[dict[str, Any]] | None:
    """The tasks of an export; None for any other file."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8") as stream:
            if '"ad_id"' not in stream.read(_HEAD):
                return None
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return None
    except ValueError as error:
        raise InputError(f"{path} is no whole JSON ({error}): export it again") from error
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}") from error
    return tasks if is_export(tasks) else None
