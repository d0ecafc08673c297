from __future__ import annotations

import numpy as np
import pytest

from labelkit.domain.evaluation import Costs
from labelkit.training.decision import cheapest_threshold, reject_curve


@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = (rng.random(150) < 0.2).astype(np.intp)
    p = np.asarray(np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0, 1), 2), np.float64)
    costs = Costs(50, 1)
    found = cheapest_threshold(p, truth, costs)
    tried = [
        (50 * int((truth[p <= t] == 1).sum()) + int((truth[p > t] == 0).sum())) / 150
        for t in np.linspace(-0.01, 1, 1011)
    ]
    assert found.at_threshold.cost(costs) == pytest.approx(min(tried))
    assert found.at_threshold.cost(costs) <= found.at_half.cost(costs)
    assert found.at_half.escapes == int((truth[p <= 0.5] == 1).sum())


def test_among_equally_cheap_ones_the_one_that_exact_probabilities_would_have() -> None:
    p, truth = np.array([0.001, 0.002, 0.9, 0.95]), np.array([0, 0, 1, 1])
    assert cheapest_threshold(p, truth, Costs(50, 1)).threshold == pytest.approx(1 / 51)
    assert cheapest_threshold(p, truth, Costs(1, 1)).threshold == pytest.approx(0.5)
    assert cheapest_threshold(p, truth, Costs(1e-6, 1)).threshold == pytest.approx(0.451)  # the middle of the gap
    apart = cheapest_threshold(p, truth, Costs(50, 1))
    assert (apart.at_threshold.escapes, apart.at_threshold.overkills) == (0, 0)
    assert apart.at_threshold.rejects == apart.at_threshold.goods == 2


def test_escapes_that_cost_much_move_the_line_down() -> None:
    rng = np.random.default_rng(9)
    truth = (rng.random(2000) < 0.3).astype(np.intp)
    p = 1 / (1 + np.exp(-rng.normal(2 * truth - 1, 1.2)))
    lines = [cheapest_threshold(p, truth, Costs(cost, 1)).threshold for cost in (0.1, 1, 10, 100)]
    assert lines == sorted(lines, reverse=True)
    assert lines[0] > lines[-1]


def test_the_lines_of_a_known_case() -> None:
    """Rejects at 0.3, 0.6, 0.9; good ones at 0.1, 0.4, 0.7."""
    p, truth = np.array([0.3, 0.6, 0.9, 0.1, 0.4, 0.7]), np.array([1, 1, 1, 0, 0, 0])
    curve = reject_curve(p, truth, name="NG")
    told = [(line.kind, line.threshold, line.counts.escapes, line.counts.overkills) for line in curve.lines]
    assert told == [
        ("no_escape", pytest.approx(0.2), 0, 2),
        ("half", 0.5, 1, 1),
        ("no_overkill", pytest.approx(0.8), 2, 0),
    ]
    assert [(e, o) for _, e, o in curve.points] == [(0, 3), (0, 2), (1, 2), (1, 1), (2, 1), (2, 0), (3, 0)]
    thresholds = [t for t, _, _ in curve.points]
    assert thresholds == [0, 0.1, 0.3, 0.4, 0.6, 0.7, 0.9]


def test_no_line_lies_below_a_probability_of_nothing() -> None:
    """An image given no reject at all is let through wherever the line stands: no escape cannot be promised."""
    p, truth = np.array([0.0, 0.4, 0.8, 1.0]), np.array([1, 0, 1, 1])
    curve = reject_curve(p, truth, name="NG")
    assert [str(line.kind) for line in curve.lines] == ["half", "no_overkill"]
    assert min(e for _, e, _ in curve.points) == 1
    assert cheapest_threshold(p, truth, Costs(1000, 1)).at_threshold.escapes == 1


@pytest.mark.parametrize("seed", range(3))
def test_every_point_of_a_curve_counts_what_a_line_there_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = (rng.random(3000) < 0.3).astype(np.intp)
    p = 1 / (1 + np.exp(-rng.normal(3 * truth - 2, 2)))
    curve = reject_curve(p, truth, name="NG")
    assert len(curve.points) <= 202
    for at, escapes, overkills in curve.points:
        assert escapes == int((truth[p <= at] == 1).sum())
        assert overkills == int((truth[p > at] == 0).sum())
    assert (curve.points[0][1], curve.points[-1][2]) == (0, 0)
