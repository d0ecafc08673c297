"""Can the code of a rules file end or hold up its process? Told from its text, before any of it is asked.

This is no sandbox: it tells the common, harmless file, which may be asked right here, from one that is better asked in
a process of its own. A file that is called plain and hangs all the same is stopped by the clock that watches it.
"""

from __future__ import annotations

import ast
import functools

from labelkit.plugins.python_file import PythonFile

_HARMLESS = frozenset(["labelkit", "__future__", "math", "typing", "dataclasses", "enum", "statistics"])
"""Modules from which no process can be ended and nothing waited for."""

_NAMES = frozenset(
    [
        *(
            "__import__",
            "breakpoint",
            "compile",
            "eval",
            "exec",
            "exit",
            "getattr",
            "globals",
            "input",
            "iter",
            "locals",
        ),
        *("open", "quit", "range", "setattr", "vars"),
    ]
)
"""Names by which code may wait, loop for ever, or come by other modules."""


@functools.lru_cache(maxsize=64)
def is_plain(file: PythonFile) -> bool:
    """Whether it imports harmless modules only, and has no `while`, no tower of powers, no name that leads further."""
    return all(_harmless(node) for node in ast.walk(ast.parse(file.data, file.path)))


def _harmless(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return all(alias.name.partition(".")[0] in _HARMLESS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] in _HARMLESS
    if isinstance(node, ast.Name):
        return node.id not in _NAMES
    if isinstance(node, ast.Attribute):
        return not node.attr.startswith("__")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return isinstance(node.right, ast.Constant)  # a tower of powers comes back to nobody
    return not isinstance(node, ast.While)
