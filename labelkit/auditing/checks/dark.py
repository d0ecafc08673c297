"""Images in which nothing is bright."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged_numbers, judged_paths, widespread
from labelkit.auditing.unusual import Quality, far_below
from labelkit.auditing.verdict import Verdict
from labelkit.domain.units import told_share

_BRIGHTEST = 0.32
"""Of the file's own full range."""

_QUALITY = Quality(
    told="far darker",
    measured="mean brightness",
    shown=lambda share: told_share(share, 0),
    least=0.1,
    remedy="look at them: a lamp that failed, another exposure; leave out what shows no part",
)


def dark(evidence: Evidence) -> Iterator[Verdict]:
    """The 99th percentile of the perceived brightness is below 0.32: cleanvision's definition and threshold.

    On the small picture of `PixelFacts`, in the true range of 16-bit and palette images. cleanvision chose 0.32 on
    photographs; where most of a set is dark, that is how the line lights its parts, and is told as such.
    Against the class: its mean brightness (`auditing/unusual.py`), and by a tenth of the range at least.
    Remedy: the lamp, the exposure, or leaving the images out.
    """
    seen = judged_paths(evidence)
    found = {p: p99 for p, p99 in zip(seen, judged_numbers(evidence, "p99"), strict=True) if p99 < _BRIGHTEST}
    if found:
        told = "; so it is the light of the set, not of single images" if widespread(len(found), len(seen)) else ""
        yield Verdict(
            f"{how_many(len(found), len(seen))} dark: 99 % of the pixels are below "
            f"{told_share(_BRIGHTEST, 0)} of full light{told}",
            remedy="check lamp and exposure of where they were taken",
            files=tuple(found),
            numbers={"images": len(found), "darkest_p99": min(found.values()), "threshold": _BRIGHTEST},
        )
    light = zip(seen, judged_numbers(evidence, "brightness"), strict=True)
    yield from far_below(evidence, {path: value for path, value in light if path not in found}, _QUALITY)
