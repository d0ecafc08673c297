"""What training is asked for, and what it is fed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labelkit.domain.augmentation import DEFAULT_AUGMENTATION, Augmentation
from labelkit.domain.classes import ClassMap
from labelkit.domain.errors import UsageError
from labelkit.domain.recipe import Recipe


class Loader(StrEnum):
    """Who feeds the network."""

    GENERATOR = "generator"
    FLOW_FROM_DIRECTORY = "flow_from_directory"

    @property
    def recipe(self) -> Recipe:
        """The decode recipe that gives the very pixels this loader feeds, unless told otherwise."""
        return Recipe() if self is Loader.GENERATOR else Recipe("keras-pil-nearest")


class ClassMode(StrEnum):
    """How labels are written for the loss, in Keras' words."""

    BINARY = "binary"
    CATEGORICAL = "categorical"
    SPARSE = "sparse"


class ClassWeighting(StrEnum):
    """Whether an image of a rare class counts more in the fit."""

    AUTO = "auto"
    BALANCED = "balanced"
    NONE = "none"


RATE, GENTLE_RATE = 1e-3, 1e-4
"""The highest learning rate of Adam: from nothing, and from weights that were learned elsewhere."""

NO_WEIGHTS = "none"
"""The network begins from nothing."""

EPOCHS = 32
"""Passes, unless told otherwise."""

LEAST_STEPS = 480
"""A small set gets more passes, until the network has taken so many steps: 32 passes over 480 images in batches of 32.

Measured on the drawn sample parts: the validation cross-entropy stays at the prior's for 120 to 200 steps and then
falls, whatever the size of the set (`benchmarks/sample_training.py`).
"""

_PLATEAU = 24 / 32
"""Share of the schedule before which training is not stopped early: the plateau above would end it.

On 75 drawn parts some seeds leave it only while the learning rate falls (epochs 131 to 142 of 160).
"""

_PATIENCE = 8 / 32
"""Share of the schedule without a better validation cross-entropy after which it is stopped."""

LEAST_SIDE = 16
"""Pixels: a network that halves a picture four times needs so many."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a fit stops.

    Attributes:
        epochs: at most so many passes.
        patience: stop after so many epochs without a lower validation cross-entropy...
        start_from: ...but not before this epoch, counted from 0.

    """

    epochs: int
    patience: int
    start_from: int


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a network is fitted.

    Attributes:
        loader: who feeds the network.
        class_mode: how labels are written; None: binary for two classes, sparse for more.
        image_size: (height, width) in pixels that the network sees.
        batch_size: images a step.
        epochs: at most so many passes; None: `EPOCHS`, and more for small sets.
        patience: stop after so many epochs without a lower validation cross-entropy; None: a quarter of the epochs.
        learning_rate: the highest; warmed up over two epochs, then lowered along a cosine; None: `RATE`, or
            `GENTLE_RATE` where the network brings weights.
        validation_split: share of each class that is held out, above 0 and below 1.
        network: name of the network.
        weights: what a network of keras.applications begins from: "none", "imagenet" or the path of a file.
        class_weights: whether an image of a rare class counts more in the fit; probabilities are corrected for it.
        seed: of weights, order, augmentation and split.
        augment: which other views of the training images are shown.
        decode: how bytes become pixels; None: the loader's own recipe.
        average_views: whether the bundle answers by the mean over the mirrored and turned views that `augment` draws.
        skip_bad: so many images that cannot be decoded are left out; one more ends the training.
        pack: whether decoded pixels are kept in the user's cache folder.

    """

    loader: Loader = Loader.GENERATOR
    class_mode: ClassMode | None = None
    image_size: tuple[int, int] = (80, 80)
    batch_size: int = 32
    epochs: int | None = None
    patience: int | None = None
    learning_rate: float | None = None
    validation_split: float = 0.2
    network: str = "small"
    weights: str = NO_WEIGHTS
    class_weights: ClassWeighting = ClassWeighting.AUTO
    seed: int = 0
    augment: Augmentation = DEFAULT_AUGMENTATION
    average_views: bool = False
    decode: Recipe | None = None
    skip_bad: int = 0
    pack: bool = True

    @property
    def recipe(self) -> Recipe:
        """How bytes become pixels, in training and whenever the model is asked."""
        return self.decode or self.loader.recipe

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        return self.learning_rate or (RATE if self.weights == NO_WEIGHTS else GENTLE_RATE)

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise UsageError(faults[0], remedy="\n".join(faults[1:]))

    def schedule(self, steps: int) -> Schedule:
        """When to stop, for a set that takes so many steps an epoch."""
        epochs = self.epochs or max(EPOCHS, math.ceil(LEAST_STEPS / max(1, steps)))
        return Schedule(
            epochs=epochs,
            patience=self.patience or max(1, round(_PATIENCE * epochs)),
            start_from=round(_PLATEAU * epochs),
        )

    def mode_for(self, class_map: ClassMap) -> ClassMode:
        """The class mode for these classes; binary speaks of two classes and is refused for any other number.

        Raises:
            UsageError: binary with other than two classes.

        """
        two = class_map.positive is not None
        if self.class_mode is None:
            return ClassMode.BINARY if two else ClassMode.SPARSE
        if self.class_mode is ClassMode.BINARY and not two:
            raise UsageError(
                f"--class-mode binary speaks of two classes, but there are {len(class_map.classes)}: "
                f"{', '.join(class_map.classes)}",
                remedy="use --class-mode sparse or categorical",
            )
        return self.class_mode


def _faults(options: TrainingOptions) -> Sequence[str]:
    least = {"batch_size": 1, "epochs": 1, "patience": 1, "seed": 0, "skip_bad": 0}
    given = {name: getattr(options, name) for name in least}
    faults = [
        f"{name} must be at least {n}" for name, n in least.items() if given[name] is not None and given[name] < n
    ]
    if not 0 < options.validation_split < 1:
        faults.append(f"validation_split must lie between 0 and 1, not {options.validation_split:g}")
    if options.average_views and not (options.augment.flip or options.augment.turn):
        faults.append(f"--average-views needs flip or turn in --augment; with {options.augment} there is one view")
    faults += _loader_faults(options)
    if min(options.image_size) < LEAST_SIDE:
        height, width = options.image_size
        faults.append(f"image_size must be at least {LEAST_SIDE} x {LEAST_SIDE} pixels, not {height} x {width}")
    return faults


def _loader_faults(options: TrainingOptions) -> Iterator[str]:
    """What Keras' own loader cannot do."""
    if options.loader is not Loader.FLOW_FROM_DIRECTORY:
        return
    if not options.recipe.interpolation:
        yield f"--loader flow_from_directory decodes as Keras does; its recipes are keras-pil-..., not {options.recipe}"
    if options.skip_bad:
        yield "--loader flow_from_directory cannot skip images; use --loader generator with --skip-bad"
