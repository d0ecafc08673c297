"""What is installed under which name: the one place that writes an install line."""

from __future__ import annotations

from importlib import metadata

_PACKAGE = "labelkit"
_FALLBACK = "labelkit-vision"
"""The distribution's name where the package runs from a folder that was never installed."""


def distribution_name() -> str:
    """The name under which this package was installed; a stranger owns `labelkit` on the public index."""
    for name in sorted(set(metadata.packages_distributions().get(_PACKAGE, []))):
        if _brings_extras(name):
            return name
    return _FALLBACK


def install_line(extra: str = "") -> str:
    """The command that installs labelkit, with one extra ("train", "dev"); pastes into bash, PowerShell and cmd."""
    return f'python -m pip install "{distribution_name()}{f"[{extra}]" if extra else ""}"'


def _brings_extras(name: str) -> bool:
    try:
        return "train" in (metadata.metadata(name).get_all("Provides-Extra") or [])
    except metadata.PackageNotFoundError:
        return False
