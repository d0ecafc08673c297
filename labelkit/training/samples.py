"""What a person hands over to be loaded: paths with their class names, checked once at the door."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.errors import ImageError, UsageError


def warn(line: str) -> None:
    """Tell a person who called from a script of their own."""
    warnings.warn(line, RuntimeWarning, stacklevel=2)


def at_least_one(batch_size: int) -> int:
    """The batch size; UsageError when it is below 1."""
    if batch_size < 1:
        raise UsageError(f"batch_size must be at least 1, not {batch_size}")
    return batch_size


def paired(
    samples: Sequence[tuple[str | Path, str]] | Sequence[str | Path], *, given: bool
) -> tuple[Sequence[str | Path], Sequence[str]]:
    """Paths and class names; no names where a function decides them."""
    pairs = [s if isinstance(s, tuple) else (s, None) for s in samples]
    unlabeled = [path for path, name in pairs if name is None]
    if given and unlabeled:
        raise UsageError(
            f"no class name is given for {unlabeled[0]}", remedy="give (path, class name) pairs, or labels="
        )
    return [path for path, _ in pairs], ["" if name is None else name for _, name in pairs]


def refuse_missing(paths: Sequence[str]) -> None:
    """Raise ImageError when a file is not there; the first that is not is the place."""
    missing = [path for path in paths if not os.path.isfile(path)]  # noqa: PTH113 - millions of plain strings
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise ImageError(f"there is no such file{more}", place=missing[0])
