"""What a training ended with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from labelkit.domain.classes import ClassMap
from labelkit.domain.metrics import Metrics
from labelkit.domain.suspects import Suspects
from labelkit.domain.training import ClassMode, Schedule, TrainingOptions
from labelkit.domain.tree import Skipped


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One pass over the training images; cross-entropies in nats, accuracies 0 to 1.

    Those of the training images are as they were while it learned: of other views of them, with class weights where
    there are any, and of a network that changed under way. Those of the validation images are neither.
    """

    epoch: int
    cross_entropy: float
    accuracy: float
    validation_cross_entropy: float
    validation_accuracy: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training ended with.

    Attributes:
        bundle: path of the bundle's folder.
        latest: path that names the latest bundle from now on.
        base_dir: the folder that was learned from, as given.
        class_map: the classes, in the order of the outputs.
        options: what was asked for.
        class_mode: how labels were written.
        counts: images of each class to train and to validate: {"train": {"GO": 49, …}, "validation": …}.
        metrics: of the best epoch, on the validation images.
        history: one record an epoch.
        best_epoch: the epoch whose weights were kept, from 1.
        schedule: when it would have stopped at the latest.
        source_size: the most common (height, width) of the images on disk.
        warnings: what a person should know before trusting the model.
        skipped: images that could not be decoded and were left out (`skip_bad`).
        class_weights: what an image of each class counted for in the fit; empty where all counted the same.
        suspects: probable label errors among the images, for a person to look at.
        resumed_at: epochs that an earlier run of this training had done, which was cut off; 0 for none.
        seconds: wall time of the whole run.

    """

    bundle: str
    latest: str
    base_dir: str
    class_map: ClassMap
    options: TrainingOptions
    class_mode: ClassMode
    counts: Mapping[str, Mapping[str, int]]
    metrics: Metrics
    history: tuple[EpochRecord, ...]
    best_epoch: int
    schedule: Schedule
    source_size: tuple[int, int]
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    class_weights: tuple[float, ...] = ()
    suspects: Suspects = field(default_factory=Suspects, repr=False)
    resumed_at: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def samples(self) -> dict[str, int]:
        """How many images to train and to validate."""
        return {part: sum(counts.values()) for part, counts in self.counts.items()}

    def __str__(self) -> str:
        m = self.metrics
        return (
            f"{self.bundle}: {self.samples['train']} images to train, {self.samples['validation']} to validate; "
            f"cross-entropy {m.cross_entropy:.3f} (class shares alone {m.prior_cross_entropy:.3f}), "
            f"balanced accuracy {100 * m.balanced_accuracy:.1f} %; "
            f"{', '.join(f'index {i} = {name}' for i, name in enumerate(self.class_map.classes))}"
        )

    def _repr_html_(self) -> str:
        names = [escape(name) for name in self.class_map.classes]
        head = "".join(f"<th>said {name}</th>" for name in names)
        rows = "".join(
            f"<tr><th>really {name}</th>{''.join(f'<td>{n}</td>' for n in row)}</tr>"
            for name, row in zip(names, self.metrics.confusion, strict=True)
        )
        return f"<p>{escape(str(self))}</p><table><tr><th></th>{head}</tr>{rows}</table>"
