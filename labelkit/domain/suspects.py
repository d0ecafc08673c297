"""Probable label errors: images whose class folder a model contradicts, for a person to look at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

SUSPECTS_FILE = "suspects.csv"
SHEET_FILE = "suspects.png"

COLUMNS = ("file", "label", "suggested", "cross_entropy", "margin", "part", "rank", "verdict")
"""Of `suspects.csv`; `verdict` is empty, for a person to fill in."""

SURE = 0.9
"""A probability of the other class that is enough, whatever the model usually gives it; a sort by predictions too."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one image fits the class that it is said to be.

    Attributes:
        path: POSIX path relative to the folder that was learned from.
        label: the class it is said to be.
        suggested: the class that the model favours of all others.
        cross_entropy: -log p(label) in nats, the mean over the looks that the model took; the higher the stranger.
        margin: log p(label) - log p(suggested), means too; below 0 the model favours the other class.
        part: "train" or "validation": whether the model learned from it; empty where nobody knows.

    """

    path: str
    label: str
    suggested: str
    cross_entropy: float
    margin: float
    part: str = ""

    @property
    def probability_of_suggested(self) -> float:
        """What the model gives to the other class, 0 to 1."""
        return math.exp(-self.cross_entropy - self.margin)


@dataclass(frozen=True, slots=True)
class Suspect(LabelScore):
    """An image whose label is probably wrong.

    Attributes:
        rank: its place among the suspects of its label, 1 for the highest cross-entropy.

    """

    rank: int = 0

    @property
    def told(self) -> str:
        """`GO, rather NG?`."""
        return f"{self.label}, rather {self.suggested}?"


@dataclass(frozen=True, slots=True)
class Suspects:
    """What a model says of the labels of a set.

    Attributes:
        suspects: the images whose mean answer surely favours another class, by label in class order, then by rank.
        scores: of every image that was looked at, suspect or not.
        why_not: why no image is named although they were looked at; empty when the model may be asked.

    """

    suspects: tuple[Suspect, ...] = ()
    scores: tuple[LabelScore, ...] = ()
    why_not: str = ""

    @property
    def by_label(self) -> Mapping[str, tuple[Suspect, ...]]:
        """Label to its suspects, worst first; labels without any are not in it."""
        found: dict[str, list[Suspect]] = defaultdict(list)
        for suspect in self.suspects:
            found[suspect.label].append(suspect)
        return {label: tuple(some) for label, some in found.items()}

    def __str__(self) -> str:
        if self.why_not:
            return f"no label is called wrong: {self.why_not}"
        if not self.suspects:
            return f"no probable label errors among {len(self.scores):,} images"
        counts = ", ".join(f"{label} {len(some):,}" for label, some in self.by_label.items())
        noun = "probable label error" if len(self.suspects) == 1 else "probable label errors"
        return f"{len(self.suspects):,} {noun} among {len(self.scores):,} images ({counts})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(s.path)}</td><td>{escape(s.told)}</td><td>{s.cross_entropy:.2f}</td></tr>"
            for s in self.suspects[:20]
        )
        return f"<p>{escape(str(self))}</p><table>{rows}</table>"


def rank_suspects(scores: Sequence[LabelScore], classes: Sequence[str], *, why_not: str = "") -> Suspects:
    """Name the images whose label the model surely contradicts, ranked within each label.

    Surely: it favours another class, and gives it at least what it gives, on average, to images that are labeled so
    (the confident joint of Northcutt, Jiang and Chuang, Confident Learning, JAIR 2021), or `SURE`. Without it a model
    that leans to one class would call half of the other wrong; without `SURE` one that is nearly certain of everything
    would be held to its last decimals.

    Within, not over all: the rarer class has the higher cross-entropies, and would fill one common list (measured on
    made sets with one image in ten of the rarer class).

    Args:
        scores: of every image.
        classes: the labels, in class order.
        why_not: why the model may not be asked; then none is named.

    """
    if why_not:
        return Suspects(scores=tuple(scores), why_not=why_not)
    usual = {label: _usual_probability([s for s in scores if s.label == label]) for label in classes}
    named = []
    for label in classes:
        odd = [
            s
            for s in scores
            if s.label == label and s.margin < 0 and s.probability_of_suggested >= usual.get(s.suggested, 0)
        ]
        odd.sort(key=lambda s: (-s.cross_entropy, s.path))
        named += [Suspect(**asdict(score), rank=rank) for rank, score in enumerate(odd, 1)]
    return Suspects(tuple(named), tuple(scores))


def _usual_probability(labeled: Sequence[LabelScore]) -> float:
    """What the model gives to a class, on average over the images that are labeled so, at most `SURE`; 0 for none."""
    mean = sum(math.exp(-s.cross_entropy) for s in labeled) / len(labeled) if labeled else 0.0
    return min(mean, SURE)


def why_no_suspects(
    who: str, images: int, cross_entropy: float, prior: float, *, beats: bool, reversal: str = ""
) -> str:
    """Why a model may not be asked about labels; empty when it may.

    Args:
        who: the model, as the sentence begins.
        images: on how many images it was judged.
        cross_entropy: of its answers on these, in nats.
        prior: the same of the class shares alone.
        beats: whether it is surely better than these.
        reversal: two classes that it reads the wrong way round, told; empty for none.

    """
    if reversal:
        return f"{reversal}, so it would call the right labels wrong"
    if not beats:
        return (
            f"{who} does not surely beat the class shares on {images:,} images (cross-entropy {cross_entropy:.3f}, "
            f"theirs {prior:.3f}), so it cannot tell a wrong label from a hard image"
        )
    return ""
