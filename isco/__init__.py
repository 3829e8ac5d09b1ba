"""`isco`: online job advertisements in, ISCO-08 codes out.

    import isco
    isco.ingest(source="starter")
    coder = isco.open()
    coder.predict(["HGV class 1 driver"])

`isco.ingest`, `isco.retriever` and `isco.training` are the folders of those names at the top of the
repository: by links in a checkout, inside this package in a wheel. Importing `isco` imports none of
the libraries that the work needs.
"""

from pathlib import Path

if not Path(__file__).with_name("retriever").is_dir():
    # A checkout on a file system without symbolic links.
    __path__.append(str(Path(__file__).parent.parent))

# The package of that name comes first. Python sets a package as an attribute of the one above it
# once, when it is first imported; after that `isco.ingest` is the function for good, and
# `from isco.ingest.load import …` finds the package wherever it stands.
import isco.ingest  # noqa: F401
from isco import errors
from isco.api import Coder, ingest, open  # noqa: A004
from isco.core import ESCO_NOTICE, __version__
from isco.core.records import Ad, Candidate, Prediction

__all__ = [
    "ESCO_NOTICE",
    "Ad",
    "Candidate",
    "Coder",
    "Prediction",
    "__version__",
    "errors",
    "ingest",
    "open",
]
