from __future__ import annotations

import math

import numpy as np
import pytest

from labelkit.domain.classes import ClassMap
from labelkit.domain.metrics import Metrics
from labelkit.training.metrics import (
    average_precision,
    cross_entropy,
    exact_interval,
    judge,
    log_probabilities,
    rank_area,
)

GO_NG = ClassMap(("GO", "NG"), reject="NG")


def binary(*logits: float) -> np.ndarray:
    return np.array(logits, np.float64)[:, np.newaxis]


def judged(
    logits: np.ndarray, truth: list[int], class_map: ClassMap = GO_NG, shares: tuple[float, ...] = ()
) -> Metrics:
    known = shares or (1 / len(class_map.classes),) * len(class_map.classes)
    return judge(logits, np.array(truth), class_map=class_map, shares=known)


def test_cross_entropy_of_known_probabilities() -> None:
    z = binary(math.log(0.8 / 0.2), math.log(0.3 / 0.7))
    assert cross_entropy(z, np.array([1, 0])) == pytest.approx(-(math.log(0.8) + math.log(0.7)) / 2)
    three = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    assert cross_entropy(three, np.array([1, 2])) == pytest.approx(-(math.log(0.3) + math.log(0.8)) / 2)


def test_large_logits_are_neither_clipped_nor_infinite() -> None:
    assert cross_entropy(binary(100.0), np.array([0])) == pytest.approx(100)
    assert cross_entropy(binary(-1000.0), np.array([1])) == pytest.approx(1000)
    assert cross_entropy(np.array([[500.0, 0.0, -500.0]]), np.array([2])) == pytest.approx(1000)


def test_two_ways_of_writing_two_classes_agree() -> None:
    z = np.random.default_rng(0).normal(0, 3, 50)
    pair = np.stack([np.zeros(50), z], axis=1)
    assert log_probabilities(z[:, np.newaxis]) == pytest.approx(log_probabilities(pair))


def test_average_precision() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert average_precision(scores, np.array([True, False, True, False])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(scores, np.array([True, True, False, False])) == 1
    ties = np.array([0.5, 0.5, 0.5, 0.5])
    assert average_precision(ties, np.array([True, False, False, False])) == pytest.approx(0.25)
    assert math.isnan(average_precision(scores, np.zeros(4, np.bool_)))


def test_exact_interval_of_the_textbook() -> None:
    low, high = exact_interval(18, 19)
    assert (low, high) == pytest.approx((0.7397, 0.9987), abs=1e-4)
    assert exact_interval(20, 20)[1] == 1
    assert exact_interval(20, 20)[0] == pytest.approx(0.025 ** (1 / 20))
    assert exact_interval(0, 20)[0] == 0


def test_confusion_speaks_by_name_and_of_escape_and_overkill() -> None:
    m = judged(binary(-1, -1, 2, -3, 4, 4, -1), [0, 0, 0, 0, 1, 1, 1])
    assert m.confusion == ((3, 1), (1, 2))
    assert m.accuracy == pytest.approx(5 / 7)
    assert m.balanced_accuracy == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert m.escape == pytest.approx(1 / 3)
    assert m.overkill == pytest.approx(1 / 4)


def test_escape_follows_the_name_not_the_index() -> None:
    flipped = ClassMap(("NG", "GO"), reject="NG")
    m = judged(binary(1, 1, -2, 3, -4, -4, 1), [1, 1, 1, 1, 0, 0, 0], flipped)
    assert m.escape == pytest.approx(1 / 3)
    assert m.overkill == pytest.approx(1 / 4)
    assert m.pr_auc == judged(binary(-1, -1, 2, -3, 4, 4, -1), [0, 0, 0, 0, 1, 1, 1]).pr_auc


def test_nothing_is_said_of_rejects_where_none_is_known() -> None:
    m = judged(binary(1, -1), [1, 0], ClassMap(("60", "100")))
    assert (m.escape, m.overkill) == (None, None)
    assert m.auc_of == "100"


def test_prior_is_that_of_the_training_images() -> None:
    m = judged(binary(0, 0, 0, 0), [0, 0, 0, 1], shares=(0.9, 0.1))
    assert m.prior_cross_entropy == pytest.approx(-(3 * math.log(0.9) + math.log(0.1)) / 4)
    assert m.cross_entropy == pytest.approx(math.log(2))
    assert m.likelihood == pytest.approx(0.5)
    assert m.guess == "GO"
    assert m.guess_accuracy == 0.75
    assert m.guess_balanced_accuracy == 0.5


def test_more_classes_take_the_mean_area() -> None:
    m = judged(np.eye(3) * 5, [0, 1, 2], ClassMap(("60", "80", "100")))
    assert (m.pr_auc, m.auc_of, m.accuracy) == (1, None, 1)
    assert m.confusion == ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@pytest.mark.parametrize("seed", range(8))
def test_areas_are_those_of_scikit_learn_ties_included(seed: int) -> None:
    from sklearn.metrics import average_precision_score, balanced_accuracy_score, log_loss, roc_auc_score

    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 200)
    z = np.round(rng.normal(truth, 2.0), 1)[:, np.newaxis]
    m = judged(z, truth.tolist())
    assert m.roc_auc == pytest.approx(roc_auc_score(truth, z[:, 0]))
    assert m.pr_auc == pytest.approx(average_precision_score(truth, z[:, 0]))
    assert m.cross_entropy == pytest.approx(log_loss(truth, 1 / (1 + np.exp(-z[:, 0]))))
    assert m.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, z[:, 0] > 0))
    three = rng.integers(0, 3, 90)
    logits = np.eye(3)[three] + rng.normal(0, 1, (90, 3))
    many = judged(logits, three.tolist(), ClassMap(("60", "80", "100")))
    shares = np.exp(log_probabilities(logits))
    assert many.roc_auc == pytest.approx(roc_auc_score(three, shares, multi_class="ovr", average="macro"))


def test_one_class_alone_has_no_area() -> None:
    m = judged(binary(1, -1, 2), [1, 1, 1])
    assert math.isnan(m.roc_auc)
    assert math.isnan(m.pr_auc)
    assert m.overkill is None
    assert m.overkill_interval is None
    assert math.isnan(rank_area(np.array([1.0, 2.0]), np.array([True, True])))


def test_escape_and_overkill_have_the_exact_intervals_of_the_tables() -> None:
    m = judged(binary(*[5] * 9, -5, *[-5] * 20), [1] * 10 + [0] * 20)
    assert m.escape == pytest.approx(0.1)
    assert m.escape_interval == pytest.approx((0.00253, 0.44502), abs=1e-5)  # 1 of 10, Clopper and Pearson
    assert m.overkill_interval == pytest.approx((0, 0.16843), abs=1e-5)  # 0 of 20
