"""Class names for images, in the order given: decoded by threads, judged in batches, one value an image."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from labelkit.domain.bundle import BundleCard, Prediction
from labelkit.domain.errors import ImageError
from labelkit.imaging.recipes import Pixels, read_pixels
from labelkit.training.metrics import Logits, log_probabilities
from labelkit.training.open_bundle import Bundle

BATCH_SIZE = 64
"""Images a step; the numbers do not depend on it beyond rounding."""

NOT_FINITE = "the model's answer is not a finite number"
"""The error of an image on which the model gives infinity or NaN: never a pass."""

Decoded = Pixels | ImageError


def predict_images(
    bundle: Bundle, paths: Sequence[str], *, batch_size: int = BATCH_SIZE, threads: int = 2
) -> Iterator[Prediction]:
    """One prediction for each path, in the same order; an image that cannot be decoded gives its error and no label.

    While the model looks at one batch the next one is decoded; no more than these two are held in memory.
    """
    with ThreadPoolExecutor(max(1, threads)) as pool:
        ahead: deque[tuple[Sequence[str], list[Future[Decoded]]]] = deque()
        for start in range(0, len(paths), batch_size):
            batch = paths[start : start + batch_size]
            ahead.append((batch, [pool.submit(_decoded, path, bundle.card) for path in batch]))
            if len(ahead) > 1:
                yield from _judged(bundle, *ahead.popleft())
        for batch, futures in ahead:
            yield from _judged(bundle, batch, futures)


def _decoded(path: str, card: BundleCard) -> Decoded:
    try:
        return read_pixels(path, card.recipe, card.image_size)
    except ImageError as e:
        return e


def _judged(bundle: Bundle, paths: Sequence[str], futures: Sequence[Future[Decoded]]) -> Iterator[Prediction]:
    results = [f.result() for f in futures]
    good = [r for r in results if not isinstance(r, ImageError)]
    rows = iter(bundle.logits(np.stack(good)) if good else ())
    for path, result in zip(paths, results, strict=True):
        if isinstance(result, ImageError):
            yield Prediction(path, error=result.message)
        else:
            yield prediction(path, next(rows), bundle.card)


def prediction(path: str, logits: Logits, card: BundleCard) -> Prediction:
    """What the logits of one image, shape (outputs,), say; a value that is no finite number is an error."""
    if not np.isfinite(logits).all():
        return Prediction(path, error=NOT_FINITE)
    shares = np.exp(log_probabilities(logits[np.newaxis]))[0]
    names = card.class_map.classes
    probabilities = {name: float(p) for name, p in zip(names, shares, strict=True)}
    return Prediction(path, names[int(shares.argmax())], probabilities, tuple(float(z) for z in logits))
