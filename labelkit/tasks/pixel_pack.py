"""Fill the packed pixels of a training from the decode that gives the facts, so that its first epoch decodes nothing.

Each process adds to a file of its own (`storage/pixel_folder.py`): workers never wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from PIL import Image

from labelkit.domain.errors import ImageError
from labelkit.domain.facts import ImageFacts
from labelkit.domain.recipe import Recipe
from labelkit.imaging.small_picture import Samples, SmallPicture
from labelkit.storage.packed_pixels import NOWHERE, PackedPixels
from labelkit.tasks.probe import Read, facts_of
from labelkit.tasks.probe_known import Also, Store


@dataclass(frozen=True, slots=True)
class PixelPack:
    """The pixels that a training will ask for.

    Attributes:
        cache: the user's cache folder.
        recipe: how bytes become pixels.
        size: (height, width).

    """

    cache: str
    recipe: Recipe
    size: tuple[int, int]

    @property
    def image_bytes(self) -> int:
        """Of one image."""
        return self.size[0] * self.size[1] * 3

    def lacks(self, sha256: str) -> bool:
        """Whether the pixels of this content are not kept yet, and can be."""
        packed = _opened(self)
        return packed.keeps and not are_kept(packed, [sha256])[0]

    def make(
        self, path: str, read: Read, known: ImageFacts | None, also: Also | None = None
    ) -> tuple[ImageFacts, Store | None]:
        """The facts, and what keeps the pixels; none are made of an image that training would refuse."""
        from labelkit.imaging.recipes import decode
        from labelkit.imaging.shared_decode import SharedDecode

        seen = SharedDecode(self.recipe, self.size)

        def both(image: Image.Image, samples: Samples | None, small: SmallPicture | None) -> None:
            seen(image, samples, small)
            if also is not None:
                also(image, samples, small)

        facts = known or facts_of(path, read, both)
        if not can_be_trained_on(facts):
            return facts, None
        try:
            pixels = decode(self.recipe, read.data, self.size) if seen.pixels is None else seen.pixels
        except ImageError:  # the training will say so of it
            return facts, None
        plain = np.ascontiguousarray(pixels).data.cast("B")
        return facts, partial(self._keep, bytes.fromhex(facts.sha256), plain)

    def _keep(self, digest: bytes, pixels: memoryview) -> None:
        _opened(self).add(digest, pixels)


def can_be_trained_on(facts: ImageFacts) -> bool:
    """Whether labelkit's own recipe takes this image, as far as its facts tell; Keras' take some of the others too."""
    return facts.readable and not facts.damage and facts.pixels is not None


def kept_pixels(pack: PixelPack) -> PackedPixels:
    """The packed pixels as they are now; what is wrong with them is told by whoever trains."""
    from labelkit.imaging.recipes import made_by

    made = made_by(pack.recipe, pack.size)
    return PackedPixels(Path(pack.cache), made, pack.image_bytes, say=lambda _: None)


def are_kept(packed: PackedPixels, digests: Sequence[str]) -> list[bool]:
    """Whether the pixels of each content (SHA-256, 64 hexadecimal digits) are kept."""
    plain = np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(-1, 32)
    return [bool(place != NOWHERE) for place in packed.find(plain)]


@lru_cache(maxsize=1)
def _opened(pack: PixelPack) -> PackedPixels:
    """Opened once a process, not once a shard: to open them is to read which contents there are."""
    return kept_pixels(pack)


def let_go() -> None:
    """In the process that ran the probe itself: give back the file that was added to."""
    _opened.cache_clear()
