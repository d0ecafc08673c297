"""Hold the labels of images against a model: a process of its own, for the audit.

    python -P -m labelkit.training.asked_labels < request.json

It reads one JSON object: the bundle, how many threads may decode, and `images`, a list of [path, label]. It writes one
JSON object a line, as `OpinionLine` has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelkit.domain.bundle import BUNDLE_FILE, Prediction
from labelkit.domain.errors import LabelkitError
from labelkit.domain.label_opinion import OpinionLine
from labelkit.storage.whole_folder import resolve_pointer


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    Attributes:
        bundle: its path.
        threads: how many decode at once.
        images: (path of the file, label).

    """

    bundle: str
    threads: int
    images: Sequence[tuple[str, str]]


def answer(request: Request) -> Iterator[OpinionLine]:
    """What the model says; images whose label it has no name for are left out.

    Raises:
        UsageError: there is no such bundle.
        BundleError: it is not whole or does not fit together.
        MissingExtraError: TensorFlow is not installed.

    """
    from labelkit.training.loading import load_backend, require_packages

    load_backend("asking a model")
    require_packages("scipy")
    from labelkit.training.open_bundle import open_bundle
    from labelkit.training.predicting import predict_images

    bundle = open_bundle(request.bundle)
    classes = bundle.card.class_map.classes
    known = [(i, path) for i, (path, label) in enumerate(request.images) if label in classes]
    yield {"classes": list(classes), "data": _learned_from(request.bundle)}
    kept: list[tuple[int, Prediction]] = []
    found = predict_images(bundle, [path for _, path in known], threads=request.threads)
    for (i, _), prediction in zip(known, found, strict=True):
        kept += [] if prediction.error else [(i, prediction)]
        yield {"seen": 1}
    if kept:
        yield from _held_against(request, kept, classes)


def _held_against(
    request: Request, kept: Sequence[tuple[int, Prediction]], classes: Sequence[str]
) -> Iterator[OpinionLine]:
    from labelkit.domain.classes import ClassMap, OrderSource
    from labelkit.training.metrics import log_probabilities
    from labelkit.training.reversal import find_reversal
    from labelkit.training.suspects import label_scores, why_not_believed

    logits = np.array([p.logits for _, p in kept], np.float64)
    labels = [request.images[i][1] for i, _ in kept]
    truth = np.array([classes.index(label) for label in labels], np.intp)
    logs = log_probabilities(logits)
    scores = label_scores([(p.path, label) for (_, p), label in zip(kept, labels, strict=True)], logs, classes)
    for (i, _), score in zip(kept, scores, strict=True):
        yield {"image": i, "suggested": score.suggested, "loss": score.cross_entropy, "margin": score.margin}
    losses = np.array([score.cross_entropy for score in scores])
    prior = -np.log(np.bincount(truth)[truth] / len(truth))
    reversal = find_reversal(logits, truth, class_map=ClassMap(tuple(classes), OrderSource.DECLARED))
    yield {
        "loss": float(losses.mean()),
        "prior": float(prior.mean()),
        "accuracy": float((logs.argmax(axis=1) == truth).mean()),
        "refused": why_not_believed(logs, truth, reversal),
    }


def _learned_from(bundle: str) -> str:
    """The digest of the images that the model was made from."""
    origin = json.loads((resolve_pointer(Path(bundle)) / BUNDLE_FILE).read_text(encoding="utf-8"))
    data = origin.get("data")
    return str(data.get("sha256", "")) if isinstance(data, dict) else ""


def main() -> None:
    """Read the request, write what comes of it."""
    given = json.load(sys.stdin)
    request = Request(given["bundle"], given["threads"], [(path, label) for path, label in given["images"]])
    try:
        for line in answer(request):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    except LabelkitError as e:
        fault = {"fault": type(e).__name__, "message": e.message, "place": e.place, "remedy": e.remedy}
        sys.stdout.write(json.dumps(fault) + "\n")


if __name__ == "__main__":
    main()
