"""Find out how a foreign model reads: every order of its outputs and every range of pixels, held against labels."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from labelkit.domain.adoption import SURE, Reading, Scale, Scored
from labelkit.domain.classes import numeric_order, text_order
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import BundleError, DataError
from labelkit.imaging.recipes import read_pixels
from labelkit.training.answers import answers
from labelkit.training.backend import keras
from labelkit.training.metrics import Indices, Logits, log_probabilities

RECIPES_TRIED = ("keras-pil-nearest", "keras-pil-bilinear", "labelkit-v1")
"""What `flow_from_directory` does, what comes nearest to `image_dataset_from_directory`, and the mean of all pixels."""

BATCH = 64

PLAUSIBLE = (1.0, 30.0)
"""Median lead in logits of a trained classifier: e to 1 is hardly sure; sigmoid in 32 bits is flat from 17 on."""

_TWO = 2
_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Foreign:
    """A model from somewhere else, made to give logits.

    Attributes:
        core: takes floats (n, height, width, 3), gives logits (n, outputs).
        image_size: (height, width).
        outputs: how many.

    """

    core: keras.Model
    image_size: tuple[int, int]
    outputs: int


def look_at(model: keras.Model, path: str, *, classes: int) -> Foreign:
    """What a model takes and gives.

    Raises:
        BundleError: it is no classifier of pictures in colour, or has another number of outputs than there are classes.

    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise BundleError("the model must have one input and one output", place=path)
    taken, given = model.inputs[0].shape, model.outputs[0].shape
    if len(taken) != 4 or taken[-1] != _CHANNELS or None in taken[1:]:  # noqa: PLR2004 - images, height, width, colours
        raise BundleError(
            f"the model takes {tuple(taken)}; pictures (any number, height, width, 3) are expected", place=path
        )
    outputs = given[-1]
    if len(given) != _TWO or (outputs != classes and (outputs, classes) != (1, _TWO)):
        raise BundleError(f"the model gives {tuple(given)}, but there are {classes} classes", place=path)
    return Foreign(_with_logits(model), (taken[1], taken[2]), outputs)


def _with_logits(model: keras.Model) -> keras.Model:
    """The same model without its last sigmoid or softmax; probabilities hide how sure a model is beyond 1e-7."""
    last = model.layers[-1]
    name = getattr(getattr(last, "activation", None), "__name__", "linear")
    if isinstance(last, keras.layers.Softmax):
        name = "softmax"
    if name == "linear":
        return model
    if name not in {"sigmoid", "softmax"}:
        raise BundleError(f"the model ends with '{name}'; sigmoid, softmax or plain logits are expected")
    if isinstance(last, (keras.layers.Softmax, keras.layers.Activation)):
        return keras.Model(model.inputs, last.input)
    plain = last.__class__.from_config({**last.get_config(), "activation": "linear", "name": "logits"})
    whole = keras.Model(model.inputs, plain(last.input))
    plain.set_weights(last.get_weights())
    return whole


