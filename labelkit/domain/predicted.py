"""What a file of predictions says: one line an image, a label with its probability or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PredictedLine:
    """One line.

    Attributes:
        line: its number in the file, 1 for the first.
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
    """A file as `labelkit predict` writes it, read.

    Attributes:
        path: as given.
        sha256: of its bytes, 64 hexadecimal digits.
        classes: every class that a line gives a probability of, in order of appearance.
        lines: in order.

    """

    path: str
    sha256: str
    classes: tuple[str, ...]
    lines: tuple[PredictedLine, ...]

    def place(self, line: PredictedLine) -> str:
        """Where a line stands: `predictions.jsonl:41`."""
        return f"{self.path}:{line.line}"
