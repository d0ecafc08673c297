"""From a labeled set to all that a bundle holds: split, fit, wrap, judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labelkit.domain.bundle import BundleCard
from labelkit.domain.dataset import Dataset
from labelkit.domain.progress import Progress
from labelkit.domain.suspects import Suspects
from labelkit.domain.training import ClassMode, Loader, TrainingOptions
from labelkit.domain.tree import Skipped
from labelkit.training.bundle import BundleContents
from labelkit.training.checkpoint import Checkpoints, epochs_done
from labelkit.training.evaluate import Judged, evaluate
from labelkit.training.feed import Feed, make_feed
from labelkit.training.fit import Fitted, Goal, GoOn, fit
from labelkit.training.model import PLAIN, views_of, wrap_for_bytes
from labelkit.training.open_bundle import Bundle
from labelkit.training.suspects import plain_source, training_suspects


@dataclass(frozen=True, slots=True)
class Learned:
    """What a training came to, not yet on disk.

    Attributes:
        contents: of the bundle to be written; its dataset holds the images that were really read.
        counts: images of each class to train and to validate.
        fitted: how the network got there.
        judged: the model on the images that were held out.
        suspects: probable label errors.
        skipped: images that could not be decoded and were left out.

    """

    contents: BundleContents
    counts: Mapping[str, Mapping[str, int]]
    fitted: Fitted
    judged: Judged
    suspects: Suspects
    skipped: tuple[Skipped, ...]


def learn(
    dataset: Dataset,
    *,
    options: TrainingOptions,
    class_mode: ClassMode,
    started: str,
    progress: Progress,
    threads: int,
    keep: Checkpoints,
) -> Learned:
    """Train a network on a set and judge it on the part that was held out.

    Args:
        dataset: the labeled set.
        options: how to fit.
        class_mode: how labels are written.
        started: when, for the bundle's card.
        progress: told of images and epochs.
        threads: how many decode at once.
        keep: where it is written down how far the fit has come; Keras' own iterator forgets where it was, so with it
            nothing is written.

    Raises:
        UsageError: the set cannot be trained on so.
        ImageError: an image cannot be decoded; its path is the place.
        DataError: the training diverged.

    """
    go_on = GoOn(keep, keep.load()) if options.loader is Loader.GENERATOR else None
    done = epochs_done(go_on.done) if go_on else 0
    progress.start("reading images", len(dataset))
    feed = make_feed(
        dataset, options=options, class_mode=class_mode, progress=progress, threads=threads, first_epoch=done
    )
    progress.finish()
    if done:
        progress.note(f"goes on after epoch {done}, where this training was cut off (--fresh begins anew)")
    fitted = fit(
        feed.training,
        feed.validation,
        goal=Goal(options, class_mode, tuple(feed.learned.counts.values())),
        progress=progress,
        watched=[
            plain_source(feed.training, feed.learned, options=options, threads=threads),
            plain_source(feed.validation, feed.held, options=options, threads=threads),
        ],
        go_on=go_on,
    )
    return _judged(dataset, feed, fitted, options=options, class_mode=class_mode, started=started, threads=threads)


def _judged(
    dataset: Dataset,
    feed: Feed,
    fitted: Fitted,
    *,
    options: TrainingOptions,
    class_mode: ClassMode,
    started: str,
    threads: int,
) -> Learned:
    learned = tuple(feed.learned.counts.values())
    card = BundleCard(dataset.class_map, class_mode, options.recipe, options.image_size, learned)
    views = views_of(options.augment, options.image_size) if options.average_views else PLAIN
    model = wrap_for_bytes(fitted.core, options.image_size, views=views)
    judged = evaluate(Bundle("", card, model), feed.held, learned=feed.learned, threads=threads)
    suspects = training_suspects(fitted.watch, feed.learned, feed.held)
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
    return Learned(contents, counts, fitted, judged, suspects, feed.skipped)
