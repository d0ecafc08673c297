"""Thumbnails of an audit: kept by content, else decoded in workers when somebody asks; never all held at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from labelkit.domain.facts import ImageFacts
from labelkit.engines.choose import SHARD, make_engine
from labelkit.flows.audit_cache import fact_cache
from labelkit.flows.run import Run
from labelkit.storage.fact_cache import FactCache, key_of
from labelkit.tasks.probe_recipe import thumbnail_recipe
from labelkit.tasks.thumbnail import ThumbnailTask

_AT_ONCE = 1024
"""Thumbnails that are held at once: some 3 MB."""


@dataclass(frozen=True, slots=True)
class AuditThumbnails:
    """`Thumbnails` of the images of one audit.

    Attributes:
        root: absolute path of the folder.
        facts: of each image, by path; unreadable ones have no thumbnail, nor has a file that changed since.
        elsewhere: where the bytes of a path are, relative to the root, when they are not there.
        run: workers, progress.
        cached: whether they are looked for, and kept, in the user's cache.

    """

    root: str
    facts: Mapping[str, ImageFacts]
    elsewhere: Mapping[str, str]
    run: Run
    cached: bool = True

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path with its thumbnail, in the order given; b"" where none could be made."""
        engine = make_engine(self.run.workers, len(paths))
        with closing(engine), fact_cache(self.run, wanted=self.cached, told=True) as cache:
            for start in range(0, len(paths), _AT_ONCE):
                part = paths[start : start + _AT_ONCE]
                made = self._known(part, cache)
                asked = [p for p in dict.fromkeys(part) if p not in made and self._is_readable(p)]
                items = [(self.elsewhere.get(p, p), self.facts[p].sha256) for p in asked]
                shards = [items[i : i + SHARD] for i in range(0, len(items), SHARD)]
                results = [r for receipt in engine.run(ThumbnailTask(self.root), shards) for r in receipt.results]
                new = {p: r for p, r in zip(asked, results, strict=True) if isinstance(r, bytes)}
                self._keep(new, cache)
                made |= new
                yield from ((p, made.get(p, b"")) for p in part)

    def _is_readable(self, path: str) -> bool:
        fact = self.facts.get(path)
        return fact is not None and fact.readable

    def _known(self, paths: Sequence[str], cache: FactCache | None) -> dict[str, bytes]:
        if cache is None:
            return {}
        recipe = thumbnail_recipe()
        keys = {p: key_of(self.facts[p].sha256, recipe) for p in paths if self._is_readable(p)}
        bodies = cache.bodies(list(keys.values()))
        return {path: bodies[key] for path, key in keys.items() if key in bodies}

    def _keep(self, made: Mapping[str, bytes], cache: FactCache | None) -> None:
        if cache is not None:
            recipe = thumbnail_recipe()
            cache.keep([], [(key_of(self.facts[p].sha256, recipe), picture) for p, picture in made.items()])
