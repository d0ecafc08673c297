"""Groups read from paths: by a template as `{lot}_{serial}_*`, or by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labelkit.domain.errors import UsageError

_HOLE = re.compile(r"\{([^{}]*)\}|(\*)")
_REGEX_SIGNS = frozenset("()[]\\^$|+?")


def is_pattern(text: str) -> bool:
    """Whether `--group-by` was given a pattern over paths, and no column's name."""
    return "{" in text or "*" in text or bool(_REGEX_SIGNS & set(text))


def groups_by_pattern(names: Mapping[str, str], pattern: str) -> dict[str, str]:
    """Group of each path whose name fits; paths that do not fit are left out.

    Args:
        names: path of an image to the POSIX path it is known by (where it came from, else itself).
        pattern: a template, whose fields in braces make the group and whose `*` is anything; it is held against the
            end of the path, as many folders deep as it has slashes, without the suffix when it has no dot of its own.
            Else a regular expression, searched in the path: its captured parts make the group, else the whole match.

    Returns:
        path to `lot=A, serial=17`, or `A, 17` where parts have no names.

    Raises:
        UsageError: a pattern that cannot be read, or that fits no path.

    """
    compiled = _template(pattern) if _is_template(pattern) else _regex(pattern)
    found = {path: _group(m) for path, name in names.items() if (m := compiled.search(name))}
    if names and not found:
        raise UsageError(
            f'--group-by "{pattern}" fits none of {len(names):,} paths',
            remedy=f"it was held against paths such as {next(iter(names.values()))}",
        )
    return found


def _is_template(pattern: str) -> bool:
    return bool(re.search(r"\{[^\W\d]\w*\}", pattern))


def _template(pattern: str) -> re.Pattern[str]:
    out, end, names = [], 0, []
    for hole in _HOLE.finditer(pattern):
        out.append(re.escape(pattern[end : hole.start()]))
        name = hole[1]
        out.append("[^/]*?" if hole[2] else f"(?P<{name}>[^/]+?)")
        names += [name] if name is not None else []
        end = hole.end()
    out.append(re.escape(pattern[end:]))
    ending = "" if "." in pattern.rpartition("/")[2] else r"(?:\.[^./]*)?"
    return _compiled(f"(?:^|/){''.join(out)}{ending}$", pattern)


def _regex(pattern: str) -> re.Pattern[str]:
    return _compiled(pattern, pattern)


def _compiled(text: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as e:
        raise UsageError(
            f'--group-by "{pattern}" cannot be read: {e}',
            remedy='name a column, or write a template: --group-by "{lot}_*"',
        ) from e


def _group(match: re.Match[str]) -> str:
    named = match.groupdict()
    if named:
        return ", ".join(f"{name}={value or ''}" for name, value in named.items())
    return ", ".join(part or "" for part in match.groups()) or match[0]
