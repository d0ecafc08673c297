"""Images in which nothing is bright."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged, widespread
from labelkit.auditing.verdict import Verdict

_BRIGHTEST = 0.32
"""Of the file's own full range."""


def dark(evidence: Evidence) -> Iterator[Verdict]:
    """The 99th percentile of the perceived brightness is below 0.32: cleanvision's definition and threshold.

    On the small picture of `PixelFacts`, in the true range of 16-bit and palette images. cleanvision chose 0.32 on
    photographs; where most of a set is dark, that is how the line lights its parts, and is told as such.
    Remedy: the lamp, the exposure, or leaving the images out.
    """
    seen = judged(evidence)
    found = {path: pixels.p99 for path, pixels in seen if pixels.p99 < _BRIGHTEST}
    if not found:
        return
    told = "; so it is the light of the set, not of single images" if widespread(len(found), len(seen)) else ""
    yield Verdict(
        f"{how_many(len(found), len(seen))} dark: 99 % of the pixels are below {_BRIGHTEST:.0%} of full light{told}",
        remedy="check lamp and exposure of where they were taken",
        files=tuple(found),
        numbers={"images": len(found), "darkest_p99": min(found.values()), "threshold": _BRIGHTEST},
    )
