"""What a training leaves behind: the bundle, with a page, and probable label errors to look at, for people.

Imported only once a backend is loaded: it knows what `learn` returns.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from labelkit.domain.bundle import LATEST, REPORT_FILE
from labelkit.domain.dataset import Dataset
from labelkit.domain.model_report import FitStory, ModelReport
from labelkit.domain.train_result import TrainResult
from labelkit.flows.image_thumbnails import ImageThumbnails
from labelkit.flows.run import Run
from labelkit.imaging.decode import stored_size
from labelkit.reporting.model_page import model_page
from labelkit.training.bundle import write_bundle
from labelkit.training.learn import Learned
from labelkit.training.suspects_files import write_suspects_files

_LOOKED_AT = 50
"""How many images are asked for their size on disk."""


def write_trained(learned: Learned, dataset: Dataset, *, base_dir: str, out: Path, run: Run) -> TrainResult:
    """Publish the bundle of a training as a whole, and say what it came to.

    Args:
        learned: what the training came to.
        dataset: the labeled set.
        base_dir: the folder that was learned from, as given.
        out: the folder of bundles.
        run: names the bundle; progress.

    Raises:
        OSError: the bundle cannot be written; then nothing of it is left.
        ImageError: an image of the set can no longer be read.

    """
    result = _result(learned, dataset, base_dir, out / run.id)
    found = replace(learned.judged.found, bundle=result.bundle, base_dir=base_dir)

    def for_people(folder: Path, origin: Mapping[str, object]) -> None:
        report = ModelReport(
            found,
            fit=FitStory(result.history, result.best_epoch, result.schedule),
            origin=origin,
            warnings=result.warnings,
            suspects=result.suspects.suspects,
            thumbnails=ImageThumbnails(found.root, run.workers),
        )
        (folder / REPORT_FILE).write_bytes(model_page(report, made=run.started))
        write_suspects_files(folder, result.suspects, found.root)

    run.progress.start("writing the bundle", None)
    write_bundle(out, run.id, learned.contents, for_people)
    run.progress.finish()
    return result


def _result(learned: Learned, dataset: Dataset, base_dir: str, bundle: Path) -> TrainResult:
    contents, fitted = learned.contents, learned.fitted
    assert contents.options is not None
    return TrainResult(
        bundle=str(bundle),
        latest=str(bundle.parent / LATEST),
        base_dir=base_dir,
        class_map=dataset.class_map,
        options=contents.options,
        class_mode=contents.card.class_mode,
        counts=learned.counts,
        metrics=contents.metrics,
        history=contents.history,
        best_epoch=contents.best_epoch,
        schedule=fitted.schedule,
        source_size=_usual_size(dataset),
        warnings=(*_unread(dataset, len(contents.dataset) + len(learned.skipped)), *learned.judged.warnings),
        skipped=learned.skipped,
        class_weights=fitted.class_weights,
        suspects=learned.suspects,
        resumed_at=fitted.resumed_at,
    )


def _unread(dataset: Dataset, read: int) -> list[str]:
    """Keras' loader reads by suffix, and hidden files too; a person should know that it saw another set."""
    there = len(dataset)
    if read == there:
        return []
    return [f"flow_from_directory reads {read:,} images, {there:,} are there: labelkit audit says which it skips"]


def _usual_size(dataset: Dataset) -> tuple[int, int]:
    step = max(1, len(dataset) // _LOOKED_AT)
    paths = [os.path.join(dataset.root, path) for path, _ in dataset.samples[::step]]  # noqa: PTH118 - bytes stay
    sizes = Counter(size for size in map(stored_size, paths) if size is not None)
    return sizes.most_common(1)[0][0] if sizes else (0, 0)
