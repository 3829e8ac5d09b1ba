"""Which ad a coder gets next: nobody has one that another decides, unless two are to. Pure."""

from collections.abc import Iterable, Mapping

from isco.serve.desk.entries import Standing, State

_WAITING = (State.OPEN, State.HALF)


def is_free_for(coder: str, standing: Standing, holders: Iterable[str]) -> bool:
    """Whether that coder may decide an ad that `holders` have before them."""
    if standing.state not in _WAITING or coder in standing.by_coder:
        return False
    others = {*standing.by_coder, *holders} - {coder}
    return len(others) < standing.needed


def next_for(
    coder: str, standings: Mapping[str, Standing], holders: Mapping[str, Iterable[str]]
) -> str | None:
    """The key of the ad to show: the one they have before them, else the first that is free, those
    that they skipped last. None where there is nothing to do for them.

    `standings` are in the order of the queue; `holders` have the coders before whom an ad is.
    """
    skipped = None
    free = None
    for key, standing in standings.items():
        held_by = holders.get(key, ())
        if not is_free_for(coder, standing, held_by):
            continue
        if coder in held_by:
            return key
        if standing.has_skipped(coder):
            skipped = skipped or key
        elif free is None:
            free = key
    return free or skipped
