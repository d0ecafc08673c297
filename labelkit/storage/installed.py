"""Which of the packages that labelkit asks for are installed, told from their metadata; nothing is imported."""

from __future__ import annotations

import re
from importlib import metadata

from labelkit.domain.surroundings import PackageState
from labelkit.storage.distribution import distribution_name

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*(?P<needs>[^;]*)(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"]")


def package_states(*, extras: tuple[str, ...]) -> tuple[PackageState, ...]:
    """What the installed labelkit asks for: its own packages and those of the extras named, in order.

    Empty where labelkit runs from a folder that was never installed: nothing there says what it asks for.
    """
    try:
        lines = metadata.requires(distribution_name()) or []
    except metadata.PackageNotFoundError:
        return ()
    states = [state for line in lines if (state := _state(line)) is not None]
    return tuple(s for wanted in ("", *extras) for s in states if s.extra == wanted)


def _state(line: str) -> PackageState | None:
    found = _REQUIREMENT.fullmatch(line.strip())
    if found is None:
        return None
    marked = _EXTRA.search(found["marker"] or "")
    needs = ",".join(part.strip() for part in found["needs"].strip(" ()").split(","))
    return PackageState(found["name"], needs, marked["extra"] if marked else "", version_of(found["name"]))


def version_of(name: str) -> str | None:
    """The installed version of a package; None when there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
