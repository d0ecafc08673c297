"""Keep decoders from writing to the terminal: libtiff prints each complaint, and Pillow logs some of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2


@contextmanager
def unlogged() -> Iterator[None]:
    """What Pillow's reader of TIFF files logs until the block ends goes nowhere: without a handler Python prints it."""
    log = logging.getLogger("PIL.TiffImagePlugin")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


@contextmanager
def silenced() -> Iterator[None]:
    """What is written to file descriptor 2 until the block ends goes nowhere; what is raised is raised all the same."""
    try:
        kept = os.dup(_STDERR)
    except OSError:  # a program without a terminal may have closed it
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, _STDERR)
        os.close(kept)
