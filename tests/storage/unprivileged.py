"""Be an ordinary user for a while: the superuser ignores permissions, and a test of them would test nothing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534


def open_to_all(folder: Path) -> None:
    """Let every user reach a folder of a test, through the folders that pytest made for it alone."""
    folder.chmod(0o777)
    for above in folder.parents:
        if above.is_relative_to(tempfile.gettempdir()) and above.stat().st_uid == os.geteuid():
            above.chmod(above.stat().st_mode | 0o011)


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Without the superuser's rights; skips, visibly, where they cannot be laid down."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(NOBODY)
    except PermissionError:
        pytest.skip("the superuser cannot become an ordinary user here")
    try:
        yield
    finally:
        os.seteuid(0)
