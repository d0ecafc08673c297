"""Models judged on drawn answers: every figure is reckoned as in earnest, no network is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image

from labelkit.domain.bundle import BundleCard
from labelkit.domain.classes import make_class_map
from labelkit.domain.evaluation import Costs, Evaluation, GroupScore, Mistake
from labelkit.domain.model_report import FitStory
from labelkit.domain.recipe import Recipe
from labelkit.domain.train_result import EpochRecord
from labelkit.domain.training import ClassMode, Schedule
from labelkit.training.calibration import calibrate, reliability
from labelkit.training.decision import cheapest_threshold, reject_curve
from labelkit.training.metrics import exact_interval, judge, log_probabilities


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn.

    Attributes:
        classes: names.
        images: how many.
        skill: how far the logits of the true class stand out; 0: the model knows nothing.
        only: the one class that occurs, by index.
        costs: for the cheapest line.
        groups: how many groups.
        names: the names that files get in turn.

    """

    classes: Sequence[str] = ("GO", "NG")
    images: int = 200
    skill: float = 2.0
    only: int | None = None
    costs: Costs | None = None
    groups: int = 0
    names: Sequence[str] = ("part.png",)


def judged(scene: Scene, *, seed: int = 0) -> Evaluation:
    """A model of this skill, judged."""
    rng = np.random.default_rng(seed)
    class_map = make_class_map(scene.classes)
    k = len(class_map.classes)
    truth = rng.integers(0, k, scene.images) if scene.only is None else np.full(scene.images, scene.only)
    logits = rng.normal(0, 1.5, (scene.images, k))
    logits[np.arange(scene.images), truth] += 1.8 * scene.skill
    if k == 2:
        logits = np.asarray(logits[:, 1:] - logits[:, :1])
    logs = log_probabilities(logits)
    said = logs.argmax(axis=1)
    paths = [f"{class_map.classes[t]}/{i:04} {scene.names[i % len(scene.names)]}" for i, t in enumerate(truth)]
    names = class_map.classes
    wrong = sorted((logs[i, truth[i]], i) for i in range(scene.images) if said[i] != truth[i])
    curve = cheapest = None
    if class_map.reject is not None and scene.only is None:
        index = names.index(class_map.reject)
        reject, is_reject = np.exp(logs[:, index]), (truth == index).astype(np.intp)
        curve = reject_curve(reject, is_reject, name=class_map.reject)
        cheapest = cheapest_threshold(reject, is_reject, scene.costs) if scene.costs else None
    card = BundleCard(class_map, ClassMode.BINARY if k == 2 else ClassMode.SPARSE, Recipe(), (80, 80), tuple([60] * k))
    return Evaluation(
        bundle="runs/latest",
        base_dir="base_dir",
        root="/nowhere",
        card=card,
        counts={name: int((truth == i).sum()) for i, name in enumerate(names)},
        metrics=judge(logits, truth, class_map=class_map, shares=[1 / k] * k),
        calibration=calibrate(logits, truth),
        reliability=reliability(logits, truth),
        reject_curve=curve,
        threshold=cheapest,
        groups=tuple(GroupScore(f"lot={i:03}", 9, i % 10, exact_interval(i % 10, 9), 0.5) for i in range(scene.groups)),
        mistakes=tuple(Mistake(paths[i], names[truth[i]], names[said[i]], float(np.exp(p))) for p, i in wrong),
    )


def story(epochs: int = 12, *, best: int = 7) -> FitStory:
    """Curves that begin far off, and end with a network that learns by heart."""
    losses = [(40.0 if e == 1 else 0.9 / e, 0.2 + 0.9 / e + 0.05 * max(0, e - best)) for e in range(1, epochs + 1)]
    records = [EpochRecord(e, t, 1 - t / 50, v, 1 - v / 2) for e, (t, v) in enumerate(losses, 1)]
    return FitStory(tuple(records), min(best, epochs), Schedule(epochs + 3, 5, 0))


@dataclass(frozen=True, slots=True)
class DrawnPictures:
    """A picture of every file but those named broken; remembers what it was asked for."""

    asked: list[str] = field(default_factory=list)

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path with a gray picture."""
        self.asked.extend(paths)
        out = BytesIO()
        Image.new("L", (160, 120), 90).save(out, "JPEG")
        return ((path, b"" if "broken" in path else out.getvalue()) for path in paths)
