"""Which files an ESCO download has: those of a folder, of the zips in it, or of a zip."""

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from isco.core.errors import InputError
from isco.ingest.sources.esco_tables import COLUMNS, Table

_PORTAL = 'choose "classification" and "CSV" at https://esco.ec.europa.eu/en/use-esco/download'
# Other packages of the portal, by the files in them.
_PACKAGES = {
    ".ttl": "RDF", ".rdf": "RDF", ".owl": "RDF", ".nt": "RDF", ".nq": "RDF", ".trig": "RDF",
    ".jsonld": "RDF", ".ods": "spreadsheets (ODS)", ".xlsx": "spreadsheets", ".xls": "spreadsheets",
    ".json": "JSON", ".xml": "XML",
}  # fmt: skip


def list_files(path: Path) -> dict[str, Table | Path]:
    """CSV files by posix path. Those of a zip are read, those of a folder named.

    Raises InputError for what is no such download, with what it is.
    """
    if not path.is_dir():
        return dict(_unzipped(path))
    found: dict[str, Table | Path] = {}
    names = sorted(file for file in path.rglob("*") if file.is_file())
    for file in names:
        name = file.relative_to(path).as_posix()
        if file.suffix.lower() == ".csv":
            found[name] = file
        elif file.suffix.lower() == ".zip":
            found |= {f"{name}/{inner}": table for inner, table in _unzipped(file).items()}
    if not any(map(kind_of, found)):
        _require_no_other_package(path, (file.name for file in names))
    return found


def kind_of(name: str) -> str | None:
    """Which of the tables a file of that name is; None for others."""
    stem = PurePosixPath(name).stem.lower().split("_")[0]
    return next((kind for kind in COLUMNS if stem == kind.lower()), None)


def _unzipped(path: Path) -> dict[str, Table]:
    if path.suffix.lower() != ".zip" and not zipfile.is_zipfile(path):
        _require_no_other_package(path, [path.name])
        if path.suffix.lower() == ".csv":
            raise InputError(
                f"{path} is one file of a download: name the folder or zip that it is in"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            every = [name for name in archive.namelist() if "__MACOSX" not in name]
            wanted = [n for n in every if n.lower().endswith(".csv") and kind_of(n)]
            if not wanted:
                _require_no_other_package(path, every)
            return {name: Table(f"{path}:{name}", archive.read(name)) for name in wanted}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise InputError(f"{path} is neither a folder nor a readable zip: {error}") from error


def _require_no_other_package(path: Path, names: Iterable[str]) -> None:
    """Raise InputError where files of these `names` are another package of ESCO."""
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".zip":
            raise InputError(f"{path} holds another zip ({name}): unpack it first")
        if suffix in _PACKAGES:
            raise InputError(
                f"{path} is ESCO as {_PACKAGES[suffix]} ({name}), and the classification in CSV is "
                f"needed: {_PORTAL}"
            )
