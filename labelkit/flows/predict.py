"""`predict`: a bundle and images in, class names out, in the order given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.bundle import MODEL_FILE, BundleCard, ModelFile, Prediction, Predictions, PredictSummary
from labelkit.domain.errors import UsageError
from labelkit.flows.run import Run
from labelkit.storage.hashing import sha256_of
from labelkit.storage.whole_folder import stands_for


@dataclass(frozen=True, slots=True)
class PredictionStream:
    """Predictions as they come: how many there will be, of what classes; each is made when it is asked for."""

    bundle: str
    card: BundleCard
    images: int
    items: Iterator[Prediction]
    model: ModelFile


def predict(bundle: str | Path, paths: str | Path | Sequence[str | Path], *, run: Run | None = None) -> Predictions:
    """Say the class of each image, by name.

    Args:
        bundle: a folder that `train` wrote, such as runs/latest.
        paths: images and folders, in the order wanted; the images of a folder come sorted by path.
        run: progress and number of threads.

    Returns:
        one prediction an image; an image that cannot be decoded has an error instead of a label. To put the images into
        class folders by it: `labelkit.sort(paths, base_dir=..., from_predictions=...)`.

    Raises:
        UsageError: no such bundle, file or folder; no image at all.
        BundleError: the bundle is not whole or does not fit together.
        MissingExtraError: TensorFlow is not installed.

    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    stream = stream_predictions(bundle, given, run=run or Run())
    return Predictions(stream.bundle, stream.card.class_map, tuple(stream.items), stream.model)


def stream_predictions(bundle: str | Path, paths: Sequence[str | Path], *, run: Run) -> PredictionStream:
    """The same one by one: for more images than fit into memory, and for pipes."""
    return stream_images(bundle, _listed(paths), run=run)


def stream_images(bundle: str | Path, images: Sequence[str], *, run: Run) -> PredictionStream:
    """The predictions of images that were listed already.

    Raises:
        UsageError, BundleError, MissingExtraError: as `predict`.

    """
    from labelkit.training.loading import load_backend

    load_backend("predicting")
    from labelkit.training.open_bundle import open_bundle
    from labelkit.training.predicting import predict_images

    folder = stands_for(Path(bundle))  # once: `latest` may stand for another one a moment later
    opened = open_bundle(folder)
    items = _watched(predict_images(opened, images, threads=run.workers), run, len(images))
    model = ModelFile(folder.as_posix(), sha256_of(str(folder / MODEL_FILE)))
    return PredictionStream(os.fspath(bundle), opened.card, len(images), items, model)


def drain(
    stream: PredictionStream, sinks: Sequence[Callable[[Prediction], None]], *, keep: int | None = None
) -> PredictSummary:
    """Make every prediction, hand it to each sink, and count.

    Args:
        stream: where they come from.
        sinks: told of each prediction, in order.
        keep: how many of the first predictions the summary holds; None: all.

    """
    counts = dict.fromkeys(stream.card.class_map.classes, 0)
    failed = 0
    kept: list[Prediction] = []
    for p in stream.items:
        for sink in sinks:
            sink(p)
        if p.error:
            failed += 1
        else:
            counts[p.label] += 1
        if keep is None or len(kept) < keep:
            kept.append(p)
    return PredictSummary(stream.bundle, stream.card, counts, failed, tuple(kept))


def _listed(paths: Sequence[str | Path]) -> list[str]:
    from labelkit.storage.walk import walk

    check_there(paths)
    images: list[str] = []
    for path in paths:
        if Path(path).is_dir():
            images += [os.path.join(path, f.path) for f in walk(Path(path)).images()]  # noqa: PTH118 - bytes stay
        else:
            images.append(os.fspath(path))
    if not images:
        raise no_images(paths)
    return images


def check_there(paths: Sequence[str | Path]) -> None:
    """Hold that everything given is there.

    Raises:
        UsageError: what is not.

    """
    missing = [os.fspath(p) for p in paths if not os.path.lexists(p)]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UsageError(f"no such file or folder: {missing[0]}{more}", remedy="give images, or folders of images")


def no_images(paths: Sequence[str | Path]) -> UsageError:
    """The error of folders without any image."""
    return UsageError(f"no images in {', '.join(os.fspath(p) for p in paths)}", remedy="give images, or their folder")


def _watched(items: Iterator[Prediction], run: Run, total: int) -> Iterator[Prediction]:
    run.progress.start("predicting", total)
    for item in items:
        run.progress.advance()
        yield item
    run.progress.finish()
