from __future__ import annotations

import pytest

from labelkit.domain.errors import UsageError
from labelkit.sorting.param_grid import parse_grid, points_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("t=60:95:5", ["60", "65", "70", "75", "80", "85", "90", "95"]),
        ("t=0.1:0.5:0.1", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("t=0:1:0.3", ["0.0", "0.3", "0.6", "0.9"]),
        ("t=95:85:-5", ["95", "90", "85"]),
        ("t=7:7:1", ["7"]),
        ("t=1,2.50, 3", ["1", "2.50", "3"]),
        ("t=A1,A2,A1", ["A1", "A2"]),
    ],
)
def test_values_are_exact_in_decimals_and_both_ends_are_in(text: str, values: list[str]) -> None:
    assert parse_grid([text]) == {"t": tuple(values)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threshold", "is not NAME"),
        ("=1:2:3", "is not NAME"),
        ("t=", "is not NAME"),
        ("t=1:5:0", "never reach"),
        ("t=1:5:-1", "never reach"),
        ("t=1:nan:1", "must be numbers"),
        ("t=0:1e9:1e-9", "more than 1,000"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_grid([text])


def test_several_parameters_make_every_point_and_too_many_are_refused() -> None:
    grid = parse_grid(["a=1:3:1", "b=x,y"])
    assert [tuple(p.values()) for p in points_of(grid)] == [(a, b) for a in "123" for b in "xy"]
    with pytest.raises(UsageError, match="10,201 points"):
        parse_grid(["a=0:100:1", "b=0:100:1"])
