"""Look at a single file that was named as a source of images."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.names import shown
from labelkit.domain.placing import Stamp


def stamp_of_named(path: Path) -> Stamp:
    """The stamp of the file; it is taken for an image whatever its name: whoever reads it will say if it is none.

    Raises:
        UsageError: a link, for sources are read without following links; or no plain file.

    """
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        link = stat.S_ISLNK(status.st_mode)
        what = "a symbolic link, and sources are read without following links" if link else "no plain file"
        raise UsageError(f"{shown(os.fspath(path))} is {what}", remedy="give the image itself, or a folder")
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
