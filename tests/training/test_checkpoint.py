"""What a checkpoint is worth: this training's and whole, or said and not used."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelkit.domain.errors import DataError
from labelkit.domain.training import TrainingOptions
from labelkit.training import checkpoint
from labelkit.training.backend import keras
from labelkit.training.checkpoint import Checkpoints, ModelState, training_key
from labelkit.training.folder import find_dataset
from tests.training.scenes import draw_set


def kept(folder: Path, said: list[str], key: str = "a" * 64) -> Checkpoints:
    return Checkpoints(folder, key, clock=lambda: 0.0, say=said.append)


def test_arrays_come_back_bit_for_bit_and_go_away_when_the_training_is_over(tmp_path: Path) -> None:
    said: list[str] = []
    keep = kept(tmp_path / "runs", said)
    assert keep.load() is None
    arrays = {"w/0": np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32), "epochs": np.array(7)}
    keep.save(arrays)
    found = kept(tmp_path / "runs", said).load()
    assert found is not None
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[k], arrays[k]) and found[k].dtype == arrays[k].dtype for k in arrays)
    assert kept(tmp_path / "runs", said, key="a" * 12 + "b" * 52).load() is None
    keep.remove()
    assert not (tmp_path / "runs").exists()
    assert said == []


@pytest.mark.parametrize("damage", ["nothing", "half", "other", "pickle", "bit"])
def test_a_checkpoint_that_cannot_be_read_is_said_and_not_used(tmp_path: Path, damage: str) -> None:
    said: list[str] = []
    keep = kept(tmp_path, said)
    keep.save({"w/0": np.arange(5000.0)})
    data = bytearray(keep.path.read_bytes())
    if damage == "pickle":
        np.savez(keep.path, key=np.array("a" * 64), evil=np.array([object()], dtype=object), allow_pickle=True)
    elif damage == "bit":
        data[len(data) // 2] ^= 1
        keep.path.write_bytes(data)
    else:
        keep.path.write_bytes({"nothing": b"", "half": bytes(data[: len(data) // 2]), "other": b"{}"}[damage])
    assert keep.load() is None
    assert len(said) == 1
    assert str(keep.path) in said[0]


def test_unfinished_trainings_do_not_pile_up(tmp_path: Path) -> None:
    for k in range(checkpoint.KEPT + 3):
        keep = kept(tmp_path, [], key=f"{k:064}"[::-1])
        keep.save({})
        os.utime(keep.path, ns=(k, k))
    (tmp_path / "mine.npz").touch()
    newest = keep.path
    keep.tidy()
    left = {p.name for p in tmp_path.iterdir()}
    assert len(left) == checkpoint.KEPT + 1
    assert {newest.name, "mine.npz"} <= left


def test_another_option_image_or_time_makes_another_training(tmp_path: Path) -> None:
    base_dir = draw_set(tmp_path, {"GO": 3, "NG": 3})
    dataset, options = find_dataset(base_dir), TrainingOptions()
    key = training_key(dataset, options)
    assert training_key(find_dataset(base_dir), TrainingOptions()) == key
    assert training_key(dataset, replace(options, seed=1)) != key
    assert training_key(find_dataset(base_dir, positive="GO"), options) != key
    assert training_key(replace(dataset, group_of={"GO/000.png": "lot 1"}), options) != key
    os.utime(base_dir / "NG" / "000.png", ns=(1, 1))
    assert training_key(dataset, options) != key


def test_the_variables_of_another_network_are_refused_before_any_is_written() -> None:
    one, other = (keras.Sequential([keras.Input((n,)), keras.layers.Dense(2)]) for n in (3, 4))
    optimizers = [keras.optimizers.SGD(), keras.optimizers.SGD()]
    before = other.get_weights()
    with pytest.raises(DataError, match="another network"):
        ModelState(other, optimizers[1]).restore(ModelState(one, optimizers[0]).state())
    assert all(np.array_equal(a, b) for a, b in zip(before, other.get_weights(), strict=True))
