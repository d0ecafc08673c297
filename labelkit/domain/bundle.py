"""A bundle: a model that knows its labels and its pixels; and what it says of an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from labelkit.domain.classes import ClassMap
from labelkit.domain.recipe import Recipe
from labelkit.domain.training import ClassMode

MODEL_FILE = "model.keras"
CLASSES_FILE = "classes.json"
BUNDLE_FILE = "bundle.json"
METRICS_FILE = "metrics.json"
HISTORY_FILE = "history.csv"
CURVES_FILE = "curves.png"
REPORT_FILE = "report.html"
LATEST = "latest"
"""The name beside the bundles that stands for the last one."""


@dataclass(frozen=True, slots=True)
class BundleCard:
    """What a bundle says about itself.

    Attributes:
        class_map: the classes, in the order of the model's outputs.
        class_mode: how labels were written for the loss.
        recipe: how the bytes of an image become the pixels that it takes.
        image_size: (height, width) of the pixels that the model takes.
        learned: images of each class that it learned from, in class order; empty when the bundle does not say.

    """

    class_map: ClassMap
    class_mode: ClassMode
    recipe: Recipe
    image_size: tuple[int, int]
    learned: tuple[int, ...] = ()

    @property
    def outputs(self) -> int:
        """How many logits the model must give: one for binary, else one a class."""
        return 1 if self.class_mode is ClassMode.BINARY else len(self.class_map.classes)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Which model gave predictions, for whoever asks later.

    Attributes:
        bundle: the folder of the bundle: `runs/latest` is told as the run that it stood for.
        sha256: of its model file, 64 hexadecimal digits.

    """

    bundle: str
    sha256: str

    @property
    def path(self) -> str:
        """The model file, POSIX where the bundle is."""
        return f"{self.bundle}/{MODEL_FILE}"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one image, or why it cannot.

    Attributes:
        path: as given, or below the folder as given.
        label: the class name; empty where there is an error.
        probabilities: class name to probability, in the order of the class map.
        logits: as the model gave them: one for two classes in binary mode (of index 1), else one a class.
        error: why there is no label; empty when there is one.

    """

    path: str
    label: str = ""
    probabilities: Mapping[str, float] | None = None
    logits: tuple[float, ...] = ()
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """The contract's object for one image; `logit` is a number in binary mode, else a list in class order."""
        if self.error:
            return {"path": self.path, "error": self.error}
        logit: object = self.logits[0] if len(self.logits) == 1 else list(self.logits)
        return {
            "path": self.path,
            "label": self.label,
            "probabilities": dict(self.probabilities or {}),
            "logit": logit,
        }


@dataclass(frozen=True, slots=True)
class PredictSummary:
    """What a stream of predictions came to.

    Attributes:
        bundle: path of the bundle.
        card: classes, recipe and image size.
        counts: images that each class was given, in class order.
        failed: images with an error instead of a label.
        kept: the first predictions, as many as were asked for.

    """

    bundle: str
    card: BundleCard
    counts: Mapping[str, int]
    failed: int
    kept: tuple[Prediction, ...]

    @property
    def images(self) -> int:
        """How many images there were."""
        return sum(self.counts.values()) + self.failed


@dataclass(frozen=True, slots=True)
class Predictions(Sequence[Prediction]):
    """All predictions of one call, in the order given; reads as a list, prints as a short table.

    `labelkit.sort(..., from_predictions=...)` takes it.
    """

    bundle: str
    class_map: ClassMap
    items: tuple[Prediction, ...]
    model: ModelFile

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Prediction:  # type: ignore[override] # a slice has no use here
        return self.items[index]

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many images each class was given, in the order of the class map."""
        return {name: sum(p.label == name for p in self.items if not p.error) for name in self.class_map.classes}

    @property
    def failed(self) -> int:
        """How many images have an error instead of a label."""
        return sum(bool(p.error) for p in self.items)

    def __str__(self) -> str:
        told = [f"{name} {n}" for name, n in self.counts.items()]
        return f"{len(self)} images: {', '.join([*told, *([f'errors {self.failed}'] if self.failed else [])])}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(p.path)}</td><td>{escape(p.label or p.error)}</td></tr>" for p in self.items[:20]
        )
        return f"<p>{escape(str(self))}</p><table>{rows}</table>"
