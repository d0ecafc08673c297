"""torchvision's `ImageFolder`, as of 0.29 (torchvision/datasets/folder.py)."""

from __future__ import annotations

from dataclasses import replace

from labelkit.auditing.loaders.listing import by_class_folder
from labelkit.domain.loaders import TORCHVISION, LoaderView
from labelkit.domain.tree import Tree

_ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def torchvision(tree: Tree, _validation_split: float) -> LoaderView:
    """Every folder below the root is a class; linked folders are entered; a class without images is refused."""
    view = by_class_folder(
        TORCHVISION,
        tree,
        classes=tree.top_folders(),
        takes=lambda name: name.lower().endswith(_ENDINGS),
        follow_links=True,
    )
    return replace(view, fault=_fault(view))


def _fault(view: LoaderView) -> str:
    if not view.classes:
        return "refuses a folder without class folders"
    empty = [name for name, images in view.counts().items() if not images]
    return f"refuses classes without images: {', '.join(empty)}" if empty else ""
