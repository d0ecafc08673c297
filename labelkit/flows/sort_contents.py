"""What the images of a sort hold: files are read only where their content decides, and each once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement
from labelkit.flows.sort_scene import Scene, SourceImage, Standing
from labelkit.sorting.reconcile import Candidate
from labelkit.storage.hashing import sha256_of
from labelkit.storage.identity import LINKS, are_one_file, identity


def hasher(candidates: Sequence[Candidate], where: Sequence[str]) -> Callable[[int], str]:
    """SHA-256 of a candidate by its index: as recorded while its stamp is unchanged, else read."""
    known: dict[int, str] = {}

    def hash_of(i: int) -> str:
        p = candidates[i].placement
        if p is not None and p.sha256 and p.source_stamp == candidates[i].stamp:
            return p.sha256
        if i not in known:
            known[i] = sha256_of(where[i])
        return known[i]

    return hash_of


def still_true(scene: Scene, standing: Standing, base_dir: str) -> tuple[Standing, tuple[ImageKey, ...]]:
    """Look again at placed images whose source has another stamp: what stands is the same, or the earlier one.

    Args:
        scene: the images as they are.
        standing: where they stand, as recorded.
        base_dir: absolute path.

    Returns:
        the standing with renewed stamps, and the images whose source was written over since they were placed.

    """
    renewed: dict[ImageKey, Placement] = {}
    changed = []
    placements = standing.placements
    for image in scene.images:
        p = placements.get(image.key)
        if p is None or p.mode is Mode.MOVE or p.source_stamp == image.stamp:
            continue
        now = _renewed(p, image, f"{base_dir}/{p.target}")
        if now is None:
            changed.append(image.key)
        else:
            renewed[image.key] = now
    return _with(standing, renewed), tuple(changed)


def _with(standing: Standing, renewed: Mapping[ImageKey, Placement]) -> Standing:
    return replace(standing, placements={**standing.placements, **renewed}) if renewed else standing


def _renewed(p: Placement, image: SourceImage, placed: str) -> Placement | None:
    """The placement with the stamps of now; None when what stands there is not what its source holds.

    A link to the source is right whatever its source holds by now; any other file is read and compared.
    """
    if p.mode in LINKS and are_one_file(image.where, placed):
        sha256 = p.sha256 if identity(p.source_stamp) == identity(image.stamp) else ""
        stamp = image.stamp if p.mode is Mode.HARDLINK else p.placed_stamp
        return p._replace(source_stamp=image.stamp, placed_stamp=stamp, sha256=sha256)
    sha256 = p.sha256 or sha256_of(os.path.realpath(placed))
    if sha256_of(image.where) != sha256:
        return None
    return p._replace(source_stamp=image.stamp, sha256=sha256)
