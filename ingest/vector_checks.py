"""What Qdrant could not store is said before anything is sent to it. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Concept

# A server takes so many in the names of one point together.
NUMBERS_OF_NAMES = 1_048_576


def require_room_for_names(leaves: Sequence[Concept], dimension: int) -> None:
    """Raise InputError, naming it, for a leaf with more names than a server's point can have."""
    most = NUMBERS_OF_NAMES // dimension
    for leaf in leaves:
        if (count := len(leaf.searched_names)) > most:
            raise InputError(
                f"{leaf.label!r} ({leaf.uri}, {leaf.language}) has {count} names, but "
                f"Qdrant takes {most} vectors of {dimension} numbers in one point: give it fewer "
                "with taxonomy.names, or name another source"
            )


def require_finite(
    leaves: Sequence[Concept],
    names: NDArray[np.float32],
    counts: Sequence[int],
    documents: NDArray[np.float32],
) -> None:
    """Raise UnavailableError, naming a leaf, when the model gave it a vector that is no numbers.

    `names` are the vectors of the compared names of all leaves, one after another, `counts` how
    many each has, `documents` one a leaf.
    """
    owner = np.repeat(np.arange(len(leaves)), counts)
    for vectors, rows in ((names, owner), (documents, np.arange(len(leaves)))):
        broken = rows[~np.isfinite(vectors).all(axis=1)]
        if len(broken):
            leaf = leaves[broken[0]]
            raise UnavailableError(
                f"the embedding model gave {leaf.label!r} ({leaf.uri}, {leaf.language}) a vector "
                "that is not finite: check the model, and isco status"
            )
