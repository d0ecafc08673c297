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
from labelkit.storage.distribution import install_line

_NAMES = {"tensorflow": "TensorFlow", "keras": "Keras", "scipy": "SciPy", "matplotlib": "Matplotlib"}
"""Packages of the extra `train`, as their makers write them."""


def load_backend(purpose: str = "training") -> None:
    """Import Keras with its backend: TensorFlow, unless the variable KERAS_BACKEND names another.

    TensorFlow's C++ part writes to file descriptor 2 while it loads, whatever the log level; what it writes then is
    kept back and shown only when the import fails.

    Args:
        purpose: what needs it, as the error names it: "training", "predicting".

    Raises:
        MissingExtraError: Keras or its backend is not installed.

    """
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    try:
        with _quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module(backend)
            import_module("keras")
    except ModuleNotFoundError as e:
        raise _missing((e.name or backend).split(".")[0], purpose) from e


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
    return MissingExtraError(
        f"{purpose} needs {_NAMES.get(name, name)}, which is not installed", remedy=install_line("train")
    )


@contextmanager
def _quiet_stderr() -> Iterator[None]:
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
