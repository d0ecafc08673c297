"""The sample set and rules that come with labelkit: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator

from labelkit.domain.errors import UsageError

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PARTS = ("rules", "sample_data")


def demo_files() -> dict[str, bytes]:
    """The files of `rules/` and `sample_data/` by POSIX path.

    Raises:
        UsageError: this installation came without them.

    """
    for home in (os.path.join(_PACKAGE, "demo"), os.path.dirname(_PACKAGE)):
        if all(os.path.isdir(os.path.join(home, part)) for part in _PARTS):
            return {name: _content(os.path.join(home, name)) for part in _PARTS for name in _files(home, part)}
    raise UsageError("this installation came without its sample set", remedy="install labelkit again")


def in_the_way(folder: str) -> list[str]:
    """What a folder holds already, in text order; hidden names (a .git, a .venv) are in nobody's way."""
    return [name for name in sorted(os.listdir(folder)) if not name.startswith(".")]


def _files(home: str, part: str) -> Iterator[str]:
    for above, folders, names in os.walk(os.path.join(home, part)):
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        for name in sorted(names):
            yield os.path.relpath(os.path.join(above, name), home).replace(os.sep, "/")


def _content(path: str) -> bytes:
    with open(path, "rb") as f:
        return f.read()
