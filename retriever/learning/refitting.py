"""What is fitted on labelled ads follows them."""

from collections.abc import Callable

from isco.core.embedding.base import Embedder
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.learned_fit import LearnedFit
from isco.core.progress import Progress
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import OccupationStore
from isco.retriever.factory import keep_search_data, make_searchers, read_store
from isco.retriever.labelled.kept_ridge import forget_ridges, keep_ridge, open_ridge
from isco.retriever.labelled.labelled_ads import ridge_of
from isco.retriever.learning.fitting import fit_on, is_up_to_date


def refit(
    settings: Settings,
    open_embedder: Callable[[EmbeddingSettings], Embedder],
    progress: Progress,
    store: OccupationStore | None = None,
) -> LearnedFit | None:
    """Fit on all that is learned now, and store it with the labelled ads. `store` is the configured
    one where it is open.

    The regression is over all of them at once, so that each has its say; how that is weighed, and
    how sure it is, stands while the same ads are there and less than a tenth came to them. None,
    and nothing is stored, without labelled ads and where `learning.ridge` is null. Raises as
    `read_store` does.
    """
    embedder = open_embedder(settings.embedding)
    with (
        EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache,
        OccupationStore.of(settings, store) as store,
    ):
        fit = _refit(settings, embedder, cache, progress, store)
        keep_search_data(settings, store)
        return fit


def _refit(
    settings: Settings,
    embedder: Embedder,
    cache: EmbeddingCache,
    progress: Progress,
    store: OccupationStore,
) -> LearnedFit | None:
    model = (embedder.name, embedder.revision, embedder.dimension)
    data = read_store(store, settings, lambda found: found.require_model(*model))
    jobs = data.jobs
    if not jobs:
        forget_ridges(settings)
        return None
    searchers = make_searchers(data, settings, RecentVectors(cache.as_embedder()))
    titles, mean_name = data.index.titles, searchers.main.mean_name
    progress.start("fit labelled ads", None)
    if settings.learning.ridge is not None and is_up_to_date(data.fit, jobs):
        # Fitted only if something came, and kept for whoever opens a classifier.
        open_ridge(settings, jobs, titles, mean_name)
        return data.fit
    fitted = ridge_of(jobs, titles, mean_name, settings.learning)
    if not fitted:
        store.labelled().set_fit(None)
        return None
    keep_ridge(settings, jobs, titles, mean_name, fitted[0])
    fit = fit_on(jobs, fitted, searchers, settings, embedder, progress)
    store.labelled().set_fit(fit)
    return store.labelled().fit()
