"""Classes that no validation image speaks for."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict, listed
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY
from labelkit.domain.parts import ROLES, class_of


def no_validation(evidence: Evidence) -> Iterator[Verdict]:
    """Classes without an image in the validation part, a recorded one too, else in Keras' own split."""
    if evidence.validation is not None:
        yield from _without(evidence, {class_of(f.path) for f in evidence.validation.images})
        return
    if evidence.split_of:
        held = {path for path, part in evidence.split_of.items() if part == ROLES[1]}
        yield from _without(evidence, {class_of(path) for path in held})
        return
    view = evidence.main.view(FLOW_FROM_DIRECTORY)
    if view is None or not evidence.validation_split or view.validation is None:
        return
    share = evidence.validation_split
    held_out = view.counts_of(view.validation)
    for name, images in view.counts().items():
        if images and not held_out[name] and name in evidence.class_map.classes:
            yield Verdict(
                f"flow_from_directory(validation_split={share:g}) would validate on none of the {images:,} of {name}",
                remedy=f"{name} needs at least {_needed(share):,} images, or a larger share",
                numbers={"images": images, "validation": 0},
            )


def _without(evidence: Evidence, validated: set[str]) -> Iterator[Verdict]:
    images = evidence.images
    missing = [name for name in evidence.class_map.classes if images[name] and name not in validated]
    if missing:
        yield Verdict(
            f"the validation part holds no image of {listed(missing)}",
            remedy="move some of its images, whole lots at a time, into the validation part",
            files=tuple(missing),
        )


def _needed(share: float) -> int:
    """The smallest class that has one validation image, by Keras' own rounding."""
    images = max(1, int(1 / share))
    return images if int(share * images) else images + 1
