"""Long, thin images, which a square network input distorts."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, paths_of, readable
from labelkit.auditing.verdict import Verdict

_THIN = 0.35
"""Shorter side by longer side."""


def odd_aspect_ratio(evidence: Evidence) -> Iterator[Verdict]:
    """The shorter side is less than 0.35 of the longer: cleanvision's definition and threshold.

    Keras' loaders and labelkit's generator squash an image to the size they are given. Remedy: an --image-size of the
    same shape, or cut-outs.
    """
    seen = readable(evidence)
    thin = [fact for fact in seen if min(fact.width, fact.height) < _THIN * max(fact.width, fact.height)]
    if not thin:
        return
    height, width = evidence.image_size
    first = thin[0]
    yield Verdict(
        f"{how_many(len(thin), len(seen))} long and thin, as {first.width} x {first.height}: loaders squash them to "
        f"{width} x {height}",
        remedy="train with an --image-size of their shape, or on cut-outs",
        files=paths_of(thin),
        numbers={"images": len(thin), "threshold": _THIN},
    )
