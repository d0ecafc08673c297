"""Images in which everything is nearly white."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged, widespread
from labelkit.auditing.verdict import Verdict

_DARKEST = 0.95
"""Of the file's own full range."""


def light(evidence: Evidence) -> Iterator[Verdict]:
    """The 5th percentile of the perceived brightness is above 0.95: cleanvision's definition and threshold.

    On the small picture of `PixelFacts`, in the true range: images of 16 bits are not white for having large numbers.
    Remedy: the exposure, or leaving the images out.
    """
    seen = judged(evidence)
    found = {path: pixels.p5 for path, pixels in seen if pixels.p5 > _DARKEST}
    if not found:
        return
    told = "; so it is the light of the set, not of single images" if widespread(len(found), len(seen)) else ""
    yield Verdict(
        f"{how_many(len(found), len(seen))} light: 95 % of the pixels are above {_DARKEST:.0%} of full light{told}",
        remedy="check exposure and reflections of where they were taken",
        files=tuple(found),
        numbers={"images": len(found), "lightest_p5": max(found.values()), "threshold": _DARKEST},
    )
