from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import UsageError
from labelkit.training.directory import flow_from_directory
from tests.training.scenes import draw_set, go_ng


def test_the_tutorials_snippet_and_labelkit_beside_it() -> None:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    base_dir = str(go_ng())
    theirs = ImageDataGenerator(rescale=1 / 255, validation_split=0.2).flow_from_directory(
        base_dir, target_size=(80, 80), batch_size=32, class_mode="binary", subset="training"
    )
    ours = flow_from_directory(base_dir)
    for it in (theirs, ours.training):
        x, y = it[0]
        assert (x.shape, x.dtype) == ((32, 80, 80, 3), np.float32)
        assert 0 <= x.min() < 0.3
        assert 0.5 < x.max() <= 1
        assert (y.shape, y.dtype) == ((32,), np.float32)
        assert set(y) == {0, 1}
        assert len(it[1][1]) == len(it.filenames) - 32 == 27, "the last batch is shorter"
    assert ours.training.filenames == theirs.filenames
    assert (ours.training.classes == theirs.classes).all()
    assert ours.training.class_indices == theirs.class_indices == {"GO": 0, "NG": 1}


def test_validation_is_plain_in_order_and_shares_no_image(tmp_path: Path) -> None:
    draw_set(tmp_path, {"GO": 10, "NG": 10})
    training, validation = flow_from_directory(
        tmp_path, target_size=(40, 40), preprocessing_function=lambda x: x * 0 + 255
    )
    assert (validation.samples, training.samples) == (4, 16)
    assert not set(training.filenames) & set(validation.filenames)
    assert (training[0][0] == 1).all(), "training images are augmented"
    assert (validation[0][0] == validation[0][0]).all()
    with Image.open(validation.filepaths[0]) as image:
        assert (validation[0][0][0] == np.asarray(image) * np.float32(1 / 255)).all()
    assert validation[0][1].tolist() == validation.classes.tolist() == [0, 0, 1, 1]


def test_order_is_always_explicit(tmp_path: Path) -> None:
    draw_set(tmp_path, {"60": 5, "100": 5})
    (tmp_path / ".ipynb_checkpoints").mkdir()
    assert flow_from_directory(tmp_path).training.class_indices == {"60": 0, "100": 1}
    assert flow_from_directory(tmp_path, classes=["100", "60"]).validation.class_indices == {"100": 0, "60": 1}
    with pytest.raises(UsageError, match="did you mean '60'"):
        flow_from_directory(tmp_path, classes=["600", "100"])


def test_one_seed_gives_one_order(tmp_path: Path) -> None:
    draw_set(tmp_path, {"GO": 12, "NG": 12})
    first, again, other = (flow_from_directory(tmp_path, seed=s, batch_size=32).training[0][1] for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_mode": "binary"}, "class_mode='sparse'"),
        ({"class_mode": "sparse", "rotation": 10}, "rotation"),
        ({"class_mode": "sparse", "validation_split": 1.5}, "validation_split"),
        ({"class_mode": "sparse", "validation_split": 0.1}, "no image to validate in 60, 80, 100"),
    ],
)
def test_what_keras_would_swallow_or_garble_is_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    draw_set(tmp_path, {"60": 4, "80": 4, "100": 4})
    with pytest.raises(UsageError, match=message):
        flow_from_directory(tmp_path, **options)  # type: ignore[arg-type]


def test_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from labelkit.training.backend import keras

    draw_set(tmp_path, {"GO": 5, "NG": 5})
    keras.config.enable_interactive_logging()
    flow_from_directory(tmp_path)
    assert capsys.readouterr() == ("", "")
    assert keras.config.is_interactive_logging_enabled()
