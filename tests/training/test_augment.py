"""Augmentation: as written by a person, and what it does to a picture."""

from __future__ import annotations

import numpy as np
import pytest

from labelkit.domain.augmentation import DEFAULT_AUGMENTATION, NO_AUGMENTATION, Augmentation, parse_augmentation
from labelkit.domain.errors import UsageError
from labelkit.training.augment import Views


def part() -> np.ndarray:
    """A gray plate with one bright mark left of the middle."""
    pixels = np.full((60, 60, 3), 100, np.uint8)
    pixels[28:32, 10:14] = 250
    return pixels


def views(allowed: Augmentation, count: int = 60) -> list[np.ndarray]:
    return [Views(allowed).of(part(), 1, epoch, 0) for epoch in range(count)]


def mark(view: np.ndarray) -> tuple[float, float]:
    """Row and column of the bright mark's middle."""
    rows, columns = np.nonzero(view[..., 0] > 190)
    return float(rows.mean()), float(columns.mean())


def test_what_a_person_writes_is_what_is_said_back() -> None:
    for text in ("none", "flip", "turn", "flip,turn", "flip,turn,shift=4,rotate=5,brightness=10,noise=3", "rotate=2.5"):
        assert str(parse_augmentation(text)) == text
    assert parse_augmentation("none") == NO_AUGMENTATION
    assert str(DEFAULT_AUGMENTATION) == "flip,turn,brightness=10"
    assert not Views(NO_AUGMENTATION).changes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flop", "did you mean 'flip'"),
        ("shift", "takes a number"),
        ("shift=1.5", "whole pixels"),
        ("flip=3", "takes no value"),
        ("rotate=90", "between 0 and 45"),
        ("noise=-1", "between 0 and 100"),
        ("flip,flip", "given twice"),
        ("", "no augmentation is named"),
    ],
)
def test_what_it_cannot_mean_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as told:
        parse_augmentation(text)
    assert "flip,turn,shift=4" in told.value.remedy


def test_each_word_does_its_own_and_no_more() -> None:
    assert {mark(v) for v in views(Augmentation(turn=False))} == {(29.5, 11.5), (29.5, 47.5)}
    turned = {mark(v) for v in views(Augmentation(flip=False))}
    assert turned == {(29.5, 11.5), (29.5, 47.5), (11.5, 29.5), (47.5, 29.5)}, "the mark stays whole, wherever it comes"
    none = NO_AUGMENTATION
    assert all((v == part()).all() for v in views(none, 5))
    shifted = {mark(v) for v in views(Augmentation(flip=False, turn=False, shift=3), 200)}
    assert {row for row, _ in shifted} == {29.5 + d for d in range(-3, 4)}
    assert {column for _, column in shifted} == {11.5 + d for d in range(-3, 4)}


def test_a_rotation_is_small_and_brings_in_no_black() -> None:
    found = views(Augmentation(flip=False, turn=False, rotate=10), 100)
    angles = [np.degrees(np.arctan2(29.5 - mark(v)[0], 29.5 - mark(v)[1])) for v in found]
    assert 8 < max(angles) < 11.5
    assert -11.5 < min(angles) < -8
    assert min(v.min() for v in found) >= 99


def test_brightness_and_noise_stay_within_what_was_asked() -> None:
    plain = Augmentation(flip=False, turn=False, brightness=20)
    means = [float(v[:20].mean()) for v in views(plain, 100)]
    assert 79 <= min(means) < 85
    assert 115 < max(means) <= 121
    noisy = np.stack(views(Augmentation(flip=False, turn=False, noise=5), 50))[:, :20].astype(float)
    assert abs(noisy.mean() - 100) < 0.2
    assert abs(noisy.std() - 5) < 0.2
