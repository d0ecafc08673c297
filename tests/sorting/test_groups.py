from __future__ import annotations

import pytest

from labelkit.domain.errors import UsageError
from labelkit.sorting.group_guess import day_of, groups_in_names, telling_columns
from labelkit.sorting.group_patterns import groups_by_pattern, is_pattern


def same(*paths: str) -> dict[str, str]:
    return {path: path for path in paths}


@pytest.mark.parametrize(
    ("pattern", "name", "group"),
    [
        ("{lot}_*", "GO/A12_0003.png", "lot=A12"),
        ("{lot}_{serial}_*", "GO/A12_0003_cam1.png", "lot=A12, serial=0003"),
        ("{lot}_{serial}_{_cam}.png", "GO/A12_0003_cam1.png", "lot=A12, serial=0003, _cam=cam1"),
        ("{station}/*", "station2/0003.png", "station=station2"),
        (r"(\d{8})", "GO/x_20260302_7.png", "20260302"),
        (r"lot(?P<lot>\w)-(?P<day>\d+)", "GO/lotB-17.png", "lot=B, day=17"),
        ("L[0-9]+", "GO/L7-x.png", "L7"),
    ],
)
def test_a_pattern_reads_the_group(pattern: str, name: str, group: str) -> None:
    assert is_pattern(pattern)
    assert groups_by_pattern(same(name), pattern) == {name: group}


def test_paths_that_do_not_fit_stand_alone_and_none_at_all_is_an_error() -> None:
    names = same("GO/A_1.png", "GO/single.png")
    assert groups_by_pattern(names, "{lot}_*") == {"GO/A_1.png": "lot=A"}
    with pytest.raises(UsageError, match="fits none of 2 paths") as e:
        groups_by_pattern(names, "{lot}#*")
    assert "GO/A_1.png" in e.value.remedy
    with pytest.raises(UsageError, match="cannot be read"):
        groups_by_pattern(names, "(lot")


def test_a_plain_name_is_a_column() -> None:
    assert not is_pattern("lot")
    assert not is_pattern("ロット番号")
    assert not is_pattern("検査 No.")


def test_telling_columns_come_widest_first() -> None:
    assert telling_columns(["file", "Serial No.", "score", "LOT_ID", "ロット", "date"]) == [
        "LOT_ID",
        "ロット",
        "Serial No.",
        "date",
    ]


def kinds(names: list[str]) -> list[tuple[str, int]]:
    return [(kind, len(set(found.values()))) for kind, found in groups_in_names(same(*names))]


def test_lots_serials_and_days_are_seen_in_names() -> None:
    lots = [f"GO/lot{lot}_{n:04}_cam{c}.png" for lot in range(4) for n in range(6) for c in (1, 2)]
    assert kinds(lots) == [("lot", 4), ("serial", 24)]
    days = [f"GO/2026030{d}-{n:03}.png" for d in range(1, 6) for n in range(8)]
    assert kinds(days) == [("day", 5)]


@pytest.mark.parametrize(
    "names",
    [
        [f"{c}/{n:04}.png" for c in ("GO", "NG") for n in range(30)],  # numbered anew in each class: no serials
        [f"{c}/img_{n:04}.png" for c in ("GO", "NG") for n in range(30)],
        [f"GO/cam{n % 3}_{n:04}.png" for n in range(30)],  # every part passes each camera
        [f"GO/part_{n:04}.png" for n in range(30)],
        ["GO/a_b_c.png", "GO/a.png", "GO/a-b.png", "GO/x_y.png"],
        [],
    ],
)
def test_numbers_and_cameras_are_no_groups(names: list[str]) -> None:
    assert kinds(names) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-02T06:25:19", "2026-03-02"),
        ("2026/3/2 6:25", "2026-03-02"),
        ("20260302", "2026-03-02"),
        ("2026年3月2日", "2026-03-02"),
        ("77.7", ""),
        ("2026-13-02", ""),
        ("", ""),
    ],
)
def test_days_of_cells(text: str, day: str) -> None:
    assert day_of(text) == day
