"""A folder of report files, of whichever command."""

from collections.abc import Mapping
from pathlib import Path

from isco.core.errors import UnavailableError


def write_report(folder: Path, files: Mapping[str, str]) -> None:
    """Write `files`, contents by name, each with a newline at its end.

    Raises UnavailableError where that can't be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"can't write the report to {folder}: {error}") from error
