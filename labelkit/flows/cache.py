"""Cache: what labelkit keeps in the user's cache folder, and throwing it away."""

from __future__ import annotations

from labelkit.domain.cache_report import CacheReport
from labelkit.domain.errors import StorageError
from labelkit.storage.feature_cache import FILE, MAX_BYTES, FeatureCache, cache_folder, remove


def cache_info() -> CacheReport:
    """What the cache of image features holds; nothing is made where there is none."""
    folder = cache_folder()
    if not (folder / FILE).is_file():
        return CacheReport(str(folder), 0, MAX_BYTES, 0, 0)
    said: list[str] = []
    cache = FeatureCache(folder, say=said.append)
    try:
        state = cache.state()
    finally:
        cache.close()
    return CacheReport(state.folder, state.bytes_used, state.bytes_allowed, state.values, state.files, said=tuple(said))


def clear_cache() -> CacheReport:
    """Throw the cache away: the next run reads and decodes what it needs again.

    Raises:
        StorageError: it cannot be removed.

    """
    folder = cache_folder()
    try:
        freed = remove(folder / FILE)
    except OSError as e:
        remedy = "close the programs that use it, or see to the folder's rights"
        raise StorageError(f"cannot clear the cache: {e.strerror}", place=str(folder), remedy=remedy) from e
    return CacheReport(str(folder), 0, MAX_BYTES, 0, 0, bytes_freed=freed)
