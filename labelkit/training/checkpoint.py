"""How far a training has come, in one file: arrays and nothing else, whole or not there, for this training only."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Protocol

import numpy as np

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError, StorageError
from labelkit.domain.training import TrainingOptions
from labelkit.storage.replacing import replace_file
from labelkit.training.backend import keras
from labelkit.version import __version__

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
Arrays = Mapping[str, Array]
"""What something that goes on later is written down as."""

EVERY_S = 10.0
"""Seconds between two checkpoints, at least; one is written at the end of an epoch, never within it."""

KEPT = 4
"""Trainings that were cut off and are kept in one folder; the oldest beyond them are taken away."""

_NAME = "unfinished-{}.npz"


class Resumable(Protocol):
    """Something that can be written down as arrays and go on from them."""

    def state(self) -> Arrays:
        """All that is needed to go on."""

    def restore(self, state: Arrays) -> None:
        """Go on from what `state` gave."""


class ModelState:
    """A network and its optimizer as something that can go on: every variable, seeds of random layers among them."""

    def __init__(self, core: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        self._variables = [*core.variables, *optimizer.variables]

    def state(self) -> Arrays:
        """Every variable, by its place."""
        return {str(i): keras.ops.convert_to_numpy(v) for i, v in enumerate(self._variables)}

    def restore(self, state: Arrays) -> None:
        """Give every variable its value.

        Raises:
            DataError: they are those of another network, as of another version.

        """
        shapes = {str(i): tuple(v.shape) for i, v in enumerate(self._variables)}
        if shapes != {key: value.shape for key, value in state.items()}:
            raise DataError("what was written down of this training is of another network", remedy="train once more")
        for i, variable in enumerate(self._variables):
            variable.assign(state[str(i)])


class Checkpoints:
    """The one checkpoint of a training.

    Args:
        folder: where it lies; made when the first one is written.
        key: names the training: a digest of all that its result depends on.
        clock: seconds of a steady clock.
        say: told what a person should know.

    """

    def __init__(self, folder: Path, key: str, *, clock: Callable[[], float], say: Callable[[str], None]) -> None:
        self.path = folder / _NAME.format(key[:12])
        self._key, self._clock, self._say = key, clock, say
        self._last, self._failed = clock(), False

    def load(self) -> Arrays | None:
        """What was written last for this training; None where nothing there can be used."""
        try:
            with self.path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as e:
            self._say(f"{self.path} cannot be read ({e}): the training begins anew")
            return None
        if str(arrays.pop("key", "")) != self._key:
            return None
        return arrays

    def due(self) -> bool:
        """Whether the last one is old enough."""
        return self._clock() - self._last >= EVERY_S

    def save(self, arrays: Arrays) -> None:
        """Write it down in place of the last one, durably; where that cannot be, the last one stays, and it is said."""
        data = io.BytesIO()
        np.savez(data, **{**arrays, "key": np.array(self._key)})  # type: ignore[arg-type] # NumPy's stubs take a flag
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, data.getvalue())
        except (OSError, StorageError) as e:
            if not self._failed:
                self._say(
                    f"no checkpoint can be written: {e}; should the training be cut off, it goes on from less far"
                )
            self._failed = True
        self._last = self._clock()

    def tidy(self) -> None:
        """Take away the oldest checkpoints of other trainings in the folder, all but the last few."""
        found = [p for p in self.path.parent.glob(_NAME.format("*")) if p != self.path]
        found.sort(key=lambda p: (p.stat().st_mtime_ns, p.name))
        for old in found[: max(0, len(found) - KEPT + 1)]:
            old.unlink(missing_ok=True)

    def remove(self) -> None:
        """The training is over, and its bundle is safe; or there is nothing to go on with. No empty folder is left."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()


class Saver(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Writes checkpoints during a fit; stands last in the list of callbacks.

    Args:
        keep: where to.
        parts: what there is to write down, by name.

    """

    def __init__(self, keep: Checkpoints, parts: Mapping[str, Resumable]) -> None:
        super().__init__()
        self._keep, self._parts = keep, parts
        self._epochs = 0

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """An epoch is over."""
        del logs
        self._epochs = epoch + 1
        if self._keep.due():
            self._save()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """The last epoch is written down too: what is left to do may fail, for want of space."""
        del logs
        self._save()

    def _save(self) -> None:
        arrays: dict[str, Array] = {"epochs": np.array(self._epochs)}
        for name, part in self._parts.items():
            arrays.update({f"{name}/{key}": value for key, value in part.state().items()})
        self._keep.save(arrays)


def restore_all(arrays: Arrays, parts: Mapping[str, Resumable]) -> None:
    """Let every part go on from a checkpoint that `Saver` wrote."""
    for name, part in parts.items():
        start = f"{name}/"
        part.restore({key.removeprefix(start): value for key, value in arrays.items() if key.startswith(start)})


def epochs_done(arrays: Arrays | None) -> int:
    """How many epochs a checkpoint stands behind."""
    return int(arrays["epochs"]) if arrays is not None else 0


def training_key(dataset: Dataset, options: TrainingOptions) -> str:
    """A digest of all that the result of a training depends on: the same images, options and versions, or another key.

    Images are told by path, class, size and time of change; they are not read.
    """
    told = hashlib.sha256()
    versions = [f"{name} {metadata.version(name)}" for name in ("keras", "numpy", "pillow")]
    classes = [*dataset.class_map.classes, str(dataset.class_map.reject)]
    head = [__version__, keras.config.backend(), versions, classes, asdict(options), sorted(dataset.part_of.items())]
    told.update(json.dumps([head, sorted(dataset.group_of.items())], default=str, sort_keys=True).encode())
    for path, name in dataset.samples:
        told.update(f"{path}\0{name}\0{_stamp(os.path.join(dataset.root, path))}\n".encode("utf-8", "surrogateescape"))  # noqa: PTH118 - bytes stay
    return told.hexdigest()


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)  # noqa: PTH116 - bytes stay
    except OSError:
        return "gone"
    return f"{found.st_size} {found.st_mtime_ns}"
