"""What a model said of images, as a sort takes it: a label with its probability an image, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from labelkit.domain.bundle import ModelFile, Prediction

_NOT_SURE = "model not sure: "
_UNSURE = re.compile(r" [0-9.]+ < (\S+)$")


@dataclass(frozen=True, slots=True)
class PredictedLine:
    """What was said of one image.

    Attributes:
        line: its number in the file, 1 for the first; 0 where no file was read.
        path: the image as it was given to predict: absolute, or relative to the working folder of then.
        label: the class name; empty where there is none.
        probability: of that label, 0 to 1; None where it cannot be used.
        fault: why there is no label or no probability; empty when there are both.

    """

    line: int
    path: str
    label: str = ""
    probability: float | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """The predictions of one model: a file as `labelkit predict` writes it, read; or as a bundle just gave them.

    Attributes:
        path: the file, or the bundle, as told to people.
        sha256: of the bytes of the file, or of the bundle's model file; 64 hexadecimal digits.
        classes: every class that a line gives a probability of, in order of appearance.
        lines: in order.
        model: the bundle's model file, as told to people; empty where a file was read.

    """

    path: str
    sha256: str
    classes: tuple[str, ...]
    lines: tuple[PredictedLine, ...]
    model: str = ""

    @property
    def file(self) -> str:
        """The file that `sha256` is of."""
        return self.model or self.path

    def place(self, line: PredictedLine) -> str:
        """Where a line stands: `predictions.jsonl:41`; the bundle where no file was read."""
        return f"{self.path}:{line.line}" if line.line else self.path


def not_sure(label: str, probability: float, bound: float) -> str:
    """`model not sure: NG 0.74 < 0.9`; cut, not rounded, so that what is told is below the bound."""
    cut = Decimal(repr(probability)).quantize(Decimal("0.01"), ROUND_DOWN)
    return f"{_NOT_SURE}{label} {cut} < {bound:g}"


def shared_reason(why: str) -> str:
    """A reason without the probability of this image alone: `model not sure: NG under 0.9`; any other as it is."""
    return _UNSURE.sub(r" under \1", why) if why.startswith(_NOT_SURE) else why


def fresh_line(prediction: Prediction) -> PredictedLine:
    """One prediction as it comes from the model."""
    if prediction.error:
        return PredictedLine(0, prediction.path, fault=no_value(prediction.error))
    label = prediction.label
    return PredictedLine(0, prediction.path, label, (prediction.probabilities or {}).get(label))


def no_value(error: str) -> str:
    """The reason of an image on which the model has no answer."""
    return f"no value: {error}"


def fresh_predictions(model: ModelFile, classes: Iterable[str], lines: Iterable[PredictedLine]) -> PredictionsFile:
    """What a bundle just said, to be sorted by.

    Args:
        model: the bundle and its model file.
        classes: all classes of the bundle, in order.
        lines: one an image.

    """
    return PredictionsFile(model.bundle, model.sha256, tuple(classes), tuple(lines), model.path)
