"""What fits an annotation, and how all that does not is told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import pytest

from labelkit.domain.argument_kinds import checked, fits
from labelkit.domain.errors import UsageError


@pytest.mark.parametrize(
    ("hint", "right", "wrong"),
    [
        (int, [3, np.int64(3)], [3.0, "3", True, None]),
        (float, [3, 3.5, np.float32(3)], ["3", True, None]),
        (bool, [True, np.True_], [0, "no", None]),
        (str, ["GO"], [Path("GO"), 60, b"GO", None]),
        (str | Path, ["runs", Path("runs"), PurePosixPath("runs")], [3, None, ["runs"]]),
        (int | None, [None, 3], ["3"]),
        (tuple[int, int], [(80, 80), [80, 120]], [80, (80,), (80, 80, 3), (80.0, 80), "80x80"]),
        (Sequence[str], [["GO", "NG"], ("GO",), [], np.array(["GO"])], ["GO", [60], {"GO"}, {"GO": 1}, 3]),
        (Sequence[str] | None, [None, ["GO"]], ["GO"]),
        (Mapping[str, str], [{"60": "NG"}], [["60"], "60"]),
        (Callable[[str], str], [str.lower], ["lower"]),
        (Literal["a", "b"], ["a"], ["c"]),
        (object, [3, None], []),
    ],
)
def test_what_fits_an_annotation(hint: object, right: list[object], wrong: list[object]) -> None:
    assert [fits(value, hint) for value in right] == [True] * len(right)
    assert [fits(value, hint) for value in wrong] == [False] * len(wrong)


def test_a_list_that_can_be_run_through_once_is_left_whole() -> None:
    once = iter(["GO", "NG"])
    assert fits(once, Sequence[str])
    assert list(once) == ["GO", "NG"]


def test_all_that_is_wrong_is_said_at_once_and_what_is_right_goes_through() -> None:
    @checked
    def shrink(path: str | Path, *more: str, size: tuple[int, int] = (80, 80), names: Sequence[str] = ()) -> str:
        return f"{path} {more} {size} {names}"

    assert shrink("a", "b", size=(3, 4)) == "a ('b',) (3, 4) ()"
    with pytest.raises(UsageError) as caught:
        shrink(None, 7, size=32, names="GO")  # type: ignore[arg-type] # what a person may pass
    first, *others = str(caught.value).splitlines()
    assert first.endswith("shrink: path must be text or a path, not None")
    assert others == [
        "  more must be text, not 7 (int)",
        "size must be two whole numbers, as (80, 80), not 32 (int)",
        "names must be a list (text), not 'GO' (str)",
    ]
    with pytest.raises(TypeError, match="unexpected keyword argument 'sizes'"):
        shrink("a", sizes=(3, 4))  # type: ignore[call-arg] # Python's own words are good
