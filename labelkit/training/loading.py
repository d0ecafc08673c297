"""Load Keras and what it computes with, without a word on the terminal, or say how to install it."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from labelkit.domain.errors import MissingExtraError
from labelkit.engines.allocator import keep_freed_memory
from labelkit.storage.distribution import install_line
from labelkit.storage.keras_backend import TENSORFLOW, backend_named

_NAMES = {
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "torch": "PyTorch",
    "keras": "Keras",
    "scipy": "SciPy",
    "matplotlib": "Matplotlib",
}
"""Packages that training stands on, as their makers write them."""


def load_backend(purpose: str = "training") -> None:
    """Import Keras with its backend: TensorFlow, unless the variable KERAS_BACKEND or Keras' settings name another.

    TensorFlow's C++ part writes to file descriptor 2 while it loads, whatever the log level; what it writes then is
    kept back and shown only when the import fails.

    Args:
        purpose: what needs it, as the error names it: "training", "predicting".

    Raises:
        MissingExtraError: Keras or its backend is not installed.
        UsageError: the backend named is none that labelkit computes with.

    """
    keep_freed_memory()
    if "keras" in sys.modules:
        return
    _load(backend_named().name, "keras", purpose=purpose)


def load_tensorflow(purpose: str) -> None:
    """Import what only TensorFlow has, whatever Keras computes with.

    Args:
        purpose: what needs it, as the error names it: "flow_from_directory".

    Raises:
        MissingExtraError: TensorFlow is not installed.

    """
    if TENSORFLOW not in sys.modules:
        _load(TENSORFLOW, purpose=purpose)


def _load(*names: str, purpose: str) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in names:
                import_module(name)
    except ModuleNotFoundError as e:
        raise _missing((e.name or names[0]).split(".")[0], purpose) from e


def require_packages(*names: str) -> None:
    """Make sure of packages that are needed only at the end, before minutes are spent.

    Raises:
        MissingExtraError: one of them is not installed.

    """
    for name in names:
        try:
            found = find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise _missing(name, "training")


def _missing(name: str, purpose: str) -> MissingExtraError:
    told = f"{purpose} needs {_NAMES.get(name, name)}, which is not installed"
    if name == "torch":  # no extra of ours brings it: which build fits depends on the machine
        return MissingExtraError(told, remedy="install PyTorch for this machine; or KERAS_BACKEND=tensorflow")
    return MissingExtraError(told, remedy=install_line(_extra_for(name)))


def _extra_for(package: str) -> str:
    """The extra that brings a package beside the backend which is asked for."""
    if package == TENSORFLOW:
        return "train"
    return "jax" if "jax" in (package, backend_named().name) else "train"


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what C++ writes to file descriptor 2; it is shown when the block fails."""
    with tempfile.TemporaryFile() as kept:
        try:
            saved = os.dup(2)
        except OSError:  # a process without standard error has nothing to keep quiet
            yield
            return
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:  # whatever it was, what was held back explains it; raised on
            kept.seek(0)
            os.write(saved, kept.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
