"""Write a bundle: a model with its class map, decode recipe, metrics and origin, published as a whole."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from labelkit.domain.bundle import (
    BUNDLE_FILE,
    CLASSES_FILE,
    CURVES_FILE,
    HISTORY_FILE,
    LATEST,
    METRICS_FILE,
    MODEL_FILE,
    BundleCard,
)
from labelkit.domain.dataset import Dataset, data_digest_of
from labelkit.domain.metrics import Metrics
from labelkit.domain.train_result import EpochRecord
from labelkit.domain.training import TrainingOptions
from labelkit.imaging.recipes import read_file
from labelkit.reporting.train_curves import draw_curves
from labelkit.storage.known_models import remember
from labelkit.storage.whole_folder import point_to, published_folder
from labelkit.training.backend import keras
from labelkit.version import __version__


@dataclass(frozen=True, slots=True)
class BundleContents:
    """All that goes into one bundle; `model` takes uint8 pixels and gives logits."""

    model: keras.Model
    card: BundleCard
    metrics: Metrics
    dataset: Dataset
    started: str
    options: TrainingOptions | None = None
    history: tuple[EpochRecord, ...] = ()
    best_epoch: int = 0
    adopted: Mapping[str, object] | None = None


Beside = Callable[[Path, Mapping[str, object]], None]
"""Writes more files into the folder of a bundle, given the object of its `bundle.json`."""


def write_bundle(out: Path, run_id: str, contents: BundleContents, beside: Beside | None = None) -> Path:
    """Publish `out/<run id>` and point `out/latest` to it.

    Args:
        out: the folder of bundles; made when it is not there.
        run_id: the bundle's own folder.
        contents: what goes into it.
        beside: what is told of it, for people: pages, tables and pictures.

    Raises:
        OSError: the bundle cannot be written; then nothing of it is left.
        ImageError: an image of the set can no longer be read.

    """
    with published_folder(out, run_id) as folder:
        contents.model.save(folder / MODEL_FILE)
        card = contents.card
        _write_json(folder / CLASSES_FILE, {**card.class_map.as_json(), "class_mode": str(card.class_mode)})
        _write_json(folder / METRICS_FILE, contents.metrics.as_json())
        if contents.history:
            _write_history(folder / HISTORY_FILE, contents.history)
            (folder / CURVES_FILE).write_bytes(
                draw_curves(
                    contents.history,
                    prior_cross_entropy=contents.metrics.prior_cross_entropy,
                    best_epoch=contents.best_epoch,
                )
            )
        origin = _origin(folder, run_id, contents)
        _write_json(folder / BUNDLE_FILE, origin)
        remember(file_digest(folder / MODEL_FILE))
        if beside is not None:
            beside(folder, origin)
    point_to(out, LATEST, run_id)
    return out / run_id


def file_digest(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def data_digest(dataset: Dataset) -> str:
    """SHA-256 over the sorted samples: path, class and the SHA-256 of the content; the same wherever the folder lies.

    Raises:
        ImageError: a file cannot be read.

    """
    return data_digest_of((path, name, _content(dataset, path)) for path, name in dataset.samples)


def _content(dataset: Dataset, path: str) -> str:
    return hashlib.sha256(read_file(os.path.join(dataset.root, path))).hexdigest()  # noqa: PTH118 - bytes stay


def _origin(folder: Path, run_id: str, contents: BundleContents) -> dict[str, object]:
    names = contents.card.class_map.classes
    return {
        "schema": 1,
        "run": run_id,
        "started": contents.started,
        **contents.card.recipe.as_json(),
        "image_size": list(contents.card.image_size),
        "options": asdict(contents.options) if contents.options else None,
        "adopted": contents.adopted,
        "best_epoch": contents.best_epoch,
        "learned": dict(zip(names, contents.card.learned, strict=True)) if contents.card.learned else None,
        "data": {"images": len(contents.dataset), "sha256": data_digest(contents.dataset)},
        "versions": _versions(),
        "sha256": {name: file_digest(folder / name) for name in (MODEL_FILE, CLASSES_FILE)},
    }


def _versions() -> dict[str, str]:
    backend = str(keras.config.backend())
    found = {"labelkit": __version__, "python": platform.python_version(), "backend": backend}
    for name in ("keras", backend, "numpy", "pillow"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _write_json(path: Path, value: Mapping[str, object]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n", encoding="ascii")


def _write_history(path: Path, history: Sequence[EpochRecord]) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        rows = csv.DictWriter(f, list(asdict(history[0])))
        rows.writeheader()
        rows.writerows(asdict(record) for record in history)
