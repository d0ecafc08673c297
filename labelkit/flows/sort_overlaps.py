"""Sources that lie in one another: one file must not be seen as two images, for it could then stand in two classes."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import UsageError
from labelkit.domain.names import shown
from labelkit.domain.placing import Placement
from labelkit.flows.sort_scene import SourceImage


def seen_once_each(images: Sequence[SourceImage], placements: Mapping[ImageKey, Placement], base_dir: Path) -> None:
    """Hold that every file is one image.

    Args:
        images: of the sources of this sort.
        placements: where images of earlier sorts stand.
        base_dir: the folder of class folders, as given.

    Raises:
        UsageError: sources that lie in one another; a file that stands in base_dir as an image of another source.

    """
    ours = {i.key.root for i in images}
    nested = _nested(ours, ours | {key.root for key in placements})
    if not nested:
        return
    seen: dict[str, ImageKey] = {}
    for image in images:
        other = seen.setdefault(_whole(image.key), image.key)
        if other.root != image.key.root:
            raise UsageError(
                f"{shown(image.key.root)} and {shown(other.root)} lie in one another: {shown(_whole(image.key))} is in "
                "both",
                remedy="give one of the two",
            )
    for key in placements:
        mine = seen.get(_whole(key)) if key.root in nested else None
        if mine is not None and mine.root != key.root:
            raise UsageError(
                f"{shown(_whole(key))} stands in {shown(os.fspath(base_dir))} already, as one of {shown(key.root)}",
                remedy=f"give {shown(key.root)} as before, or take that sort back with labelkit undo",
            )


def _nested(ours: Collection[str], roots: Collection[str]) -> set[str]:
    """The roots that one of ours lies in, or that lie in one of ours."""
    return {r for r in roots for o in ours if r != o and (_whole_below(r, o) or _whole_below(o, r))}


def _whole_below(inner: str, outer: str) -> bool:
    return inner.startswith(f"{outer.rstrip(os.sep)}{os.sep}")


def _whole(key: ImageKey) -> str:
    """The absolute path of an image in its source; POSIX below it."""
    return f"{key.root.rstrip(os.sep)}/{key.path}" if os.sep == "/" else f"{key.root}/{key.path}".replace(os.sep, "/")
