"""The curves of a training as a picture."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from labelkit.domain.train_result import EpochRecord


def draw_curves(history: Sequence[EpochRecord], *, prior_cross_entropy: float, best_epoch: int) -> bytes:
    """A PNG, 1000 x 400 pixels: cross-entropy with the class shares' beside it, and accuracy, both over the epochs."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it would tell of its font cache
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [r.epoch for r in history]
    left.plot(epochs, [r.cross_entropy for r in history], label="training", linestyle="--")
    left.plot(epochs, [r.validation_cross_entropy for r in history], label="validation")
    left.axhline(prior_cross_entropy, color="gray", linestyle=":", label="class shares alone")
    left.axvline(best_epoch, color="gray", linewidth=0.5)
    left.set(title="cross-entropy (nats)", xlabel="epoch", ylim=(0, None))
    right.plot(epochs, [r.accuracy for r in history], label="training", linestyle="--")
    right.plot(epochs, [r.validation_accuracy for r in history], label="validation")
    right.axvline(best_epoch, color="gray", linewidth=0.5, label=f"kept: epoch {best_epoch}")
    right.set(title="accuracy", xlabel="epoch", ylim=(0, 1.02))
    for axes in (left, right):
        axes.legend()
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
