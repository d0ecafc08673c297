"""What a person's own code did wrong: the exception and the lines of their file, without ours."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

_LINES = 5
"""Lines of a traceback that are told; the last ones, where the error is."""


def told_exception(error: BaseException) -> str:
    """`ZeroDivisionError: division by zero`; an exception whose own text fails is told by its type."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a person's exception class may raise anything in __str__
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def own_lines(trace: TracebackType | None, files: Collection[str]) -> list[tuple[str, int, str]]:
    """(file, line number, source line) of the frames that stand in `files`; the last frame when none does."""
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(trace)]
    own = [f for f in frames if f[0] in files] or frames[-1:]
    return [(name, line, linecache.getline(name, line).strip()) for name, line in own[-_LINES:]]


def told_failure(error: BaseException, files: Collection[str]) -> str:
    """The exception and, on further lines, the person's own lines of the traceback: `rules/line.py:7: return 1 / 0`."""
    return "\n".join([told_exception(error), *told_lines(error.__traceback__, files)])


def told_lines(trace: TracebackType | None, files: Collection[str]) -> list[str]:
    """The person's own lines of a traceback: `  rules/line.py:7: return 1 / 0`."""
    return [f"  {name}:{line}: {source}" for name, line, source in own_lines(trace, files)]


def told_path(path: Path) -> str:
    """A path as people read it: relative to the working folder when it lies below it, with forward slashes."""
    whole = Path(path).absolute()
    here = Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(path)
