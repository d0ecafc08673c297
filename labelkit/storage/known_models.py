"""Which model files were made here, or opened here before without harm: by content, in the user's cache folder."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from labelkit.storage.feature_cache import cache_folder

FILE = "known-models.txt"
"""One SHA-256 a line."""

MAX_BYTES = 1_000_000
"""Some 15,000 models; a longer file begins anew."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_known(digest: str) -> bool:
    """Whether a model of this content, SHA-256 in hexadecimal, was remembered on this machine by this user."""
    try:
        return digest in _file().read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return False


def remember(digest: str) -> None:
    """Remember the content of a model that was made here or did no harm; where nothing can be kept, nothing is."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256")
    file = _file()
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        full = file.exists() and file.stat().st_size > MAX_BYTES
        how = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if full else os.O_APPEND)
        at = os.open(file, how, 0o600)
        try:
            os.write(at, f"{digest}\n".encode("ascii"))
        finally:
            os.close(at)


def _file() -> Path:
    return cache_folder() / FILE
