"""Init: look at a person's own folder and table, and propose settings and a first rule; or write out the sample."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.proposal import ImagesSight, InitResult, RowsSight
from labelkit.domain.toml_text import toml_table
from labelkit.flows.init_look import class_folders, images_sight, rows_sight
from labelkit.flows.sort_judge import MISSING_SHARE
from labelkit.flows.sort_scene import Scene, see
from labelkit.flows.table_reading import TableReading, read_table
from labelkit.sorting.first_rule import propose_rule
from labelkit.storage.demo import demo_files, in_the_way
from labelkit.storage.new_files import write_new
from labelkit.storage.settings_file import find_settings

_SETTINGS = "labelkit.toml"
_RULE = "rules/first.toml"
_BASE_DIR = "base_dir"
_HEAD = "# Settings of labelkit for this folder. A flag beats them; paths are relative to this file.\n\n"
_DEMO = {"source": "sample_data/raw", "metadata": "sample_data/metadata.csv", "base_dir": _BASE_DIR}
_NAMED_IN_THE_WAY = 3
_CLASSES_LISTED = 8


def init_demo(folder: Path) -> InitResult:
    """Write the sample set, rules and settings into an empty folder.

    Raises:
        UsageError: the folder is not empty.
        StorageError: the system refused; nothing is left behind.

    """
    there = in_the_way(str(folder))
    if there:
        more = len(there) - _NAMED_IN_THE_WAY
        listed = ", ".join(there[:_NAMED_IN_THE_WAY]) + (f" and {more} more" if more > 0 else "")
        raise UsageError(
            f"this folder is not empty: {listed}; nothing was written",
            remedy="make an empty folder, change into it, and run there: labelkit init --demo",
        )
    settings = _HEAD + toml_table(_DEMO)
    files = {**demo_files(), _SETTINGS: settings.encode()}
    write_new(str(folder), files, remedy="run it in an empty folder")
    tops = sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in files})
    return InitResult(
        settings=settings,
        written=tuple(tops),
        next=("labelkit sort --rules rules/threshold.py", "labelkit audit base_dir", "labelkit train"),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What a person pointed at.

    Attributes:
        images: the folder of images.
        metadata: their table; None: only the images are looked at.
        columns: names for the columns of a table without a header.
        file: the column that names the file, or a template over columns.
        base_dir: where class folders shall stand.
        encoding: how the table is written; None finds it.

    """

    images: Path
    metadata: Path | None = None
    columns: tuple[str, ...] = ()
    file: str | None = None
    base_dir: Path = Path(_BASE_DIR)
    encoding: str | None = None


def init(given: Given, folder: Path) -> InitResult:
    """Look at images and their table, and write settings and a first rule into the working folder `folder`.

    Raises:
        UsageError: no such folder, settings that are there already, or a working folder inside the images.
        MetadataError: a table that cannot be read for sure, or that names no images.

    """
    _check(given, folder)
    scene = see([given.images], {})
    seen = images_sight(given.images, scene)
    if not scene.images:
        raise UsageError(f"no images in {given.images}", remedy="give the folder that holds the images")
    if given.metadata is None:
        return _without_table(given, seen, scene)
    keys = [image.key for image in scene.images]
    table = read_table([given.metadata], TableReading(columns=given.columns, encoding=given.encoding), keys)
    rows = rows_sight(keys, table, given.file)
    if len(rows.missing) > rows.rows * MISSING_SHARE:
        note = "most rows do not find their image, so nothing is proposed; say what names the files: --file"
        return InitResult(images=seen, rows=rows, notes=(note,))
    return _proposed(given, folder, seen, rows)


def _check(given: Given, folder: Path) -> None:
    if given.images.is_file():
        raise UsageError(
            f"{given.images} is a file; first comes the folder of images, then the table",
            remedy="labelkit init IMAGES METADATA",
        )
    there = find_settings(folder).path
    if there is not None and there.parent == folder:
        raise UsageError(
            f"{there.name} has settings here already; nothing was written",
            remedy="change them by hand, or run labelkit init in another folder",
        )
    images, here = given.images.resolve(), folder.resolve()
    if images == here or images in here.parents:
        raise UsageError(
            "the working folder lies inside the images, and class folders must not",
            remedy="change into a folder outside the images and run labelkit init there",
        )


def _without_table(given: Given, seen: ImagesSight, scene: Scene) -> InitResult:
    ask = f"labelkit init {_word(given.images)} METADATA"
    classes = class_folders(scene)
    if classes:
        listed = ", ".join(classes[:_CLASSES_LISTED]) + (", ..." if len(classes) > _CLASSES_LISTED else "")
        note = f"every image lies in one of {len(classes)} folders ({listed}); if these are classes, the first, else:"
        return InitResult(images=seen, notes=(note,), next=(f"labelkit audit {_word(given.images)}", ask))
    return InitResult(
        images=seen, notes=("without a table nothing is proposed; give the one that the line writes:",), next=(ask,)
    )


def _proposed(given: Given, folder: Path, seen: ImagesSight, rows: RowsSight) -> InitResult:
    rule = propose_rule(rows.columns)
    settings = _HEAD + toml_table(
        {
            "source": _from(folder, given.images),
            "metadata": _from(folder, given.metadata or Path()),
            "base_dir": _from(folder, given.base_dir),
            "rules": _RULE if rule else "",
            "file": rows.file or "",
            "columns": given.columns,
            "encoding": given.encoding or "",
        }
    )
    files = {_SETTINGS: settings} | ({_RULE: rule.text} if rule else {})
    encoded = {name: _encoded(text) for name, text in files.items()}
    write_new(str(folder), encoded, remedy="change them by hand, or run labelkit init in another folder")
    if rule is None:
        note = (
            'no column looks like a verdict or a score; say what decides, as: labelkit sort --rule "score >= 80 -> GO"'
        )
        return InitResult(images=seen, rows=rows, settings=settings, written=tuple(files), notes=(note,))
    commands = ("labelkit sort --dry-run", "labelkit sort", "labelkit audit", "labelkit train")
    return InitResult(images=seen, rows=rows, rule=rule, settings=settings, written=tuple(files), next=commands)


def _from(folder: Path, path: Path) -> str:
    """A path as settings in `folder` write it: relative below it or as given so, else whole."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    if path.is_absolute() and not whole.is_relative_to(folder):
        return whole.as_posix()
    return Path(os.path.relpath(whole, folder)).as_posix()


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "a path holds bytes that are no text, which no settings file can write",
            remedy="rename the folder or the table",
        ) from None


def _word(path: Path) -> str:
    """A path on a command line."""
    text = str(path)
    return f'"{text}"' if " " in text else text
