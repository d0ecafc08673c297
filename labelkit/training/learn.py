"""From a labeled set to all that a bundle holds: split, fit, wrap, judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labelkit.domain.bundle import BundleCard
from labelkit.domain.dataset import Dataset
from labelkit.domain.progress import Progress
from labelkit.domain.training import ClassMode, Schedule, TrainingOptions
from labelkit.domain.tree import Skipped
from labelkit.training.bundle import BundleContents
from labelkit.training.evaluate import evaluate
from labelkit.training.feed import make_feed
from labelkit.training.fit import fit
from labelkit.training.model import wrap_for_bytes
from labelkit.training.open_bundle import Bundle


@dataclass(frozen=True, slots=True)
class Learned:
    """What a training came to, not yet on disk.

    Attributes:
        contents: of the bundle to be written; its dataset holds the images that were really read.
        counts: images of each class to train and to validate.
        schedule: when it would have stopped at the latest.
        warnings: what a person should know before trusting the model.
        skipped: images that could not be decoded and were left out.

    """

    contents: BundleContents
    counts: Mapping[str, Mapping[str, int]]
    schedule: Schedule
    warnings: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()


def learn(
    dataset: Dataset,
    *,
    options: TrainingOptions,
    class_mode: ClassMode,
    started: str,
    progress: Progress,
    threads: int,
) -> Learned:
    """Train a network on a set and judge it on the part that was held out.

    Args:
        dataset: the labeled set.
        options: how to fit.
        class_mode: how labels are written.
        started: when, for the bundle's card.
        progress: told of images and epochs.
        threads: how many decode at once.

    Raises:
        UsageError: the set cannot be trained on so.
        ImageError: an image cannot be decoded; its path is the place.
        DataError: the training diverged.

    """
    progress.start("reading images", len(dataset))
    feed = make_feed(dataset, options=options, class_mode=class_mode, progress=progress, threads=threads)
    progress.finish()
    fitted = fit(
        feed.training,
        feed.validation,
        options=options,
        class_mode=class_mode,
        classes=len(dataset.class_map.classes),
        progress=progress,
    )
    learned = tuple(feed.learned.counts.values())
    card = BundleCard(dataset.class_map, class_mode, options.recipe, options.image_size, learned)
    model = wrap_for_bytes(fitted.core, options.image_size)
    judged = evaluate(Bundle("", card, model), feed.held, learned=feed.learned, threads=threads)
    contents = BundleContents(
        model=model,
        card=card,
        options=options,
        metrics=judged.metrics,
        history=fitted.history,
        best_epoch=fitted.best_epoch,
        dataset=dataset.part([*feed.learned.samples, *feed.held.samples]),
        started=started,
    )
    counts = {"train": feed.learned.counts, "validation": feed.held.counts}
    return Learned(contents, counts, fitted.schedule, judged.warnings, feed.skipped)
