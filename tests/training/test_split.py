from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.classes import ClassMap
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.training.split import split


def dataset(**counts: int) -> Dataset:
    samples = [(f"{name}/{i:04}.png", name) for name, n in counts.items() for i in range(n)]
    return Dataset("/nowhere", ClassMap(tuple(counts)), tuple(sorted(samples)))


@given(st.integers(2, 200), st.integers(2, 200), st.floats(0.05, 0.5), st.integers(0, 9))
def test_every_class_gives_its_share_to_both_sides(go: int, ng: int, fraction: float, seed: int) -> None:
    whole = dataset(GO=go, NG=ng)
    training, validation = split(whole, fraction=fraction, seed=seed)
    assert sorted(training.samples + validation.samples) == list(whole.samples)
    for name, n in (("GO", go), ("NG", ng)):
        assert validation.counts[name] == max(1, round(fraction * n))
        assert training.counts[name] >= 1


def test_depends_on_seed_and_paths_alone() -> None:
    whole = dataset(GO=50, NG=30)
    backwards = whole.part(tuple(reversed(whole.samples)))
    assert set(split(whole, fraction=0.2, seed=1)[1].samples) == set(split(backwards, fraction=0.2, seed=1)[1].samples)
    assert set(split(whole, fraction=0.2, seed=1)[1].samples) != set(split(whole, fraction=0.2, seed=2)[1].samples)


def test_is_not_the_first_by_name() -> None:
    held = [path for path, _ in split(dataset(GO=100, NG=100), fraction=0.2, seed=0)[1].samples if path[0] == "G"]
    assert min(held) < "GO/0030.png"
    assert max(held) > "GO/0070.png"


def test_later_images_move_few_others() -> None:
    before = set(split(dataset(GO=100, NG=60), fraction=0.2, seed=0)[1].samples)
    after = set(split(dataset(GO=101, NG=60), fraction=0.2, seed=0)[1].samples)
    assert len(before ^ after) <= 2
    much_later = set(split(dataset(GO=200, NG=60), fraction=0.2, seed=0)[1].samples)
    assert {s for s in before if s[1] == "NG"} == {s for s in much_later if s[1] == "NG"}


def test_a_class_that_one_side_would_lack_is_refused() -> None:
    with pytest.raises(UsageError, match="'NG' has 2 images") as told:
        split(dataset(GO=10, NG=2), fraction=0.8, seed=0)
    assert told.value.exit_code == 2
