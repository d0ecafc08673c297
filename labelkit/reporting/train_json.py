"""A training as the contract's JSON object."""

from __future__ import annotations

from labelkit.domain.train_result import TrainResult


def train_json(result: TrainResult) -> dict[str, object]:
    """The object of `labelkit train --json`; seconds only under `timing`."""
    return {
        "schema": 1,
        "bundle": result.bundle,
        "class_map": result.class_map.as_json(),
        "class_mode": str(result.class_mode),
        "loader": str(result.options.loader),
        "samples": result.samples,
        "samples_by_class": {part: dict(counts) for part, counts in result.counts.items()},
        "metrics": result.metrics.as_json(),
        "epochs": {"run": len(result.history), "best": result.best_epoch, "most": result.schedule.epochs},
        "pixels": {**result.options.recipe.as_json(), "image_size": list(result.options.image_size)},
        "augment": str(result.options.augment),
        "network": {"name": result.options.network, "weights": result.options.weights},
        "class_weights": dict(zip(result.class_map.classes, result.class_weights, strict=False)),
        "suspects": {label: len(some) for label, some in result.suspects.by_label.items()},
        "resumed_at": result.resumed_at,
        "skipped": [{"path": s.path, "why": s.reason} for s in result.skipped],
        "warnings": list(result.warnings),
        "timing": {"seconds": round(result.seconds, 3)},
    }
