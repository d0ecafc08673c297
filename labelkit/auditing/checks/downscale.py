"""How much smaller training makes the images, and what is left of a thin scratch."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, readable
from labelkit.auditing.verdict import Verdict
from labelkit.domain.units import told_share

_MUCH = 4.0
"""From here on a line of three pixels is thinner than one, and nearest-neighbour resizing misses most of it."""

_SCRATCH = 3
"""Pixels: the thin defect that is reckoned with."""


def downscale(evidence: Evidence) -> Iterator[Verdict]:
    """One verdict about all images that shrink by more than four times on a side; the median of them is told.

    A line w pixels wide that shrinks by f covers w/f of a pixel. Nearest-neighbour resizing, the default of
    `flow_from_directory`, takes one of f pixels, and so meets it in w/f of the places it may lie in (all, from 1 on);
    averaging keeps that share of its contrast. Geometry, not measured. Source: keras-team/keras#7975 and #8533.
    Remedy: a larger --image-size, an antialiased resize, or cutting out what matters.
    """
    height, width = evidence.image_size
    seen = readable(evidence)
    shrunk = ((fact.path, max(fact.height / height, fact.width / width)) for fact in seen)
    much = [(path, factor) for path, factor in shrunk if factor > _MUCH]
    if not much:
        return
    factor = median(factor for _, factor in much)
    left = min(1.0, _SCRATCH / factor)
    yield Verdict(
        f"{how_many(len(much), len(seen))} shrink {factor:.1f} times to {width} x {height}: a scratch {_SCRATCH} "
        f"pixels wide becomes {_SCRATCH / factor:.2g}; flow_from_directory (nearest neighbour) misses it in "
        f"{told_share(1 - left, 0)} of the places it may lie in, antialiased resizing leaves {told_share(left, 0)} of "
        "its contrast",
        remedy="train with a larger --image-size, by labelkit's generator (antialiased), or on cut-outs",
        files=tuple(path for path, _ in much),
        numbers={"images": len(much), "factor": round(factor, 4), "scratch": round(_SCRATCH / factor, 4)},
    )
