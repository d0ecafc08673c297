"""Images unlike all others, by their numbers."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged_numbers, judged_paths
from labelkit.auditing.verdict import Verdict, counted

_NEIGHBOURS = 10
_THRESHOLD = 0.37037
"""Both as cleanlab's Datalab has them (`issue_manager/outlier.py`): the limit lies (1 / 0.37037 - 1) = 1.7
interquartile ranges above the third quartile of the distances."""

_FEWEST = 50
"""Fewer images have no ten neighbours worth the name."""

_TOLD = 3

_MEASURES = {
    "brightness": "brightness",
    "contrast": "contrast",
    "sharpness": "sharpness",
    "entropy": "entropy",
    "p1": "darkest hundredth",
    "p5": "darkest twentieth",
    "p50": "median brightness",
    "p95": "brightest twentieth",
    "p99": "brightest hundredth",
    "red": "red",
    "green": "green",
    "blue": "blue",
    "border": "brightness of the border",
    "border_contrast": "contrast of the border",
}
"""Of `PixelFacts`, with their names in words; of the sharpness the logarithm."""

_SMALLEST = 1e-9


def outlier(evidence: Evidence) -> Iterator[Verdict]:
    """Information: the mean distance to the ten nearest images is far above that of the others, as cleanlab has it.

    Distances are Euclidean between the numbers of `PixelFacts`, each on a robust scale (`auditing/neighbours.py`,
    which also says what is done above 2,000 images). So an image stands out by light, colour, contrast, sharpness or
    border; a rare defect that changes none of these does not. One image in thirty or so is beyond the limit in any
    set: a list to look at, the farthest first in the message. Threshold: above the third quartile by more than 1.7
    interquartile ranges. Remedy: looking at them.
    """
    import numpy as np

    from labelkit.auditing.neighbours import mean_distances, standardised

    if why_no_outliers(evidence):
        return
    paths = judged_paths(evidence)
    scaled = standardised((_numbers(evidence, name) for name in _MEASURES), len(_MEASURES))
    distances = mean_distances(scaled, _NEIGHBOURS)
    ranked = np.sort(distances)
    limit = _limit(float(ranked[len(ranked) // 4]), float(ranked[3 * len(ranked) // 4]))
    far = np.flatnonzero(distances > limit).tolist()
    if not far:
        return
    far.sort(key=lambda i: (-distances[i], paths[i]))
    told = [f"{paths[i]} by its {_most(scaled[i].tolist())}" for i in far[:_TOLD]]
    names = [paths[i] for i in far]
    more = f" and {len(far) - _TOLD:,} more" if len(far) > _TOLD else ""
    yield Verdict(
        f"{how_many(len(far), len(paths))} unlike the others: {', '.join(told)}{more}",
        remedy="look at them: a wrong part, another camera, an accident; most sets have a few",
        files=tuple(sorted(names)),
        numbers={"images": len(far), "limit": round(limit, 4), "farthest": round(float(distances[far[0]]), 4)},
    )


def why_no_outliers(evidence: Evidence) -> str:
    """Why neighbours say nothing of this set; empty when they do."""
    judged_ones = len(judged_paths(evidence))
    return f"{counted(judged_ones, 'image')}; {_FEWEST} are needed" if judged_ones < _FEWEST else ""


def _limit(first: float, third: float) -> float:
    """Of the quartiles."""
    return third + (1 / _THRESHOLD - 1) * (third - first)


def _most(row: Sequence[float]) -> str:
    """The measure in which an image is farthest from the middle."""
    at = max(range(len(row)), key=lambda i: abs(row[i]))
    return tuple(_MEASURES.values())[at]


def _numbers(evidence: Evidence, name: str) -> array[float]:
    values = judged_numbers(evidence, name)
    return array("d", (math.log2(max(v, _SMALLEST)) for v in values)) if name == "sharpness" else values
