"""Pixels that an audit makes ready for the next training: when, which, and how it is told."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from labelkit.domain.facts import ImageFacts
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.recipe import Recipe, named_recipe
from labelkit.domain.units import told_bytes
from labelkit.flows.run import Run
from labelkit.storage.feature_cache import cache_folder
from labelkit.storage.packed_pixels import PackedPixels
from labelkit.tasks.pixel_pack import PixelPack, are_kept, can_be_trained_on, kept_pixels, let_go

MAX_BYTES = 1_000_000_000
"""An audit makes no more ready than this (52,000 images of 80 x 80); a training keeps what it decodes itself."""

_AT_ONCE = 2048
"""Facts that are looked at together."""


def keras_is_installed() -> bool:
    """Whether there is anything to train with; nothing is imported."""
    return find_spec("keras") is not None


def wanted_pack(
    base_dir: str | os.PathLike[str], *, asked: bool | None, recipe: str | Recipe, size: tuple[int, int]
) -> PixelPack | None:
    """The pixels to be made ready; None where none are wanted.

    Args:
        base_dir: the folder that is judged.
        asked: what was said; None: where Keras is installed and `labelkit sort` filled the folder.
        recipe: of the training.
        size: (height, width).

    Raises:
        UsageError: no such recipe.

    """
    named = named_recipe(recipe)
    if asked is None:
        asked = keras_is_installed() and (Path(base_dir) / LEDGER_NAME).is_file()
    return PixelPack(str(cache_folder()), named, size) if asked else None


class Packing:
    """What an audit does about packed pixels.

    Args:
        pack: which pixels.
        run: whose progress is told.

    """

    def __init__(self, pack: PixelPack, run: Run) -> None:
        self.pack, self._run = pack, run
        self._kept = kept_pixels(pack)

    def done(self, found: Sequence[tuple[int, ImageFacts]]) -> Iterator[tuple[int, ImageFacts]]:
        """Of images whose facts are known: those of which no pixels have to be made any more."""
        if not self._kept.keeps:
            yield from found
            return
        kept = are_kept(self._kept, [fact.sha256 for _, fact in found])
        for (at, fact), there in zip(found, kept, strict=True):
            if there or not can_be_trained_on(fact):
                yield at, fact

    def tell(self, facts: Collection[ImageFacts]) -> None:
        """Say how many images are ready now; and let the files go."""
        let_go()
        ready = _ready(self._kept, facts)
        if ready.missing:
            ready = _ready(kept_pixels(self.pack), facts)  # with those that were made just now
        size = told_bytes(ready.contents * self.pack.image_bytes)
        more = f"; {ready.missing:,} more could not be kept and are decoded again" if ready.missing else ""
        self._run.progress.note(f"{_images(ready.images)} ready for training at {_told_size(self.pack)}, {size}{more}")


@dataclass(frozen=True, slots=True)
class _Ready:
    """Images whose pixels are kept, the contents among them, and images that lack theirs."""

    images: int
    contents: int
    missing: int


def _ready(packed: PackedPixels, facts: Iterable[ImageFacts]) -> _Ready:
    contents, images, missing = set[str](), 0, 0
    for part in _parts(fact.sha256 for fact in facts if can_be_trained_on(fact)):
        there = are_kept(packed, part)
        contents.update(digest for digest, yes in zip(part, there, strict=True) if yes)
        images += sum(there)
        missing += len(part) - sum(there)
    return _Ready(images, len(contents), missing)


def make_packing(pack: PixelPack | None, images: int, run: Run) -> Packing | None:
    """The packing of a set, None where none is wanted; one that would take too much is told, and none either."""
    if pack is None or not images:
        return None
    needed = images * pack.image_bytes
    if needed <= MAX_BYTES:
        return Packing(pack, run)
    run.progress.note(
        f"{_images(images)} take {told_bytes(needed)} at {_told_size(pack)}, and an audit makes at most "
        f"{told_bytes(MAX_BYTES)} ready for training: labelkit train keeps what it decodes"
    )
    return None


def _parts(digests: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for digest in digests:
        part.append(digest)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _told_size(pack: PixelPack) -> str:
    return f"{pack.size[0]} x {pack.size[1]}"
