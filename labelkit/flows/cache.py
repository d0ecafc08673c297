"""Cache: what labelkit keeps in the user's cache folder, and throwing it away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labelkit.domain.cache_report import CacheReport
from labelkit.domain.errors import StorageError
from labelkit.storage import fact_cache, feature_cache, known_models, pixel_folder
from labelkit.storage.fact_cache import FactCache
from labelkit.storage.feature_cache import CacheState, FeatureCache, cache_folder, remove

_ALLOWED = feature_cache.MAX_BYTES + fact_cache.MAX_BYTES + pixel_folder.MAX_BYTES
_FILES = (feature_cache.FILE, fact_cache.FILE, known_models.FILE)


def cache_info() -> CacheReport:
    """What the caches hold; nothing is made where there is none."""
    folder = cache_folder()
    said: list[str] = []
    numbers = _state(folder, feature_cache.FILE, lambda: FeatureCache(folder, say=said.append))
    facts = _state(folder, fact_cache.FILE, lambda: FactCache(folder, say=said.append))
    pixels = pixel_folder.state(folder)
    return CacheReport(
        str(folder),
        numbers.bytes_used + facts.bytes_used + pixels.bytes_used,
        _ALLOWED,
        numbers.values,
        numbers.files,
        facts=facts.values,
        images=facts.files,
        pixel_bytes=pixels.bytes_used,
        said=tuple(said),
    )


def _state(folder: Path, file: str, make: Callable[[], FeatureCache | FactCache]) -> CacheState:
    if not (folder / file).is_file():
        return CacheState(str(folder), 0, 0, 0)
    cache = make()
    try:
        return cache.state()
    finally:
        cache.close()


def clear_cache() -> CacheReport:
    """Throw the caches away: the next run reads and decodes what it needs again.

    Raises:
        StorageError: one of them cannot be removed.

    """
    folder = cache_folder()
    try:
        freed = sum(remove(folder / file) for file in _FILES) + pixel_folder.clear(folder)
    except OSError as e:
        remedy = "close the programs that use it, or see to the folder's rights"
        raise StorageError(f"cannot clear the cache: {e.strerror}", place=str(folder), remedy=remedy) from e
    return CacheReport(str(folder), 0, _ALLOWED, 0, 0, bytes_freed=freed)
