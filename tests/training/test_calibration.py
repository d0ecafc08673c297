from __future__ import annotations

import numpy as np
import pytest

from labelkit.training.calibration import calibrate, calibration_error, fit_temperature, reliability


def honest(rng: np.random.Generator, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose probabilities are exact."""
    z = rng.normal(0, 2, images)
    return z[:, np.newaxis], (rng.random(images) < 1 / (1 + np.exp(-z))).astype(np.intp)


@pytest.mark.parametrize("factor", [1.0, 2.5, 0.4])
def test_the_temperature_that_was_put_in_comes_out(factor: float) -> None:
    z, truth = honest(np.random.default_rng(0), 20_000)
    found = calibrate(z * factor, truth)
    assert found.temperature == pytest.approx(factor, rel=0.05)
    assert found.error_after == pytest.approx(0, abs=0.012)
    if factor != 1:
        assert found.error > 0.05


def test_calibration_error_of_a_known_case() -> None:
    """Ten images said with 0.9, of which six are right: off by 0.3."""
    z = np.full((10, 1), np.log(0.9 / 0.1))
    assert calibration_error(z, np.array([1] * 6 + [0] * 4)) == pytest.approx(0.3)


def test_no_temperature_is_made_up() -> None:
    assert fit_temperature(np.array([[3.0], [-2.0]]), np.array([1, 0])) is None
    assert fit_temperature(np.array([[3.0], [-2.0]]), np.array([0, 1])) is None
    assert fit_temperature(np.array([[800.0], [-800.0]]), np.array([1, 0])) is None
    found = calibrate(np.array([[3.0], [-2.0]]), np.array([1, 0]))
    assert (found.temperature, found.cross_entropy_after) == (None, None)


def test_reliability_of_a_known_case() -> None:
    """Ten images said with 0.9, of which six are right, and four said with 0.6, all right: two bins."""
    z = np.concatenate([np.full((10, 1), np.log(9)), np.full((4, 1), -np.log(1.5))])
    found = reliability(z, np.array([1] * 6 + [0] * 4 + [0] * 4))
    assert [(b.images, b.right, round(b.sure, 6)) for b in found] == [(4, 4, 0.6), (10, 6, 0.9)]
    assert all(b.low <= b.sure <= b.high and b.interval[0] <= b.accuracy <= b.interval[1] for b in found)
    assert found[1].interval == pytest.approx((0.2624, 0.8784), abs=1e-4)  # Clopper and Pearson, 6 of 10
    error = sum(b.images * abs(b.accuracy - b.sure) for b in found) / 14
    assert error == pytest.approx(calibration_error(z, np.array([1] * 6 + [0] * 8)))
