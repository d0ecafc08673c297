"""How labeling functions get on with each other: Snorkel's columns, and what each decided.

Terms after Snorkel's `LFAnalysis` (Ratner et al., "Snorkel: rapid training data creation with weak supervision", 2017).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labelkit.domain.sort_result import SourceReport
from labelkit.domain.votes import FAILED, NO_VALUE, SPLIT, VoteColumn
from labelkit.sorting.policy import Verdicts


def analyse(columns: Sequence[VoteColumn], verdicts: Verdicts) -> tuple[SourceReport, ...]:
    """The statistics of every source."""
    images = len(verdicts.state)
    overlaps, conflicts = _meetings(columns)
    return tuple(
        SourceReport(
            name=c.name,
            polarity=tuple(c.labels[k] for k in sorted(times) if k >= 0),
            coverage=_share(sum(n for code, n in times.items() if code >= 0), images),
            overlaps=_share(overlaps[j], images),
            conflicts=_share(conflicts[j], images),
            decided=verdicts.by.count(j),
            no_value=times[NO_VALUE],
            errors=times[FAILED] + times[SPLIT],
        )
        for j, c in enumerate(columns)
        for times in [Counter(c.codes)]
    )


def _share(n: int, whole: int) -> float:
    return n / whole if whole else 0.0


def _meetings(columns: Sequence[VoteColumn]) -> tuple[list[int], list[int]]:
    """For each column: images on which another voted too, and on which another voted differently."""
    overlaps, conflicts = [0] * len(columns), [0] * len(columns)
    for codes, images in Counter(zip(*(c.codes for c in columns), strict=True)).items():
        votes = [(j, columns[j].labels[code]) for j, code in enumerate(codes) if code >= 0]
        if len(votes) > 1:
            for j, label in votes:
                overlaps[j] += images
                conflicts[j] += images * any(other != label for _, other in votes)
    return overlaps, conflicts
