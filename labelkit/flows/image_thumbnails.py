"""Thumbnails of some images of a folder, as they are now: of the mistakes of a model, or of its suspects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from labelkit.domain.model_report import PICTURE_SIDE
from labelkit.engines.choose import SHARD, make_engine
from labelkit.tasks.thumbnail import PictureTask


@dataclass(frozen=True, slots=True)
class ImageThumbnails:
    """`Thumbnails` of images below one root, larger than an audit's.

    Attributes:
        root: absolute path that the paths are relative to.
        workers: processes that may work at once, at least 1.
        side: pixels of a thumbnail's longer side, at most.

    """

    root: str
    workers: int = 1
    side: int = PICTURE_SIDE

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path with its thumbnail, in the order given; b"" where none could be made."""
        shards = [paths[i : i + SHARD] for i in range(0, len(paths), SHARD)]
        with closing(make_engine(self.workers, len(paths))) as engine:
            results = (r for receipt in engine.run(PictureTask(self.root, self.side), shards) for r in receipt.results)
            yield from ((p, r if isinstance(r, bytes) else b"") for p, r in zip(paths, results, strict=True))
