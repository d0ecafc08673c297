"""Hashes of batches, and the process that prints them: `python -m tests.training.batches BASE_DIR FIRST EPOCHS`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from labelkit.domain.augmentation import Augmentation
from labelkit.training.augment import Views
from labelkit.training.sequence import ImageSequence

STRONG = Augmentation(shift=2, rotate=7, brightness=10, noise=3)


def make_sequence(base_dir: Path, **options: object) -> ImageSequence:
    """Shuffled and augmented batches of 20 small pictures."""
    given = {"image_size": (32, 32), "batch_size": 20, "shuffle": True, "seed": 5, "augment": Views(STRONG), **options}
    return ImageSequence.from_folder(base_dir, classes=None, **given)  # type: ignore[arg-type] # each test's own


def hash_of(batch: object) -> str:
    """SHA-256 of a batch's shapes and bytes."""
    told = hashlib.sha256()
    for array in batch if isinstance(batch, tuple) else (batch,):
        plain = np.ascontiguousarray(array)
        told.update(f"{plain.shape}{plain.dtype}".encode() + plain.tobytes())
    return told.hexdigest()


def hashes(sequence: ImageSequence, epochs: int) -> list[list[str]]:
    """The hash of every batch of the next epochs."""
    found = []
    for _ in range(epochs):
        found.append([hash_of(batch) for batch in sequence])
        sequence.on_epoch_end()
    return found


def main() -> None:
    """Print the hashes, one a line."""
    base_dir, first, epochs = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for epoch in hashes(make_sequence(base_dir, first_epoch=first), epochs):
        print("\n".join(epoch))  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    main()
