"""Hugging Face `load_dataset("imagefolder")`, as of datasets 5.2 (packaged_modules/folder_based_builder)."""

from __future__ import annotations

from labelkit.auditing.loaders.listing import BEHIND_LINK, suffix_reason
from labelkit.auditing.loaders.split_words import Split, split_by_words
from labelkit.domain.formats import suffix
from labelkit.domain.loaders import HUGGINGFACE, NO_LABEL, LoaderView
from labelkit.domain.tree import FileEntry, FileKind, Skipped, Tree

_SUFFIXES = frozenset(
    [
        *(".apng", ".blp", ".bmp", ".bufr", ".bw", ".cur", ".dcx", ".dds", ".dib", ".emf", ".eps", ".fit", ".fits"),
        *(".flc", ".fli", ".ftc", ".ftu", ".gbr", ".gif", ".grib", ".icb", ".icns", ".ico", ".iim", ".im", ".j2c"),
        *(".j2k", ".jfif", ".jp2", ".jpc", ".jpe", ".jpeg", ".jpf", ".jpg", ".jpx", ".mpeg", ".mpg", ".msp", ".pbm"),
        *(".pcd", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".ps", ".psd", ".pxr", ".ras", ".rgb", ".rgba", ".sgi"),
        *(".tga", ".tif", ".tiff", ".vda", ".vst", ".webp", ".wmf", ".xbm", ".xpm"),
    ]
)

SPLIT_WORD = "a word for a split"
"""What the reason begins with when names decide what is read."""

_METADATA = frozenset(["metadata.csv", "metadata.jsonl", "metadata.parquet"])
"""A file of one of these names takes the labels away: its columns are read in their place."""


def huggingface(tree: Tree, _validation_split: float) -> LoaderView:
    """The folder that holds a file is its label; hidden files and folders are left out, linked folders not entered.

    There are labels only where no metadata file lies in the tree, all files are equally deep, and at least two folders
    hold images. A word such as "test" in one name makes it leave out all names without one (`split_words.py`).
    """
    linked = _behind_any_link(tree)
    split = split_by_words(f.path for f in tree.files if not _out_of_sight(f, linked))
    reasons = {f.path: why for f in tree.files if (why := _why_not(f, linked) or _why_not_in(split, f.path))}
    files = [f.path for f in tree.files if f.path not in reasons]
    fault = _fault(files, tree)
    names = sorted({_parent(path) for path in files}) if not fault else []
    index = {name: i for i, name in enumerate(names)}
    return LoaderView(
        loader=HUGGINGFACE,
        classes=tuple(names),
        files=tuple(files),
        labels=tuple(index.get(_parent(path), NO_LABEL) for path in files),
        skipped=tuple(Skipped(f.path, reasons[f.path]) for f in tree.files if f.is_image and f.path in reasons),
        fault=fault,
    )


def _why_not(file: FileEntry, linked: frozenset[str]) -> str:
    return suffix_reason(file.path) if suffix(file.path) not in _SUFFIXES else _out_of_sight(file, linked)


def _out_of_sight(file: FileEntry, linked: frozenset[str]) -> str:
    folder = file.path.rpartition("/")[0]
    if any(_hidden(step) for step in file.path.split("/")):
        return "hidden"
    if folder in linked:
        return BEHIND_LINK
    return "" if file.kind is FileKind.FILE else str(file.kind)


def _why_not_in(split: Split | None, path: str) -> str:
    if split is None or path in split.files:
        return ""
    return f"{SPLIT_WORD} in '{split.first}' makes it leave out names without one"


def _hidden(step: str) -> bool:
    return step.startswith((".", "__"))


def _behind_any_link(tree: Tree) -> frozenset[str]:
    behind: set[str] = set()
    for folder in sorted(tree.folders, key=lambda f: f.path.count("/")):
        if folder.link or folder.path.rpartition("/")[0] in behind:
            behind.add(folder.path)
    return frozenset(behind)


def _fault(files: list[str], tree: Tree) -> str:
    metadata = sorted(f.path for f in tree.files if f.path.rpartition("/")[2] in _METADATA)
    if metadata:
        return f"gives no labels: {metadata[0]} stands in their place"
    if len({path.count("/") for path in files}) > 1:
        return "gives no labels: images lie at different depths"
    if len({_parent(path) for path in files}) < 2:  # noqa: PLR2004 - one label is none
        return "gives no labels: fewer than two folders hold images"
    return ""


def _parent(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]
