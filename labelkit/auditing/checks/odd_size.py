"""Images much larger or smaller than the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import quantiles

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, paths_of, readable
from labelkit.auditing.verdict import Verdict, listed
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity

_SPREADS = 3.0
"""Interquartile ranges beyond the quartiles."""

_FEW = 4
"""Fewer images have no quartiles worth the name."""


def odd_size(evidence: Evidence) -> Iterator[Verdict]:
    """The root of width x height lies more than three interquartile ranges outside the quartiles: as in cleanvision.

    Where the middle half of the images is of one size that range is nothing, and any other size would be odd, by one
    pixel too: then the sizes themselves are told once, as information. Remedy: one size, by one stated rule.
    """
    seen = readable(evidence)
    if len(seen) < _FEW:
        return
    sizes = [math.sqrt(fact.width * fact.height) for fact in seen]
    first, _, third = quantiles(sizes, n=4, method="inclusive")
    if third == first:
        yield from _several(seen)
        return
    low, high = first - _SPREADS * (third - first), third + _SPREADS * (third - first)
    odd = [fact for fact, size in zip(seen, sizes, strict=True) if not low <= size <= high]
    if odd:
        told = listed([f"{fact.width} x {fact.height}" for fact in odd], 3)
        yield Verdict(
            f"{how_many(len(odd), len(seen))} of an odd size ({told}); most are between {first:,.0f} and {third:,.0f} "
            "pixels on a side of a square of the same area",
            remedy="cut or resize them as the others were, or leave them out",
            files=paths_of(odd),
            numbers={"images": len(odd), "low": round(low, 4), "high": round(high, 4)},
        )


def _several(seen: Sequence[ImageFacts]) -> Iterator[Verdict]:
    counts = Counter((fact.width, fact.height) for fact in seen).most_common()
    if len(counts) < 2:  # noqa: PLR2004 - one size
        return
    usual = counts[0][0]
    others = [fact for fact in seen if (fact.width, fact.height) != usual]
    told = listed([f"{width} x {height} ({n:,})" for (width, height), n in counts], 3)
    yield Verdict(
        f"{len(counts):,} sizes: {told}; a size that goes with one class gives that class away",
        remedy="cut or resize them to one size",
        files=paths_of(others),
        numbers={"sizes": len(counts), "images": len(others)},
        severity=Severity.INFO,
    )
