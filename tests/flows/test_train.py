from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.errors import DataError, ImageError, UsageError
from labelkit.training.open_bundle import Bundle
from tests.training.scenes import bundle, draw_set, go_ng, train_quickly


def entries(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for at, _, files in os.walk(folder):
        for name in [".", *files]:
            status = (Path(at) / name).stat()
            found[f"{at}/{name}"] = (status.st_size, status.st_mtime_ns)
    return found


def test_learns_an_obvious_difference_and_writes_nothing_into_the_folder(tmp_path: Path) -> None:
    before = entries(go_ng())
    result = train_quickly(go_ng(), tmp_path / "runs", epochs=12)
    assert entries(go_ng()) == before
    assert result.metrics.balanced_accuracy == 1
    assert result.metrics.cross_entropy < result.metrics.prior_cross_entropy / 2
    assert result.samples == {"train": 57, "validation": 15}
    assert result.counts == {"train": {"GO": 38, "NG": 19}, "validation": {"GO": 10, "NG": 5}}
    best = min(result.history, key=lambda r: r.validation_cross_entropy)
    assert result.best_epoch == best.epoch
    assert result.metrics.cross_entropy == pytest.approx(best.validation_cross_entropy, abs=1e-4)
    assert Path(result.bundle).parent == tmp_path / "runs"
    assert (tmp_path / "runs" / "latest").resolve() == Path(result.bundle).resolve()
    assert "index 1 = NG" in str(result)


@pytest.mark.parametrize("loader", ["generator", "flow_from_directory"])
def test_one_seed_gives_one_training(tmp_path: Path, loader: str) -> None:
    draw_set(tmp_path / "set", {"GO": 8, "NG": 8})
    first, again = (train_quickly(tmp_path / "set", tmp_path, loader=loader, seed=1, epochs=2) for _ in range(2))
    assert first.history == again.history
    assert first.metrics == again.metrics
    assert first.bundle != again.bundle


@pytest.mark.parametrize("loader", ["generator", "flow_from_directory"])
def test_swapped_class_order_agrees_by_name(tmp_path: Path, loader: str) -> None:
    swapped = train_quickly(go_ng(), tmp_path, loader=loader, positive="GO").bundle
    said = []
    for folder, order in ((str(bundle(loader)), ("GO", "NG")), (swapped, ("NG", "GO"))):
        predictions = labelkit.predict(folder, go_ng())
        assert (predictions.class_map.classes, predictions.class_map.reject) == (order, "NG")
        assert all((p.logits[0] > 0) == (p.label == order[1]) for p in predictions)
        assert np.mean([p.label == Path(p.path).parent.name for p in predictions]) > 0.9
        said.append([p.label for p in predictions])
    assert np.mean([a == b for a, b in zip(*said, strict=True)]) >= 0.95


@pytest.mark.parametrize("class_mode", ["sparse", "categorical"])
def test_three_scores_in_numeric_order(tmp_path: Path, class_mode: str) -> None:
    draw_set(tmp_path / "set", {"60": 15, "80": 15, "100": 15})
    result = train_quickly(tmp_path / "set", tmp_path / "runs", class_mode=class_mode, epochs=16)
    assert result.class_map.classes == ("60", "80", "100")
    assert result.class_map.positive is None
    assert result.metrics.balanced_accuracy > 0.6
    assert (result.metrics.escape, result.metrics.auc_of) == (None, None)
    first = labelkit.predict(result.bundle, tmp_path / "set" / "100")[0]
    assert list(first.probabilities or {}) == ["60", "80", "100"]
    assert sum((first.probabilities or {}).values()) == pytest.approx(1)
    assert len(first.logits) == 3
    assert first.as_json()["logit"] == list(first.logits)


def test_no_bundle_is_left_when_an_image_is_broken(tmp_path: Path) -> None:
    draw_set(tmp_path / "set", {"GO": 8, "NG": 8})
    broken = tmp_path / "set" / "NG" / "004.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    for loader in ("generator", "flow_from_directory"):
        with pytest.raises(ImageError) as told:
            train_quickly(tmp_path / "set", tmp_path / "runs", loader=loader)
        assert told.value.place == str(broken)
        assert told.value.exit_code == 3
    assert not (tmp_path / "runs").exists()


def wrong_folders(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    draw_set(tmp_path / "single", {"GO": 4})
    draw_set(tmp_path / "few", {"GO": 4, "NG": 1})
    draw_set(tmp_path / "gap", {"GO": 4, "NG": 4})
    (tmp_path / "gap" / "spare").mkdir()
    draw_set(tmp_path / "parts" / "train", {"GO": 4, "NG": 4})
    draw_set(tmp_path / "parts" / "test", {"GO": 4, "NG": 4})
    (tmp_path / "bare").mkdir()
    return {
        "missing": (tmp_path / "nowhere", "no such folder"),
        "bare": (tmp_path / "bare", "no class folders"),
        "one class": (tmp_path / "single", r"1 class folder \(GO\)"),
        "one image": (tmp_path / "few", r"too few in NG \(1\)"),
        "empty class": (tmp_path / "gap", r"too few in spare \(0\)"),
        "parts": (tmp_path / "parts", "not both train and validation"),
    }


@pytest.mark.parametrize("name", ["missing", "bare", "one class", "one image", "empty class", "parts"])
def test_a_folder_that_cannot_be_trained_on_is_one_clear_error(tmp_path: Path, name: str) -> None:
    folder, message = wrong_folders(tmp_path)[name]
    with pytest.raises(UsageError, match=message) as told:
        train_quickly(folder, tmp_path / "runs")
    assert told.value.remedy
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loader": "generater"}, "did you mean 'generator'"),
        ({"class_mode": "binery"}, "did you mean 'binary'"),
        ({"network": "smal"}, "no network 'smal'"),
        ({"classes": ["GO", "Ng"]}, "did you mean 'NG'"),
        ({"positive": "no"}, "no class 'no'"),
        ({"validation_split": 1.0}, "between 0 and 1"),
        ({"validation_split": 0.99}, "none to train on"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"image_size": (8, 80)}, "at least 16 x 16"),
    ],
)
def test_wrong_options_are_told_and_nothing_is_written(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        train_quickly(go_ng(), tmp_path / "runs", **options)
    assert not (tmp_path / "runs").exists()


def test_binary_of_three_classes_is_refused(tmp_path: Path) -> None:
    draw_set(tmp_path / "set", {"60": 3, "80": 3, "100": 3})
    with pytest.raises(UsageError, match="there are 3: 60, 80, 100"):
        train_quickly(tmp_path / "set", tmp_path / "runs", class_mode="binary")


def test_bundles_are_never_written_among_the_classes(tmp_path: Path) -> None:
    draw_set(tmp_path / "set", {"GO": 4, "NG": 4})
    with pytest.raises(UsageError, match="every folder becomes a class"):
        train_quickly(tmp_path / "set", tmp_path / "set" / "runs")
    assert sorted(p.name for p in (tmp_path / "set").iterdir()) == ["GO", "NG"]


def test_what_keras_loader_does_not_read_is_told(tmp_path: Path) -> None:
    draw_set(tmp_path / "set", {"GO": 8, "NG": 8})
    Image.new("RGB", (40, 40)).save(tmp_path / "set" / "GO" / "more.webp")
    result = train_quickly(tmp_path / "set", tmp_path / "runs", loader="flow_from_directory", epochs=1)
    assert sum(result.samples.values()) == 16
    assert result.warnings[0].startswith("flow_from_directory reads 16 images, 17 are there")
    card = json.loads((Path(result.bundle) / "bundle.json").read_text(encoding="utf-8"))
    assert card["data"]["images"] == 16


def test_a_training_that_diverges_is_an_error_and_leaves_no_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_: Bundle, pixels: np.ndarray) -> np.ndarray:
        return np.full((len(pixels), 1), np.nan)

    monkeypatch.setattr(Bundle, "logits", nothing)
    draw_set(tmp_path / "set", {"GO": 8, "NG": 8})
    with pytest.raises(DataError, match="the training diverged"):
        train_quickly(tmp_path / "set", tmp_path / "runs", epochs=1)
    assert not (tmp_path / "runs").exists()
