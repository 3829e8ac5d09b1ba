"""`isco`: online job advertisements in, ISCO-08 codes out.

`isco.ingest` and `isco.retriever` are the folders `ingest/` and `retriever/` at the top of the
repository: by links in a checkout, inside this package in a wheel.
"""

from pathlib import Path

from isco.core import ESCO_NOTICE, __version__

__all__ = ["ESCO_NOTICE", "__version__"]

if not Path(__file__).with_name("retriever").is_dir():
    # A checkout on a file system without symbolic links.
    __path__.append(str(Path(__file__).parent.parent))
