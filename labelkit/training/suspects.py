"""Look at every image from time to time while a network learns: wrong labels are the ones that it learns last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError
from labelkit.domain.evaluation import Reversal
from labelkit.domain.suspects import LabelScore, Suspects, rank_suspects, why_no_suspects
from labelkit.domain.training import TrainingOptions
from labelkit.training.answers import answers
from labelkit.training.backend import keras
from labelkit.training.calibration import fit_temperature
from labelkit.training.checkpoint import Arrays
from labelkit.training.directory import KerasIterator
from labelkit.training.labels import Floats
from labelkit.training.metrics import Indices, Logits, log_probabilities
from labelkit.training.sequence import ImageSequence

MOST_LOOKS = 16
"""Each look at all images costs about a third of an epoch, as it only goes forward."""

_WARM_UP, _LONG = 2, 8
"""The first epochs of a longer training say little yet: the learning rate is still rising."""

PARTS = ("train", "validation")

_SURE = 0.05
"""Chance of telling the classes apart by luck that is accepted."""


class Source(Protocol):
    """Batches (x float32 (n, height, width, 3) in 0-1, y) in an order that never changes, without augmentation."""

    def __len__(self) -> int:
        """How many batches."""

    def __getitem__(self, index: int, /) -> tuple[Floats, Floats] | Floats:
        """One batch."""


def plain_source(
    batches: ImageSequence | KerasIterator, dataset: Dataset, *, options: TrainingOptions, threads: int
) -> ImageSequence:
    """The images behind a fit's batches, each as it is and in the order of `dataset`.

    Args:
        batches: what the fit is fed.
        dataset: the images in them.
        options: of the fit.
        threads: how many decode at once, where they must be decoded again (Keras' own iterator keeps no pixels).

    """
    if isinstance(batches, ImageSequence):
        return batches.plain()
    return ImageSequence.from_dataset(
        dataset,
        batch_size=options.batch_size,
        image_size=options.image_size,
        recipe=options.recipe,
        workers=threads,
        pack=options.pack,
    )


def look_after(epochs: int) -> tuple[int, ...]:
    """The epochs, counted from 0, after which all images are looked at: at most every other one, spread evenly.

    Evenly over the whole schedule, not over its best part: early looks tell more than late ones, which see wrong labels
    that were learned by heart (Pleiss et al. 2020, arXiv 2001.10528, average over all epochs likewise).
    """
    first = _WARM_UP if epochs > _LONG else 0
    looks = min(MOST_LOOKS, -(-(epochs - first) // 2))
    backwards = np.linspace(epochs - 1, first, looks).round().astype(int)
    return tuple(backwards[::-1].tolist())


class LossWatch(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Sums up the log-probabilities of every image over the epochs; the training itself is not touched.

    They are taken from logits in 64 bits, unweighted and unsmoothed: through probabilities the strangest images would
    tie at -log 1e-7, and a smoothed loss punishes the surest right answers.

    Args:
        core: the network that learns: floats in, logits out.
        sources: of batches; all batches of one, then those of the next.
        schedule_epochs: how many epochs the training takes at most.

    """

    def __init__(self, core: keras.Model, sources: Sequence[Source], schedule_epochs: int) -> None:
        super().__init__()
        self._core, self._sources = core, tuple(sources)
        self._after = frozenset(look_after(schedule_epochs))
        self._sum: Logits | None = None
        self._looks: list[int] = []

    @property
    def looks(self) -> tuple[int, ...]:
        """The epochs, counted from 0, after which all images were looked at."""
        return tuple(self._looks)

    @property
    def log_probabilities(self) -> Logits:
        """Mean log-probability of each class for each image, natural, float64 (n, classes), in the sources' order.

        Raises:
            DataError: no look was taken.

        """
        if self._sum is None:
            raise DataError("the training ended before its images were looked at", remedy="train for one epoch more")
        return self._sum / len(self._looks)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at all images, if it is time to; never twice after one epoch."""
        del logs
        if epoch not in self._after or epoch in self._looks:
            return
        seen = np.concatenate([self._seen(source, i) for source in self._sources for i in range(len(source))])
        self._sum = seen if self._sum is None else self._sum + seen
        self._looks.append(epoch)

    def _seen(self, source: Source, index: int) -> Logits:
        batch = source[index]
        x = batch[0] if isinstance(batch, tuple) else batch
        with np.errstate(invalid="ignore"):  # a training that diverges is told of by others
            return log_probabilities(answers(self._core, x))

    def state(self) -> Arrays:
        """All that a resumed training needs to go on with it bit for bit."""
        summed = np.empty((0, 0)) if self._sum is None else self._sum
        return {"log_probabilities": summed.copy(), "looks": np.array(self._looks, np.int64)}

    def restore(self, state: Arrays) -> None:
        """Go on where `state` was taken.

        Raises:
            DataError: it is not the state of such a watch, or tells of looks that this schedule does not take.

        """
        looks, summed = state.get("looks"), state.get("log_probabilities")
        if looks is None or summed is None or summed.ndim != 2:  # noqa: PLR2004 - images and classes
            raise DataError("this is no record of what the images looked like while training", remedy=_ANEW)
        taken = [int(epoch) for epoch in looks.tolist()]
        if not self._after.issuperset(taken) or bool(taken) != bool(summed.size):
            raise DataError("the record of the images speaks of another schedule of epochs", remedy=_ANEW)
        self._looks, self._sum = taken, summed.astype(np.float64) if taken else None


_ANEW = "train anew, without resuming"


def training_suspects(watch: LossWatch, learned: Dataset, held: Dataset) -> Suspects:
    """Probable label errors of a set, after a training that was watched.

    Where the mean answers do not surely beat the class shares on the images that were held out, none is named: those
    of a network that was at sea for much of its training say little, however good its best epoch was.

    Args:
        watch: with two sources: the images of `learned`, then those of `held`.
        learned: what was learned from.
        held: what was held out.

    """
    logs = watch.log_probabilities
    samples = [*learned.samples, *held.samples]
    if len(samples) != len(logs):
        raise DataError(f"{len(logs)} images were looked at, but the set holds {len(samples)}", remedy=_ANEW)
    parts = [PARTS[0]] * len(learned) + [PARTS[1]] * len(held)
    classes = learned.class_map.classes
    truth = np.array([classes.index(label) for _, label in held.samples], np.intp)
    why = why_not_believed(logs[len(learned) :], truth, who="the model, averaged over its training,")
    return rank_suspects(label_scores(samples, logs, classes, parts=parts), classes, why_not=why)


def why_not_believed(logs: Logits, truth: Indices, reversal: Reversal | None = None, *, who: str = "the model") -> str:
    """Why answers say nothing of labels; empty when they do: they beat the shares of the labels, and not by luck.

    Their sureness is brought to scale first by one temperature: many wrong labels make even a good model look too sure
    of itself, and its cross-entropy higher than that of the shares.

    Args:
        logs: log-probabilities (n, classes) of the answers; their means need not sum up to 1.
        truth: the labels.
        reversal: two classes that are read the wrong way round.
        who: who gave them, for the sentence.

    """
    if not np.isfinite(logs).all():
        return f"{who} gives no finite numbers"
    rows = np.arange(len(truth))
    cooled = log_probabilities(logs / (fit_temperature(logs, truth) or 1.0))[rows, truth]
    prior = -np.log((np.bincount(truth) / len(truth))[truth])
    return why_no_suspects(
        who,
        len(truth),
        float(-logs[rows, truth].mean()),
        float(prior.mean()),
        beats=bool(-cooled.mean() < prior.mean()) and _tells_apart(logs, truth) < _SURE,
        reversal=str(reversal or ""),
    )


def _tells_apart(logs: Logits, truth: Indices) -> float:
    """Chance that a model which knows nothing ranks a class this far above the others (Mann and Whitney 1947).

    Of the class that is told best, corrected for the number of classes (Bonferroni). Ranks bear wrong labels well.
    """
    from scipy.stats import mannwhitneyu

    classes = np.unique(truth)
    found = [
        float(mannwhitneyu(logs[truth == c, c], logs[truth != c, c], alternative="greater").pvalue)
        for c in classes.tolist()
        if len(classes) > 1
    ]
    return min([1.0, *(p * len(found) for p in found)])


def label_scores(
    samples: Sequence[tuple[str, str]], logs: Logits, classes: Sequence[str], *, parts: Sequence[str] = ()
) -> tuple[LabelScore, ...]:
    """How well each image fits its label.

    Args:
        samples: (path, label) of each.
        logs: log-probabilities (n, classes), natural.
        classes: the labels in the order of the columns.
        parts: of each image; left out where nobody knows.

    """
    index = {name: i for i, name in enumerate(classes)}
    given: Indices = np.array([index[label] for _, label in samples], np.intp)
    rows = np.arange(len(samples))
    others = logs.copy()
    others[rows, given] = -np.inf
    suggested = others.argmax(axis=1)
    own = logs[rows, given]
    margins = own - others[rows, suggested]
    columns = suggested.tolist(), (-own).tolist(), margins.tolist(), parts or [""] * len(samples)
    return tuple(
        LabelScore(path, label, classes[other], loss, margin, part)
        for (path, label), other, loss, margin, part in zip(samples, *columns, strict=True)
    )
