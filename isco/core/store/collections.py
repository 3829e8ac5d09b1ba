"""The taxonomy's collections behind one alias: swap in, go back, prune."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress

from isco.core.errors import AtWorkError, UnavailableError
from isco.core.settings import Settings
from isco.core.store.aliases import point_alias, require_no_collection
from isco.core.store.builders import Builder, end_building
from isco.core.store.building import CollectionBuilder, gone, is_gone
from isco.core.store.collection_info import (
    CollectionInfo,
    Switch,
    being_built,
    bookkeeping,
    choose,
    moment,
    superseded,
    unfinished,
)
from isco.core.store.embedded import remove_orphans
from isco.core.store.metadata import CollectionMetadata, collection_name, is_ours
from isco.core.store.points import IndexedConcept
from isco.core.store.taxonomy_reader import TaxonomyReader


class OccupationStore(TaxonomyReader):
    """The taxonomy in Qdrant, with what changes it."""

    @staticmethod
    def of(
        settings: Settings, store: "OccupationStore | None" = None
    ) -> "AbstractContextManager[OccupationStore]":
        """The configured one, closed at the end; or `store`, which is open and stays so: an
        embedded Qdrant reads all of its points when it is opened."""
        return nullcontext(store) if store else OccupationStore(settings)

    def build(
        self,
        metadata: CollectionMetadata,
        leaves: Iterable[IndexedConcept],
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Upload `leaves` into a new collection, verify it, put it into use; return its name.

        Until the last step the collection in use is untouched. Raises UnavailableError when the
        upload fails or what arrived is not what was sent; the remains are cleared then, or else
        by the next build.
        """
        self.clear_leftovers()
        name = collection_name(metadata)
        builder = CollectionBuilder(self._client, self._call, self._qdrant, name, metadata)
        built = False
        try:
            builder.create()
            self.require_nobody_at_work(before=builder.builder)
            builder.upload(leaves, progress)
            builder.verify()
            builder.mark_ready()
            built = True
            self._put_into_use(name)
        except BaseException as error:
            # Once it may be in use it is not for this command to delete.
            if not built:
                self._forget(name)
            if is_gone(error):
                raise gone(name) from error
            raise
        finally:
            end_building(builder.builder)
        # The new one serves; what is too many and can't be pruned now, the next ingest prunes.
        with suppress(UnavailableError):
            self.prune()
        return name

    def rollback(self, to: str | None = None) -> Switch:
        """Put the version that was in use before, or the collection named `to`, into use.

        Raises ConfigError when `to` is none that can be used, UnavailableError when there is
        nothing to go back to.
        """
        current = self.active()
        chosen = choose(current, self.collections(), self._qdrant.alias, to)
        if current and chosen.name == current.name:
            return Switch(current, current)
        self._put_into_use(chosen.name)
        return Switch(current, self._info(chosen.name, in_use=True))

    def _put_into_use(self, name: str) -> None:
        """Move the alias to `name`, and let each collection know that it has been in use.

        That is how a later build tells what was in use from what a killed build left.
        """
        before = self.active()
        if before and before.activated is None:
            self._mark_activated(before)
        self._swap(name)
        # It serves, which is what counts; else the next to take its place marks it.
        with suppress(UnavailableError):
            self._mark_activated(self._info(name, in_use=True))

    def _mark_activated(self, info: CollectionInfo) -> None:
        if info.metadata is None or info.state is None:
            return
        payload = bookkeeping(
            info.name, info.metadata, info.state, self._qdrant.alias, info.made, moment()
        )
        self._call(self._client.update_collection, info.name, metadata=payload)

    def prune(self) -> None:
        """Keep the one in use and those that were in use before it."""
        keep = self._qdrant.keep_collections - 1
        for name in superseded(self._unused(), self._qdrant.alias, keep):
            self._call(self._client.delete_collection, name)

    def clear_leftovers(self) -> None:
        """Delete what a killed or failed ingest left behind.

        Raises AtWorkError, which says who since when, while another one is building, ConfigError
        when nothing can be put into use here.
        """
        require_no_collection(self._client, self._call, self._qdrant.alias)
        self.require_nobody_at_work()
        for info in unfinished(self._unused(), self._qdrant.alias):
            self._call(self._client.delete_collection, info.name)
        if self._folder:
            known = {found.name for found in self._call(self._client.get_collections).collections}
            remove_orphans(self._folder, known, is_ours)

    def is_being_built(self, info: CollectionInfo) -> bool:
        """Whether somebody is at work on an unfinished collection."""
        return self.on_server and being_built([info], self._qdrant) is not None

    def require_nobody_at_work(self, before: Builder | None = None) -> None:
        """Raise AtWorkError while somebody is building for this alias; with `before`, somebody who
        began earlier. Whoever has an embedded Qdrant is alone there."""
        if self.on_server:
            found = unfinished(self._unused(), self._qdrant.alias)
            other = being_built(found, self._qdrant, before)
            if other:
                raise AtWorkError(
                    f"{other.builder} is building {other.name} in Qdrant ({self.where}): wait for "
                    "it to end, or give --wait"
                )

    def _swap(self, name: str) -> None:
        point_alias(self._client, self._call, self._qdrant.alias, name)

    def _unused(self) -> list[CollectionInfo]:
        """Collections that no alias points at, the newest first."""
        used = set(self._aliases().values())
        return [info for info in self.collections() if info.name not in used]

    def _forget(self, name: str) -> None:
        """Best effort: what can't be deleted now is `building`, and the next build clears it."""
        try:
            self._client.delete_collection(name)
        except Exception:
            return
