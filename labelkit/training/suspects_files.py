"""Write down the probable label errors of a set: a table to fill in, and a sheet of pictures to look at."""

from __future__ import annotations

import os
from pathlib import Path

from labelkit.domain.errors import ImageError
from labelkit.domain.recipe import Aspect, Recipe
from labelkit.domain.suspects import SHEET_FILE, SUSPECTS_FILE, Suspects
from labelkit.imaging.recipes import Pixels, read_pixels
from labelkit.reporting.suspects_sheet import SIDE, Shown, draw_suspects, worth_showing
from labelkit.storage.suspects_file import write_suspects

_WHOLE = Recipe(aspect=Aspect.PAD)
"""For people: the whole picture, with its own proportions."""


def write_suspects_files(folder: Path, suspects: Suspects, root: str) -> tuple[str, ...]:
    """Write `suspects.csv`, and `suspects.png` where there is any suspect, into a new folder.

    Nothing is written where the model may not be asked: an empty table would read as if all labels were right.

    Args:
        folder: where they go.
        suspects: of the set.
        root: absolute path of the folder that their paths are relative to.

    Returns:
        the names of the files that were written.

    Raises:
        OSError: a file cannot be written.

    """
    if suspects.why_not:
        return ()
    write_suspects(folder / SUSPECTS_FILE, suspects)
    if not suspects.suspects:
        return (SUSPECTS_FILE,)
    (folder / SHEET_FILE).write_bytes(suspects_sheet(suspects, root))
    return SUSPECTS_FILE, SHEET_FILE


def suspects_sheet(suspects: Suspects, root: str) -> bytes:
    """The sheet as a PNG; each picture is read anew, and one that cannot be any more is told as such."""
    shown = [Shown(s, _picture(os.path.join(root, s.path))) for s in worth_showing(suspects)]  # noqa: PTH118 - bytes stay
    return draw_suspects(shown, suspects)


def _picture(path: str) -> Pixels | None:
    try:
        return read_pixels(path, _WHOLE, (SIDE, SIDE))
    except ImageError:
        return None
