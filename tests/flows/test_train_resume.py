"""A training cut off, wherever: the last good bundle loads, and the same command ends as if nothing had been."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import labelkit
from labelkit.domain.errors import StorageError
from labelkit.domain.progress import NoProgress
from labelkit.domain.train_result import TrainResult
from labelkit.flows.run import Run
from labelkit.storage.replacing import replace_file
from labelkit.training import checkpoint
from labelkit.training.backend import keras
from labelkit.training.open_bundle import open_bundle
from tests.training.scenes import draw_set, train_quickly

EPOCHS = 5


class CutOff(NoProgress):
    """A progress that ends the training after an epoch, as Ctrl-C would; and writes down what it is told."""

    def __init__(self, after: int) -> None:
        self.after, self.epochs, self.said = after, 0, list[str]()

    def describe(self, what: str) -> None:
        self.epochs += what.startswith("epoch ")
        if self.epochs == self.after:
            raise KeyboardInterrupt(signal.SIGINT)

    def note(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_S", 0.0)


@pytest.fixture(scope="module")
def base_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_set(tmp_path_factory.mktemp("resume") / "base_dir", {"GO": 36, "NG": 8})


@pytest.fixture(scope="module")
def undisturbed(base_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    return trained(base_dir, tmp_path_factory.mktemp("whole"))


def trained(base_dir: Path, out: Path, progress: NoProgress | None = None, **options: object) -> TrainResult:
    """With class weights (36 to 8), other views, and a look at all images after some epochs."""
    given = {"epochs": EPOCHS, **options}
    return train_quickly(base_dir, out, run=Run(progress=progress or NoProgress(), jobs=2), **given)


def weights(result: TrainResult) -> list[np.ndarray]:
    found: list[np.ndarray] = open_bundle(result.bundle).model.get_weights()
    return found


def assert_same(one: TrainResult, other: TrainResult) -> None:
    assert one.history == other.history
    assert one.metrics == other.metrics
    assert (one.best_epoch, one.class_weights) == (other.best_epoch, other.class_weights)
    assert [(s.path, s.cross_entropy) for s in one.suspects.scores] == [
        (s.path, s.cross_entropy) for s in other.suspects.scores
    ]
    assert all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def unfinished(out: Path) -> list[str]:
    return sorted(p.name for p in out.iterdir() if p.name.startswith("unfinished-"))


def test_a_training_that_is_cut_off_ends_as_if_nothing_had_been(
    base_dir: Path, tmp_path: Path, undisturbed: TrainResult
) -> None:
    after = 3
    with pytest.raises(KeyboardInterrupt):
        trained(base_dir, tmp_path, CutOff(after))
    assert len(unfinished(tmp_path)) == 1
    rest = CutOff(99)
    result = trained(base_dir, tmp_path, rest)
    assert result.resumed_at == after - 1  # the epoch that was being told of was not written down yet
    assert rest.epochs == EPOCHS - result.resumed_at
    assert any("cut off" in line for line in rest.said)
    assert_same(result, undisturbed)
    assert unfinished(tmp_path) == []


def test_a_fresh_training_begins_anew(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        trained(base_dir, tmp_path, CutOff(3))
    assert trained(base_dir, tmp_path, fresh=True, epochs=1).resumed_at == 0  # another one: it leaves the first alone
    assert len(unfinished(tmp_path)) == 1
    again = CutOff(1)
    with pytest.raises(KeyboardInterrupt):
        trained(base_dir, tmp_path, again, fresh=True)
    assert not any("cut off" in line for line in again.said)


def test_a_full_disk_at_a_checkpoint_is_told_once_and_the_training_goes_on(
    base_dir: Path, tmp_path: Path, undisturbed: TrainResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = replace_file, list[Path]()

    def full(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) > 2:
            raise StorageError("cannot write: no space left on device", place=str(path))
        real(path, data)

    monkeypatch.setattr(checkpoint, "replace_file", full)
    told = CutOff(4)
    with pytest.raises(KeyboardInterrupt):
        trained(base_dir, tmp_path, told)
    assert sum("no checkpoint can be written" in line for line in told.said) == 1
    monkeypatch.setattr(checkpoint, "replace_file", real)
    result = trained(base_dir, tmp_path)
    assert result.resumed_at == 2
    assert_same(result, undisturbed)


def test_a_full_disk_at_the_bundle_leaves_nothing_of_it_and_no_epoch_is_done_twice(
    base_dir: Path, tmp_path: Path, undisturbed: TrainResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(keras.Model, "save", full)
        with pytest.raises(OSError, match="No space left"):
            trained(base_dir, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == unfinished(tmp_path)
    rest = CutOff(99)
    result = trained(base_dir, tmp_path, rest)
    assert (rest.epochs, result.resumed_at) == (0, EPOCHS)
    assert_same(result, undisturbed)


KILLED = """
import os, signal, sys
from pathlib import Path
from labelkit.training import checkpoint
from labelkit.storage import whole_folder
from tests.flows.test_train_resume import trained
checkpoint.EVERY_S = 0.0
where, base_dir, out = sys.argv[1:]
def kill_after(call, times=1):
    left = [times]
    def wrapped(*given, **named):
        result = call(*given, **named)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return wrapped
if where == "checkpoint":
    from labelkit.storage import replacing
    replacing._fill = kill_after(replacing._fill, 3)
else:
    whole_folder.os.rename = kill_after(os.rename)
trained(Path(base_dir), Path(out))
"""


@pytest.mark.parametrize(("where", "resumed_at"), [("checkpoint", 2), ("published", EPOCHS)])
def test_after_a_kill_the_last_good_bundle_loads_and_the_same_command_goes_on(
    base_dir: Path, tmp_path: Path, undisturbed: TrainResult, where: str, resumed_at: int
) -> None:
    earlier = train_quickly(base_dir, tmp_path, epochs=1, seed=3)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, where, str(base_dir), str(tmp_path)],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (tmp_path / "latest").resolve() == Path(earlier.bundle).resolve()
    assert labelkit.predict(tmp_path / "latest", base_dir / "NG").failed == 0
    result = trained(base_dir, tmp_path)
    assert result.resumed_at == resumed_at
    assert_same(result, undisturbed)
    assert (tmp_path / "latest").resolve() == Path(result.bundle).resolve()


def test_keras_own_loader_writes_no_checkpoint(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        trained(base_dir, tmp_path, CutOff(3), loader="flow_from_directory")
    assert not tmp_path.exists() or unfinished(tmp_path) == []
