"""The tutorials' `custom_generator(file_paths, labels)`, as an ImageSequence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.classes import make_class_map
from labelkit.domain.errors import UsageError
from labelkit.training.labels import name_of_label
from labelkit.training.sequence import ImageSequence


def custom_generator(
    file_paths: Sequence[str | Path],
    labels: Sequence[str | float],
    batch_size: int = 32,
    *,
    class_names: Sequence[str] | None = None,
    **options: object,
) -> ImageSequence:
    """The tutorials' generator, done so that it has a length, an order and workers.

    Lengths are checked and paths paired with labels once, here; the lists are not touched again.

    Args:
        file_paths: image files.
        labels: class names, or score numbers (60, 100), which become the names "60", "100".
        batch_size: images a batch.
        class_names: the order of the classes; left out: numeric when every name is a number, else text order;
            the result's `class_names` shows it.
        options: as ImageSequence's own; class_mode is "binary" for two classes and "sparse" for more if not given.

    Returns:
        an ImageSequence: `for x, y in it` runs once through; `it[i]`, `len(it)`, `model.fit(it, shuffle=False)` work.

    Raises:
        UsageError: the lists differ in length, are empty, or a label is not among `class_names`.

    """
    if len(file_paths) != len(labels):
        raise UsageError(
            f"{len(file_paths)} file paths, but {len(labels)} labels", remedy="give one label for each path"
        )
    names = [name_of_label(label) for label in labels]
    order = tuple(class_names) if class_names is not None else make_class_map(sorted(set(names))).classes
    options.setdefault("class_mode", "binary" if len(order) == 2 else "sparse")  # noqa: PLR2004 - the binary case
    pairs = list(zip(file_paths, names, strict=True))
    return ImageSequence(pairs, order, batch_size=batch_size, **options)  # type: ignore[arg-type] # checked by __init__
