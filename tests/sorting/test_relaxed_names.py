"""Names that differ a little: what finds an image, and what is left alone because it is not unique."""

from __future__ import annotations

import pytest

from labelkit.sorting.relaxed_names import CASE, DIGITS, NO_SUFFIX, SUFFIX, find_relaxed


def found(
    paths: list[str], lost: list[str], *, owned: tuple[int, ...] = (), pad_digits: int = 0
) -> dict[str, tuple[str, str]]:
    """Written name to (path, step)."""
    hits = find_relaxed(paths, list(enumerate(lost)), owned=owned, pad_digits=pad_digits)
    return {lost[hit.row]: (paths[hit.image], hit.step) for hit in hits}


@pytest.mark.parametrize(
    ("path", "written", "step"),
    [
        ("s1/A1.PNG", "a1.png", CASE),
        ("s1/a.png", "S1/A.png", CASE),
        ("か\u3099.png", "が.png", CASE),
        ("ｱ.png", "ア.png", CASE),
        ("a.png", "x/a.bmp", SUFFIX),
        ("a.jpg", "a.jpeg", SUFFIX),
        ("s1/a.b.png", "a.b", NO_SUFFIX),
        ("s1/007.png", "7", DIGITS),
        ("s1/007.png", "7.bmp", DIGITS),
        ("L3_007.png", "L3_7.png", DIGITS),
    ],
)
def test_each_step_finds_its_names_and_says_so(path: str, written: str, step: str) -> None:
    assert found([path, "other.png"], [written], pad_digits=3) == {written: (path, step)}


@pytest.mark.parametrize(
    ("paths", "lost", "owned"),
    [
        (["a/1.PNG", "b/1.PNG"], ["1.png"], ()),
        (["a.png", "a.jpg"], ["a.bmp"], ()),
        (["a.png"], ["a.bmp", "a.jpg"], ()),
        (["a.png"], ["a.bmp"], (0,)),
        (["a.png"], ["a"], (0,)),
        (["L1.png"], ["L1.7"], ()),
        (["a.png"], [""], ()),
    ],
)
def test_what_is_not_unique_is_left_alone(paths: list[str], lost: list[str], owned: tuple[int, ...]) -> None:
    assert found(paths, lost, owned=owned) == {}


def test_the_whole_path_decides_before_the_last_part() -> None:
    paths = ["s1/a.png", "s2/a.png"]
    assert found(paths, ["S2/A.PNG"]) == {"S2/A.PNG": ("s2/a.png", CASE)}


def test_case_means_the_same_file_even_where_another_row_names_it() -> None:
    assert found(["a.png"], ["A.png"], owned=(0,)) == {"A.png": ("a.png", CASE)}


@pytest.mark.parametrize("digits", [0, 2, 4])
def test_digits_are_padded_only_when_declared_and_only_so_far(digits: int) -> None:
    assert found(["007.png"], ["7"], pad_digits=digits) == {}


def test_padded_digits_never_take_an_image_that_a_row_names() -> None:
    assert found(["007.png"], ["7"], owned=(0,), pad_digits=3) == {}
    assert found(["007.png", "7.png"], ["07"], pad_digits=3) == {}
