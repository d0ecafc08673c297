"""What a model says of the labels of an audited folder: it did not sort it, and it may be wrong itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from labelkit.domain.suspects import LabelScore, Suspects, rank_suspects

NOT_ASKED = "only with --model: a trained model says which labels it would not have given"


@dataclass(frozen=True, slots=True)
class LabelOpinion:
    """A model's answers, held against the class folders.

    Attributes:
        bundle: of the model, as given.
        scores: of every image that it looked at, by path.
        cross_entropy: of the model against the folders' labels, in nats.
        prior_cross_entropy: the same of the shares of the labels alone.
        accuracy: share of images on which model and folder agree, 0 to 1.
        refused: why the model may not be asked about these labels; empty when it may.
        strange: class folders that the model has no name for; their images were not looked at.
        by_heart: whether the model learned from these very images, so that it may know wrong labels by heart.
        digest: of everything that the model said; findings are kept by it.
        why_not: why nobody asked; empty when somebody did.

    """

    bundle: str = ""
    scores: tuple[LabelScore, ...] = field(default=(), repr=False)
    cross_entropy: float = 0.0
    prior_cross_entropy: float = 0.0
    accuracy: float = 0.0
    refused: str = ""
    strange: tuple[str, ...] = ()
    by_heart: bool = False
    digest: str = ""
    why_not: str = NOT_ASKED

    def suspects(self, classes: Sequence[str]) -> Suspects:
        """The probable label errors, ranked within each label; none where the model may not be asked."""
        return rank_suspects(self.scores, classes, why_not=self.why_not or self.refused)


class OpinionLine(TypedDict, total=False):
    """One line of the process that asks the model; which keys it has tells what it is.

    The first one has `classes` and `data` (the digest of what the model learned from); one with `seen` is a sign of
    life; one with `image` (a position in the request) speaks of that image; the last one has `prior`; and one with
    `fault` (the name of an exception) ends it all.
    """

    classes: list[str]
    data: str
    seen: int
    image: int
    suggested: str
    loss: float
    margin: float
    prior: float
    accuracy: float
    refused: str
    fault: str
    message: str
    place: str
    remedy: str
