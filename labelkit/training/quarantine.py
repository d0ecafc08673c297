"""A model file of unknown origin is first opened in a process of its own, with limits; what did no harm is remembered.

The file has been looked into before (`model_file`). What that cannot tell, such as a network whose answers need more
memory than there is, ends that process and not a person's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from labelkit.domain.errors import BundleError
from labelkit.storage.known_models import is_known, remember
from labelkit.training import opened_once
from labelkit.training.backend import keras
from labelkit.training.model_file import REMEDY

CPU_S = 300
"""Seconds of CPU; the largest network of keras.applications takes 40 of them."""

WALL_S = 600
"""Seconds after which it is ended, however little it did."""

SPARE_GB, TIMES_THE_FILE = 4.0, 6.0
"""Memory: the pictures between the layers, and the weights as Keras copies them while it reads."""


def try_once(path: Path, digest: str) -> None:
    """Open a model in a process of its own, unless its content was made or opened here before.

    Args:
        path: a .keras file that was looked into.
        digest: SHA-256 of its content, hexadecimal.

    Raises:
        BundleError: it cannot be opened within the limits; why is said.

    """
    if is_known(digest):
        return
    _open_apart(path)
    remember(digest)


def _open_apart(path: Path) -> None:
    gigabytes = SPARE_GB + TIMES_THE_FILE * path.stat().st_size / 1e9
    # By its path: it needs nothing of ours, so that it runs wherever this module was found. -P: nor of this folder.
    program = [sys.executable, "-P", "-B", str(opened_once.__file__)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program by our own interpreter
            [*program, str(path.absolute()), f"{gigabytes:.1f}", str(CPU_S)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **_surroundings()},
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=WALL_S,
        )
    except subprocess.TimeoutExpired as e:
        raise _refusal(path, f"it was not open after {WALL_S} s") from e
    if done.returncode or '"gives"' not in done.stdout:
        raise _refusal(path, _why(done.returncode, done.stderr, f"{gigabytes:.0f} GB, {CPU_S} s of CPU"))


def _surroundings() -> dict[str, str]:
    """The same backend on the processor: a card's memory is taken by this process, and cannot be limited."""
    return {
        "KERAS_BACKEND": str(keras.config.backend()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "TF_NUM_INTRAOP_THREADS": "2",
        "TF_NUM_INTEROP_THREADS": "1",
    }


def _why(code: int, said: str, limits: str) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"its process was ended by {name} (limits: {limits})"
    if "MemoryError" in said or "RESOURCE_EXHAUSTED" in said or "ResourceExhausted" in said or "bad_alloc" in said:
        return f"it needs more memory than {limits.partition(',')[0]}"
    last = [line.strip() for line in said.splitlines() if line.strip()][-1:] or [f"it ended with {code}"]
    return last[0][:300]


def _refusal(path: Path, why: str) -> BundleError:
    return BundleError(f"Keras cannot open the model in a process of its own: {why}", place=str(path), remedy=REMEDY)
