"""The desk: who decides what, kept in a file, the same for all threads of a service."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isco.core.errors import UnavailableError
from isco.core.settings import ServeSettings
from isco.retriever.running.output_lock import sole_writer
from isco.serve.desk.desk_file import DeskFile
from isco.serve.desk.entries import Entry, Kind, Standing, State, last_of
from isco.serve.desk.progress import Progress, progress_of
from isco.serve.desk.queued import QueuedAd, is_doubled
from isco.serve.desk.sharing import is_free_for, next_for

MACHINE = "the machine"


class Desk:
    """Open it by `open_desk`. Threads may share it; each call is done as a whole."""

    def __init__(self, file: DeskFile, settings: ServeSettings) -> None:
        self._file = file
        self._settings = settings
        self._turn = threading.RLock()
        self._ads: dict[str, QueuedAd] = {ad.key: ad for ad in file.ads()}
        self._entries = file.entries()
        self._numbered = {entry.number: entry for entry in self._entries}
        self._of_ad: dict[str, list[Entry]] = {key: [] for key in self._ads}
        self._alike: dict[str, list[str]] = {}
        for ad in self._ads.values():
            self._alike.setdefault(ad.title_key, []).append(ad.key)
        for entry in self._entries:
            self._of_ad.setdefault(entry.ad, []).append(entry)
        self._standings: dict[str, Standing] = {key: self._standing(key) for key in self._ads}
        self.secret = file.secret()

    def ad(self, key: str) -> QueuedAd | None:
        """An ad of the queue."""
        return self._ads.get(key)

    def standing(self, key: str) -> Standing:
        """Where people's entries leave it."""
        with self._turn:
            return self._standings[key]

    def take_next(self, coder: str, key: str | None = None) -> QueuedAd | None:
        """The ad to put before a coder, who holds it then; the one of that key if it is free.

        None where there is nothing to do for them.
        """
        with self._turn:
            holders = self._holders()
            if key is None or not self._is_free(key, coder, holders):
                key = next_for(coder, self._standings, holders)
            if key is None:
                return None
            if coder not in holders.get(key, ()):
                self._file.hold(key, coder, time.time())
            return self._ads[key]

    def alike(self, key: str, coder: str) -> list[str]:
        """The keys of other ads of the same title that the coder may decide with it."""
        with self._turn:
            holders = self._holders()
            return [
                other
                for other in self._alike[self._ads[key].title_key]
                if other != key and self._is_free(other, coder, holders)
            ]

    def decide(
        self,
        coder: str,
        key: str,
        said: str,
        note: str = "",
        shown: Mapping[str, Any] | None = None,
        with_alike: bool = False,
    ) -> list[Entry]:
        """Write what a coder decided of an ad, and of those alike if so wished.

        Nothing that a coder decided is refused: where another was quicker, both stand, and where
        they differ they are adjudicated.
        """
        with self._turn:
            keys = [key, *(self.alike(key, coder) if with_alike else ())]
            seconds = self._seconds(key, coder)
            entries = [
                Entry(
                    0, "", coder, each, Kind.DECIDE, said, note, None,
                    seconds if each == key else None, dict(shown or {}),
                )
                for each in keys
            ]  # fmt: skip
            return self._add(entries)

    def skip(self, coder: str, key: str, note: str = "") -> list[Entry]:
        """Put an ad off: this coder gets it again after all others."""
        with self._turn:
            seconds = self._seconds(key, coder)
            return self._add([Entry(0, "", coder, key, Kind.SKIP, "", note, None, seconds)])

    def settle(self, coder: str, key: str, said: str, note: str = "") -> list[Entry]:
        """Decide what coders disagree on."""
        with self._turn:
            return self._add([Entry(0, "", coder, key, Kind.SETTLE, said, note)])

    def last(self, coder: str) -> list[Entry]:
        """What a coder did last and can take back: one entry, or all that were made together."""
        with self._turn:
            return last_of(self._entries, coder)

    def undo(self, coder: str) -> Entry | None:
        """Take back what a coder did last, with all that was decided together with it.

        The entry, whose ad they hold then; None where there is nothing to take back.
        """
        with self._turn:
            last = last_of(self._entries, coder)
            if not last:
                return None
            self._add(
                [Entry(0, "", coder, each.ad, Kind.UNDO, of=each.number) for each in last],
                together=False,
            )
            if last[0].kind is not Kind.SETTLE:
                self._file.hold(last[0].ad, coder, time.time())
            return last[0]

    def disagreed(self) -> list[QueuedAd]:
        """The ads that coders disagree on, in the order of the queue."""
        with self._turn:
            return [
                self._ads[key]
                for key, standing in self._standings.items()
                if standing.state is State.DISAGREED
            ]

    def standings(self) -> list[tuple[QueuedAd, Standing]]:
        """All ads of the queue in its order."""
        with self._turn:
            return [(self._ads[key], found) for key, found in self._standings.items()]

    def entries(self) -> list[Entry]:
        """The audit trail: every entry, the oldest first."""
        with self._turn:
            return list(self._entries)

    def said_by(self) -> dict[str, dict[str, str]]:
        """What each coder said of each ad, and the machine of those that somebody coded."""
        found: dict[str, dict[str, str]] = {}
        for ad, standing in self.standings():
            for coder, entry in standing.by_coder.items():
                found.setdefault(coder, {})[ad.key] = entry.said
            if standing.by_coder and ad.answer.isco_code:
                found.setdefault(MACHINE, {})[ad.key] = ad.answer.isco_code
        return found

    def progress(self) -> Progress:
        """How far it has come."""
        return progress_of(standing for _, standing in self.standings())

    def to_learn(self) -> tuple[dict[str, str], list[str]]:
        """The labels that count and were not learned yet, by key, and what was learned and counts
        no longer."""
        with self._turn:
            known = self._file.learned()
            codes = {key: code for key, each in self._standings.items() if (code := each.label)}
        new = {key: code for key, code in codes.items() if known.get(key) != code}
        return new, [key for key in known if key not in codes and key in self._ads]

    def decided_with(self, key: str) -> QueuedAd | None:
        """The ad that was before the coder when the decision that counts was made on this one, too;
        None where it was this one."""
        with self._turn:
            final = self._standings[key].final
            lead = self._numbered.get(final.of) if final and final.of else None
        return self._ads.get(lead.ad) if lead else None

    def has_learned(self) -> bool:
        """Whether anything was learned here: answers made before that may be others now."""
        return bool(self._file.learned())

    def set_learned(self, codes: Mapping[str, str], forgotten: Sequence[str]) -> None:
        """Keep what was learned."""
        self._file.set_learned(codes, forgotten)

    def _standing(self, key: str) -> Standing:
        needed = 2 if is_doubled(self._ads[key], self._settings.double) else 1
        return Standing(tuple(self._of_ad[key]), needed)

    def _is_free(self, key: str, coder: str, holders: Mapping[str, set[str]]) -> bool:
        found = self._standings.get(key)
        return found is not None and is_free_for(coder, found, holders.get(key, ()))

    def _holders(self) -> dict[str, set[str]]:
        """Before whom each ad is, those left aside who were shown it long ago."""
        since = time.time() - 60 * self._settings.hold
        found: dict[str, set[str]] = {}
        for (ad, coder), began in self._file.holds().items():
            if began >= since:
                found.setdefault(ad, set()).add(coder)
        return found

    def _seconds(self, key: str, coder: str) -> float | None:
        began = self._file.holds().get((key, coder))
        return None if began is None else round(max(time.time() - began, 0.0), 1)

    def _add(self, entries: Sequence[Entry], together: bool = True) -> list[Entry]:
        written = self._file.add(entries, together)
        for entry in written:
            self._entries.append(entry)
            self._numbered[entry.number] = entry
            self._of_ad[entry.ad].append(entry)
        for key in {entry.ad for entry in written}:
            self._standings[key] = self._standing(key)
        return written


@contextmanager
def open_desk(path: Path, ads: Sequence[QueuedAd], settings: ServeSettings) -> Iterator[Desk]:
    """The desk in the file at `path`, `ads` being its queue now.

    Raises UnavailableError where another service has it, or the file can't be used.
    """
    try:
        with sole_writer(path):
            file = DeskFile(path)
            try:
                file.put_ads(ads)
                yield Desk(file, settings)
            finally:
                file.close()
    except OSError as error:
        raise UnavailableError(
            f"no desk can be kept at {path} ({error.strerror or error}): name another with --desk"
        ) from error
