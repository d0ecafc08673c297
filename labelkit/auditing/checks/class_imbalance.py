"""How unequal the classes are."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict
from labelkit.domain.findings import Severity

_WORTH_TELLING = 1.5
"""Below this ratio the classes are as good as equal."""

_GRAVE = 10.0
"""From this ratio on, always saying the largest class is right in more than nine of ten."""


def class_imbalance(evidence: Evidence) -> Iterator[Verdict]:
    """The ratio of the largest class to the smallest one that holds images."""
    counts = {name: len(paths) for name, paths in evidence.images.items() if paths}
    if len(counts) < 2:  # noqa: PLR2004 - one class has no ratio
        return
    largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    ratio = counts[largest] / counts[smallest]
    if ratio < _WORTH_TELLING:
        return
    yield Verdict(
        f"{ratio:.1f} : 1 ({largest} {counts[largest]:,}, {smallest} {counts[smallest]:,})",
        remedy=f"judge by balanced accuracy, and collect more of {smallest}" if ratio >= _GRAVE else "",
        numbers={"ratio": round(ratio, 4), "largest": counts[largest], "smallest": counts[smallest]},
        severity=Severity.WARNING if ratio >= _GRAVE else None,
    )
