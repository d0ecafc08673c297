"""A model's report: how it was judged, how it came to be, and where the pictures of its mistakes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.evaluation import Evaluation
from labelkit.domain.suspects import Suspect
from labelkit.domain.thumbnails import NoThumbnails, Thumbnails
from labelkit.domain.train_result import EpochRecord
from labelkit.domain.training import Schedule

PICTURE_SIDE = 160
"""Pixels of the longer side of a mistake's picture, at most."""


@dataclass(frozen=True, slots=True)
class FitStory:
    """How a fit went.

    Attributes:
        history: one record an epoch.
        best_epoch: the epoch whose weights were kept, from 1.
        schedule: when it would have stopped at the latest.

    """

    history: tuple[EpochRecord, ...]
    best_epoch: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class ModelReport:
    """All that the page of a model tells.

    Attributes:
        found: how it was judged, on which images.
        fit: how it was fitted, where these are the images held out of that training; None: somebody's labeled folder.
        origin: the object of its `bundle.json`: options, versions, digest of the data; empty where unknown.
        warnings: what a person should know before trusting it, beside what the figures say.
        suspects: by label, each the strangest first, with paths below the root of the evaluation; empty where there are
            none, or they were not looked for.
        thumbnails: pictures by path, relative to the root of the evaluation; of mistakes and suspects.

    """

    found: Evaluation
    fit: FitStory | None = None
    origin: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    thumbnails: Thumbnails = field(default_factory=NoThumbnails)
