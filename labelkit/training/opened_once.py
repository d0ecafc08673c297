"""Open a model file once, in a process of its own with limits: what a stranger's file asks for costs this one only.

    python -m labelkit.training.opened_once model.keras GIGABYTES SECONDS

It builds the model as Keras does, shows it one black picture, and writes one JSON object: the shapes that it takes and
gives. It imports nothing of ours, writes no file, and ends by a signal or with an error where it would need more.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def limit(more: int, seconds: int) -> None:
    """Let this process use so many seconds of CPU, take so many bytes more than it has, and write no file.

    Only Linux counts such memory; Windows has none of these limits, and the one who waits ends the process.
    """
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = _data_held()
    if held is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (held + more, held + more))


def _data_held() -> int | None:
    """Bytes of private memory that may be written to, as RLIMIT_DATA counts them; None where it cannot be told."""
    try:
        told = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmData:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def opened(path: str) -> dict[str, object]:
    """The shapes that a model takes and gives, after it has looked at one black picture."""
    import keras
    import numpy as np

    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    shapes = [[1 if n is None else n for n in taken.shape] for taken in model.inputs]
    pictures = [np.zeros(shape, taken.dtype) for shape, taken in zip(shapes, model.inputs, strict=True)]
    given = model(pictures if len(pictures) > 1 else pictures[0], training=False)
    answers = given if isinstance(given, (list, tuple)) else [given]
    return {"takes": [list(t.shape) for t in model.inputs], "gives": [list(a.shape) for a in answers]}


def main() -> None:
    """Read the arguments, set limits once Keras is there, write what was found."""
    path, gigabytes, seconds = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    import keras

    keras.ops.convert_to_numpy(keras.ops.zeros(1) + 1)  # threads and their stacks are there before memory is counted
    limit(int(gigabytes * 1e9), seconds)
    sys.stdout.write(json.dumps(opened(path)) + "\n")


if __name__ == "__main__":
    main()
