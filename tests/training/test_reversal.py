from __future__ import annotations

import numpy as np
import pytest

from labelkit.domain.classes import ClassMap
from labelkit.training.reversal import ALARM, find_reversal

GO_NG = ClassMap(("GO", "NG"), reject="NG")


def drawn(rng: np.random.Generator, *, images: int, share: float, skill: float) -> tuple[np.ndarray, np.ndarray]:
    """Logits of index 1 and true classes: `skill` is how far apart the classes lie."""
    truth = (rng.random(images) < share).astype(np.intp)
    truth[:2] = (0, 1)
    return (skill * (2 * truth - 1) + rng.normal(0, 1, images))[:, np.newaxis], truth


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_a_model_read_the_wrong_way_round_is_noticed_whatever_its_threshold(share: float) -> None:
    z, truth = drawn(np.random.default_rng(1), images=400, share=share, skill=-1.0)
    for moved in (z, z + 8, z - 8):
        found = find_reversal(moved, truth, class_map=GO_NG)
        assert found is not None
        assert found.p < ALARM
        assert found.roc_auc < 0.2
        assert "GO and NG the wrong way round" in str(found)
    found = find_reversal(z, truth, class_map=GO_NG)
    assert found is not None
    assert found.fitting == ("NG", "GO")


def test_right_models_and_models_that_know_nothing_are_not_called_reversed() -> None:
    rng = np.random.default_rng(2)
    right = [drawn(rng, images=60, share=0.1, skill=1.0) for _ in range(100)]
    assert not any(find_reversal(z, truth, class_map=GO_NG) for z, truth in right)
    blind = [drawn(rng, images=60, share=0.3, skill=0.0) for _ in range(400)]
    alarms = sum(find_reversal(z, truth, class_map=GO_NG) is not None for z, truth in blind)
    assert alarms <= 12  # 1 % of 400 is 4; more than 12 has a chance of 0.0003


def test_three_classes_in_another_order_are_named_with_the_order_that_fits() -> None:
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(3), 30)
    outputs = np.array([2, 0, 1])[truth]  # class 0 comes out at output 2
    z = 3 * np.eye(3)[outputs] + rng.normal(0, 1, (90, 3))
    found = find_reversal(z, truth, class_map=ClassMap(("60", "80", "100")))
    assert found is not None
    assert found.fitting == ("80", "100", "60")


def test_a_class_without_images_says_nothing() -> None:
    assert find_reversal(np.ones((5, 1)), np.zeros(5, np.intp), class_map=GO_NG) is None
