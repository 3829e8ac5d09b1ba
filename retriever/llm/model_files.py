"""A model's files on this machine: where they are, and which model they are."""

from hashlib import sha256
from pathlib import Path

from isco.core.settings import LlmSettings

_MODEL_FILES = {".safetensors", ".bin", ".gguf", ".json", ".jinja", ".model", ".txt"}
_SAMPLES, _SAMPLE_BYTES = 32, 1 << 16


def located(model: str) -> str:
    """`model` with "~" written out where it is a path on this machine, else as it is."""
    path = Path(model).expanduser()
    return str(path) if path.exists() else model


def fingerprint(path: Path) -> str:
    """A short hash of a model's file, or of the model's files in a folder.

    It goes over names, sizes, and samples from each file's beginning to its end, so that it costs
    the same for models of any size.
    """
    files = [path] if path.is_file() else sorted(path.iterdir())
    digest = sha256()
    for file in files:
        if file.suffix not in _MODEL_FILES:
            continue
        size = file.stat().st_size
        digest.update(f"{file.name}\0{size}\0".encode())
        last = max(size - _SAMPLE_BYTES, 0)
        with file.open("rb") as stream:
            for start in sorted({last * step // (_SAMPLES - 1) for step in range(_SAMPLES)}):
                stream.seek(start)
                digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def local_identity(settings: LlmSettings) -> tuple[str, str]:
    """Name and revision of the model, without a path of this machine."""
    model = str(settings.model)
    path = Path(model).expanduser()
    if not path.exists():
        return model, settings.revision or "unpinned"
    return path.absolute().name, settings.revision or fingerprint(path)
