"""How labeling functions get on with each other: Snorkel's columns, and what each decided.

Terms after Snorkel's `LFAnalysis` (Ratner et al., "Snorkel: rapid training data creation with weak supervision", 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.domain.sort_result import SourceReport
from labelkit.domain.votes import FAILED, NO_VALUE, SPLIT, VoteColumn
from labelkit.sorting.policy import Verdicts


def analyse(columns: Sequence[VoteColumn], verdicts: Verdicts) -> tuple[SourceReport, ...]:
    """The statistics of every source."""
    images = len(verdicts.state)
    overlaps, conflicts = _meetings(columns, images)
    return tuple(
        SourceReport(
            name=c.name,
            polarity=tuple(c.labels[k] for k in sorted(set(c.codes)) if k >= 0),
            coverage=_share(sum(code >= 0 for code in c.codes), images),
            overlaps=_share(overlaps[j], images),
            conflicts=_share(conflicts[j], images),
            decided=verdicts.by.count(j),
            no_value=c.codes.count(NO_VALUE),
            errors=c.codes.count(FAILED) + c.codes.count(SPLIT),
        )
        for j, c in enumerate(columns)
    )


def _share(n: int, whole: int) -> float:
    return n / whole if whole else 0.0


def _meetings(columns: Sequence[VoteColumn], images: int) -> tuple[list[int], list[int]]:
    """For each column: images on which another voted too, and on which another voted differently."""
    overlaps, conflicts = [0] * len(columns), [0] * len(columns)
    if len(columns) < 2:  # noqa: PLR2004 - one source meets nobody
        return overlaps, conflicts
    for i in range(images):
        votes = [(j, c.labels[c.codes[i]]) for j, c in enumerate(columns) if c.codes[i] >= 0]
        if len(votes) > 1:
            for j, label in votes:
                overlaps[j] += 1
                conflicts[j] += any(other != label for _, other in votes)
    return overlaps, conflicts
