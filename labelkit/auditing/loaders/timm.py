"""timm's folder reader, as of 1.0.31 (timm/data/readers/reader_image_folder.py)."""

from __future__ import annotations

from labelkit.auditing.loaders.listing import suffix_reason
from labelkit.auditing.loaders.natural import natural_key
from labelkit.domain.formats import suffix
from labelkit.domain.loaders import TIMM, LoaderView
from labelkit.domain.tree import Skipped, Tree

_SUFFIXES = frozenset([".png", ".jpg", ".jpeg"])


def timm(tree: Tree, _validation_split: float) -> LoaderView:
    """The innermost folder's name is the label, in natural order; folders without images are no classes.

    Files directly in the root get the label "". Where two names are equal but for case, timm's own order is left to
    chance; text order stands here.
    """
    taken = [f.path for f in tree.files if suffix(f.path) in _SUFFIXES]
    classes = sorted({_leaf(path) for path in taken}, key=lambda name: (natural_key(name), name))
    index = {name: i for i, name in enumerate(classes)}
    files = sorted(taken, key=natural_key)  # equal ones stay in the order of the tree
    return LoaderView(
        loader=TIMM,
        classes=tuple(classes),
        files=tuple(files),
        labels=tuple(index[_leaf(path)] for path in files),
        skipped=tuple(
            Skipped(f.path, suffix_reason(f.path)) for f in tree.files if f.is_image and suffix(f.path) not in _SUFFIXES
        ),
        fault="" if taken else "refuses a folder without images",
    )


def _leaf(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]
