"""What Keras is to compute with here: read as Keras itself reads it, so that a slip is told before anything loads."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean

TENSORFLOW = "tensorflow"
BACKENDS = (TENSORFLOW, "jax", "torch")
"""Those that can train; Keras' own others (numpy, openvino) only predict."""

_VARIABLE = "KERAS_BACKEND"


@dataclass(frozen=True, slots=True)
class Backend:
    """The name of a backend, and what names it: a variable, a file, or nothing for the default."""

    name: str
    named_by: str = ""


def backend_named() -> Backend:
    """The backend that is asked for, one of `BACKENDS`.

    Raises:
        UsageError: it is none of them.

    """
    found = backend_asked_for()
    if found.name not in BACKENDS:
        raise UsageError(
            f"{found.named_by} names '{found.name}', which labelkit does not compute with",
            remedy=did_you_mean(found.name, BACKENDS),
        )
    return found


def backend_asked_for() -> Backend:
    """The backend that KERAS_BACKEND names, else the one in Keras' keras.json, else TensorFlow; whatever it is."""
    name = os.environ.get(_VARIABLE)
    if name:
        return Backend(name, _VARIABLE)
    file = Path(os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras"))) / "keras.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # as Keras does: what cannot be read says nothing
        return Backend(TENSORFLOW)
    named = settings.get("backend") if isinstance(settings, dict) else None
    if not isinstance(named, str) or named in {"", TENSORFLOW}:  # Keras writes its own default there by itself
        return Backend(TENSORFLOW)
    return Backend(named, str(file))
