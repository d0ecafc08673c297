"""Images in which everything is nearly white."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged_numbers, judged_paths, widespread
from labelkit.auditing.unusual import Quality, far_below
from labelkit.auditing.verdict import Verdict
from labelkit.domain.units import told_share

_DARKEST = 0.95
"""Of the file's own full range."""

_QUALITY = Quality(
    told="far lighter",
    measured="mean brightness",
    shown=lambda negative: told_share(-negative, 0),
    least=0.1,
    remedy="look at them: a reflection, another exposure; leave out what shows no part",
)


def light(evidence: Evidence) -> Iterator[Verdict]:
    """The 5th percentile of the perceived brightness is above 0.95: cleanvision's definition and threshold.

    On the small picture of `PixelFacts`, in the true range: images of 16 bits are not white for having large numbers.
    Against the class: its mean brightness (`auditing/unusual.py`), and by a tenth of the range at least.
    Remedy: the exposure, or leaving the images out.
    """
    seen = judged_paths(evidence)
    found = {path: p5 for path, p5 in zip(seen, judged_numbers(evidence, "p5"), strict=True) if p5 > _DARKEST}
    if found:
        told = "; so it is the light of the set, not of single images" if widespread(len(found), len(seen)) else ""
        yield Verdict(
            f"{how_many(len(found), len(seen))} light: 95 % of the pixels are above "
            f"{told_share(_DARKEST, 0)} of full light{told}",
            remedy="check exposure and reflections of where they were taken",
            files=tuple(found),
            numbers={"images": len(found), "lightest_p5": max(found.values()), "threshold": _DARKEST},
        )
    bright = zip(seen, judged_numbers(evidence, "brightness"), strict=True)
    yield from far_below(evidence, {path: -value for path, value in bright if path not in found}, _QUALITY)
