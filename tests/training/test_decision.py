from __future__ import annotations

import numpy as np
import pytest

from labelkit.domain.evaluation import Costs
from labelkit.training.decision import cheapest_threshold


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