def orders(names: Sequence[str], recorded: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The orders that somebody may have trained with: by text, by value, as recorded, and each the other way round."""
    found = [text_order(names), numeric_order(names), tuple(recorded)]
    kept = [order for order in found if order]
    return tuple(dict.fromkeys([*kept, *(order[::-1] for order in kept)]))


def taken_evenly(dataset: Dataset, most: int) -> Dataset:
    """At most so many images, evenly over the sorted samples of each class."""
    if len(dataset) <= most:
        return dataset
    keep = most / len(dataset)
    kept = []
    for name in dataset.class_map.classes:
        own = [s for s in dataset.samples if s[1] == name]
        wanted = min(len(own), max(1, math.ceil(keep * len(own))))
        kept += [own[int(i)] for i in np.linspace(0, len(own) - 1, wanted).round()]
    return dataset.part(sorted(kept))


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried: orders of the outputs, and ranges of pixels."""

    orders: tuple[tuple[str, ...], ...]
    scales: tuple[Scale, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A reading held against every image: the loss of each in nats, and the logits, in the reading's order."""

    reading: Reading
    losses: Logits
    logits: Logits
    truth: Indices

    @property
    def cross_entropy(self) -> float:
        """Mean loss; infinite where the model gives no finite number."""
        mean = float(self.losses.mean())
        return mean if math.isfinite(mean) else math.inf

    @property
    def right(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which images are said rightly."""
        return np.asarray(log_probabilities(self.logits).argmax(axis=1) == self.truth)

    @property
    def implausible(self) -> float:
        """How far the model is from being as sure as one that learned by cross-entropy is: 0, or a logarithm.

        Fed numbers 255 times as large, a network of rectifiers answers alike and 255 times as surely; where it is right
        on every image that even lowers the cross-entropy. But no training drives logits there: their gradient is gone
        long before. So the median lead of the first class over the second is held against `PLAUSIBLE`.
        """
        lead = self.logits if self.logits.shape[1] == 1 else np.diff(np.sort(self.logits, axis=1)[:, -2:], axis=1)
        median = max(float(np.median(np.abs(lead))), 1e-9)
        return max(0.0, math.log(PLAUSIBLE[0] / median), math.log(median / PLAUSIBLE[1]))

    def against(self, best: Trial) -> Scored:
        """This reading beside the best, image by image: a set of hard images does not blur which one is better."""
        p = 1.0 if self is best else chance(self.losses - best.losses)
        return Scored(self.reading, self.cross_entropy, float(self.right.mean()), p)


def try_readings(
    foreign: Foreign, dataset: Dataset, tried: Tried, *, threads: int, advance: Callable[[], None]
) -> tuple[Trial, ...]:
    """Every reading held against every image, the lowest cross-entropy first; of equal ones, Keras' default."""
    trials = []
    for recipe in RECIPES_TRIED:
        given = _given(foreign, dataset, (recipe, tried.scales), threads=threads, advance=advance)
        for scale, logits in given.items():
            for classes in tried.orders:
                truth = np.array([classes.index(name) for _, name in dataset.samples], np.intp)
                losses = -log_probabilities(logits)[np.arange(len(truth)), truth]
                trials.append(Trial(Reading(classes, scale, recipe), losses, logits, truth))
    return tuple(sorted(trials, key=lambda t: (t.cross_entropy, RECIPES_TRIED.index(t.reading.recipe))))


def _given(
    foreign: Foreign,
    dataset: Dataset,
    fed_as: tuple[str, Sequence[Scale]],
    *,
    threads: int,
    advance: Callable[[], None],
) -> dict[Scale, Logits]:
    """The logits of every image for each range of numbers; each image is decoded once."""
    paths = [os.path.join(dataset.root, path) for path, _ in dataset.samples]  # noqa: PTH118 - bytes stay
    recipe, scales = fed_as
    found: dict[Scale, list[Logits]] = {scale: [] for scale in scales}
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for start in range(0, len(paths), BATCH):
            batch = list(pool.map(lambda p: read_pixels(p, recipe, foreign.image_size), paths[start : start + BATCH]))
            pixels = np.stack(batch).astype(np.float32)
            for scale in scales:
                fed = pixels * np.float32(scale.factor) + np.float32(scale.offset)
                found[scale].append(answers(foreign.core, fed))
            for _ in batch:
                advance()
    return {scale: np.concatenate(parts) for scale, parts in found.items()}


def chance(differences: Logits) -> float:
    """One-sided chance that a mean this far above 0 comes about by luck (paired z-test, normal approximation)."""
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    mean = float(differences.mean())
    if not math.isfinite(mean):
        return 0.0
    if spread == 0:
        return 0.5 if mean <= 0 else 0.0
    return 0.5 * math.erfc(mean / spread * math.sqrt(len(differences) / 2))


def chosen(trials: Sequence[Trial]) -> Trial:
    """The reading that fits; none that luck may have chosen.

    It must be surely better than the class shares alone, and than the best of every other order. Of ranges of pixels
    under which the model is right on the same images the one is taken with which it is as sure as models are; of the
    ways of resizing the better one, for many models hardly differ there.

    Raises:
        DataError: no reading is surely better, or two are alike.

    """
    first = trials[0]
    prior = prior_losses(first)
    fitting = [t for t in trials if chance(prior - t.losses) < SURE]
    if not fitting:
        raise DataError(
            f"no reading of this model fits these images: the best has a cross-entropy of {first.cross_entropy:.3f}, "
            f"the class shares alone {float(prior.mean()):.3f}",
            remedy="is it trained, and on images like these? more labeled images make weak models tell apart",
        )
    best = min(fitting, key=lambda t: (not _as_right(t, fitting[0]), t.implausible, t.cross_entropy))
    for other in fitting:
        if _alike(other, best):
            raise DataError(
                f"two readings fit alike: {best.reading} ({best.cross_entropy:.3f}), and "
                f"{other.reading} ({other.cross_entropy:.3f})",
                remedy="give more labeled images; --classes A,B and --pixels RANGE say what is known",
            )
    return best


def _as_right(trial: Trial, best: Trial) -> bool:
    """Whether a reading has the order of the best one and is not surely right less often."""
    fewer = best.right.astype(np.float64) - trial.right
    return trial.reading.classes == best.reading.classes and not chance(fewer) < SURE


def _alike(other: Trial, best: Trial) -> bool:
    """Whether another order or range cannot be told from the best reading."""
    if other.reading.classes != best.reading.classes:
        return not chance(other.losses - best.losses) < SURE
    if other.reading.scale is best.reading.scale or other.implausible > best.implausible:
        return False
    return not chance(other.losses - best.losses) < SURE


def prior_losses(best: Trial) -> Logits:
    """The loss of each image for someone who knows the class shares only."""
    shares = np.bincount(best.truth, minlength=len(best.reading.classes)) / len(best.truth)
    return np.asarray(-np.log(shares[best.truth]))


def wrap(foreign: Foreign, scale: Scale) -> keras.Model:
    """A model of uint8 pixels (n, height, width, 3) to logits (n, outputs)."""
    pixels = keras.Input(shape=(*foreign.image_size, 3), dtype="uint8", name="pixels_uint8")
    scaled = keras.layers.Rescaling(scale.factor, offset=scale.offset, name="scale")(pixels)
    return keras.Model(pixels, foreign.core(scaled), name="labelkit")
