"""The label of each sample, paired with its path once: given by name, or decided by a function while it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean, one_of
from labelkit.domain.training import ClassMode
from labelkit.imaging.recipes import Pixels

Decide = Callable[[str, Pixels], str]
"""Takes a path and the image's pixels, uint8 (height, width, 3), not augmented; gives the class name."""

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Indices = np.ndarray[tuple[int], np.dtype[np.intp]]

_UNDECIDED = -1


class Labels:
    """Class indices by position.

    Args:
        names: the class name of each sample; not used with `decide`.
        class_names: the classes; their position is their index.
        mode: how labels are written.
        decide: decides each label when its image is loaded first; the answer stays.

    Raises:
        UsageError: no samples, a class twice or unknown, binary with other than two classes.

    """

    def __init__(
        self, names: Sequence[str], class_names: Sequence[str], mode: str | None, *, decide: Decide | None = None
    ) -> None:
        if not names:
            raise UsageError("there are no samples")
        if len(set(class_names)) != len(class_names):
            raise UsageError(f"a class is named twice: {', '.join(class_names)}")
        self.class_names = tuple(class_names)
        self.mode = _checked_mode(mode, self.class_names)
        self._index: Mapping[str, int] = {name: i for i, name in enumerate(self.class_names)}
        self._decide = decide
        self.indices = np.full(len(names), _UNDECIDED, np.intp) if decide else self._indices(names)

    @property
    def open(self) -> bool:
        """Whether labels may still have to be decided."""
        return self._decide is not None

    def decide(self, i: int, path: str, pixels: Pixels) -> None:
        """Decide the label of sample `i`, if that is still open.

        Raises:
            UsageError: the function gives no known class name.

        """
        if self._decide is None or self.indices[i] != _UNDECIDED:
            return
        name = self._decide(path, pixels)
        if not isinstance(name, str) or name not in self._index:
            raise UsageError(
                f"labels gives {name!r}, which is not among class_names",
                place=path,
                remedy=did_you_mean(str(name), self.class_names),
            )
        self.indices[i] = self._index[name]

    def counts(self, chosen: Indices) -> dict[str, int]:
        """How many of the chosen samples are of each class, in class order; undecided ones are not counted."""
        indices = self.indices[chosen]
        found = np.bincount(indices[indices != _UNDECIDED], minlength=len(self.class_names))
        return {name: int(n) for name, n in zip(self.class_names, found, strict=True)}

    def targets(self, chosen: Indices) -> Floats:
        """The labels of the chosen samples as the class mode writes them, float32: (n,), or (n, classes) one-hot."""
        labels = self.indices[chosen]
        if self.mode is ClassMode.CATEGORICAL:
            return np.eye(len(self.class_names), dtype=np.float32)[labels]
        return labels.astype(np.float32)

    def _indices(self, names: Sequence[str]) -> Indices:
        unknown = [name for name in names if name not in self._index]
        if unknown:
            raise UsageError(
                f"{len(unknown)} samples are of a class that is not among class_names: '{unknown[0]}'",
                remedy=did_you_mean(str(unknown[0]), self.class_names),
            )
        return np.array([self._index[name] for name in names], np.intp)


def name_of_label(label: str | float) -> str:
    """The class name of a label in a table: itself, or the score as text (60.0 is "60").

    Raises:
        UsageError: it is missing (NaN).

    """
    if isinstance(label, str):
        return label
    if label != label:  # noqa: PLR0124 - NaN is the only value that differs from itself
        raise UsageError("a label is missing (NaN)", remedy="leave images without a label out of both lists")
    return str(int(label)) if label == int(label) else str(label)


def _checked_mode(name: str | None, class_names: Sequence[str]) -> ClassMode | None:
    mode = one_of(ClassMode, name, "class mode") if name is not None else None
    if mode is ClassMode.BINARY and len(class_names) != 2:  # noqa: PLR2004 - the binary case
        raise UsageError(
            f"class_mode 'binary' speaks of two classes, but there are {len(class_names)}: {', '.join(class_names)}",
            remedy="use class_mode='sparse' or 'categorical'",
        )
    return mode
