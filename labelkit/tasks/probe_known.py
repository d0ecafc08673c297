"""A worker's probe for an audit: contents seen before are not decoded, and a decoder that hangs costs one image."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from labelkit.domain.facts import ImageFacts
from labelkit.plugins.function_rule import TooSlowError
from labelkit.storage.fact_cache import key_of
from labelkit.storage.fact_rows import Recall, recalling
from labelkit.storage.fact_values import unpacked
from labelkit.tasks.probe import Read, facts_of, read_image
from labelkit.tasks.probe_recipe import facts_recipe
from labelkit.tasks.watch import Limits, Watch, marked

DECODE_S = 20.0
"""Seconds that decoding one image may take: the slowest hostile image known took 0.73 s."""

_OF_THE_MOMENT = ("memory", "not decoded within")
"""Words in faults that another run may not have: facts with them are not kept."""

_NO_LIMITS = Limits()

Also = Callable[..., None]
"""`imaging.probe.Also`, without the imaging."""

Store = Callable[[], None]
"""Writes down what was made; a disk that takes long is no fault of the image."""


class Pack(Protocol):
    """What else is made of an image that was read, in the worker that read it; stored by content, not sent back."""

    def lacks(self, sha256: str) -> bool:
        """Whether it is still to be made of this content."""
        ...

    def make(
        self, path: str, read: Read, known: ImageFacts | None, also: Also | None
    ) -> tuple[ImageFacts, Store | None]:
        """The facts, made now where they are not known; and what stores the rest, None where there is none.

        `also` takes what is decoded for facts that are not known, as `imaging.probe.Also` says.
        """
        ...


@dataclass(frozen=True, slots=True)
class Probed:
    """What a worker says of one image.

    Attributes:
        facts: its facts.
        steady: the file was the same before and after it was read.
        decoded: the facts were made now, and would be the same again: worth keeping.
        thumbnail: made of the same decode; empty where it was not asked for or the facts were known.

    """

    facts: ImageFacts
    steady: bool = False
    decoded: bool = False
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True)
class KnownProbe:
    """Facts of images below one root: from the cache where the content is known, else decoded under watch.

    Attributes:
        root: absolute path.
        cache: path of the cache's file; empty for none.
        limits: seconds that one decode may take, and where marks are left.
        pack: what else is made of each image that was read.
        pictures: whether the thumbnail is made of the same decode.

    """

    root: str
    cache: str = ""
    limits: Limits = _NO_LIMITS
    pack: Pack | None = None
    pictures: bool = False

    def __call__(self, shard: Sequence[tuple[int, str]]) -> list[Probed]:
        """What there is to say of each (number, path) of the shard, in order."""
        with Watch(self.limits) as watch, recalling(self.cache) as recall:
            return [self._one(number, path, watch, recall) for number, path in shard]

    def died_on(self, shard: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
        """Which image of a shard a worker was at when it died."""
        found = marked(self.limits.marks, [number for number, _ in shard])
        return (found[0], "while decoding it") if found else None

    def _one(self, number: int, path: str, watch: Watch, recall: Recall) -> Probed:
        from labelkit.imaging.thumbnail import SharedThumbnail

        read = read_image(os.path.join(self.root, path))  # noqa: PTH118 - names are bytes, not Path's business
        if not read.sha256:
            return Probed(facts_of(path, read))
        known = _recalled(recall(key_of(read.sha256, facts_recipe(path))), path, read) if self.cache else None
        watch.image = number
        picture = SharedThumbnail() if self.pictures else None
        facts, store = self._made(path, read, known, watch, picture)
        if store is not None:
            _stored(store, watch)
        decoded = known is None and not any(words in facts.fault for words in _OF_THE_MOMENT)
        return Probed(facts, read.steady, decoded, (picture and picture.data) or b"")

    def _made(
        self, path: str, read: Read, known: ImageFacts | None, watch: Watch, also: Also | None
    ) -> tuple[ImageFacts, Store | None]:
        watch.begin(0)
        try:
            if self.pack is not None and self.pack.lacks(read.sha256):
                return self.pack.make(path, read, known, also)
            return known or facts_of(path, read, also), None
        except TooSlowError:
            return facts_of(path, replace(read, fault=f"not decoded within {self.limits.seconds:g} s")), None
        finally:
            watch.end()


def _stored(store: Store, watch: Watch) -> None:
    watch.begin(0)
    try:
        store()
    except TooSlowError:  # what is not stored is made again when it is needed
        return
    finally:
        watch.end()


def _recalled(body: bytes | None, path: str, read: Read) -> ImageFacts | None:
    """Kept facts with this file's own path and time; None for none, or for a row that is not of this content."""
    if body is None:
        return None
    try:
        facts = unpacked(body, path=path, modified=read.modified)
    except (ValueError, TypeError):
        return None
    return facts if facts.sha256 == read.sha256 else None
