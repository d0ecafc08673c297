"""Amounts as people write them."""

from __future__ import annotations

_STEP = 1000
"""Between one unit of bytes and the next: disks are sold in powers of 1000."""


def told_bytes(count: int) -> str:
    """Bytes for a person: '640 B', '1.4 MB'."""
    if count < _STEP:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= _STEP
        if value < _STEP:
            return f"{value:,.1f} {unit}"
    return f"{value / _STEP:,.1f} TB"


def told_share(share: float, decimals: int = 1) -> str:
    """A part of 1 for a person: '68.7 %'."""
    return f"{100 * share:.{decimals}f} %"
