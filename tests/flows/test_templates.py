"""Templates: equal names in several folders, several images a serial, paths alone, names that are no identifiers."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelkit
from tests.flows.dirt import Line, labels_of
from tests.flows.scenes import image


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_three_stations_with_equal_file_names(line: Line) -> None:
    line.images(*(f"station{s}/{n:03d}.png" for s in (1, 2, 3) for n in (1, 2)))
    rows = [(s, n, "OK" if s * n % 2 else "NG") for s in (1, 2, 3) for n in (1, 2)]
    line.table("station,serial,verdict\n" + "".join(f"station{s},{n:03d},{v}\n" for s, n, v in rows))
    wanted = {f"station{s}/{n:03d}.png": v for s, n, v in rows}
    assert line.labels(file="{station}/{serial}.png") == wanted
    assert line.labels(path_fields="{station}/{serial}.png") == wanted
    assert "fits 3 images" in line.refused(file="{serial}.png")


def test_several_images_of_a_serial_share_its_row(line: Line) -> None:
    line.images("L1_0007_top.png", "L1_0007_side.png", "L2_0007_top.png", "L2_0009_top.png")
    line.table("lot,serial,verdict\nL1,0007,OK\nL2,0007,NG\n")
    result = line.sort(path_fields="{lot}_{serial}_{camera}.png")
    assert labels_of(result) == {"L1_0007_side.png": "OK", "L1_0007_top.png": "OK", "L2_0007_top.png": "NG"}
    assert [(p.file, p.state) for p in result.problems] == [("L2_0009_top.png", "unlisted")]


def test_fields_of_paths_need_no_metadata(tmp_path: Path) -> None:
    for name in ("GO/L1_1.png", "NG/L1_2.png", "NG/L2_3.png"):
        image(tmp_path / "raw" / name)
    result = labelkit.sort(
        tmp_path / "raw",
        base_dir=tmp_path / "b",
        path_fields="{folder}/{lot}_{n}.png",
        rule=["folder == 'GO' -> GO", "lot == 'L2' -> NG"],
        dry_run=True,
    )
    assert labels_of(result) == {"GO/L1_1.png": "GO", "NG/L2_3.png": "NG"}


def test_japanese_column_names_in_templates_rules_and_contracts(line: Line) -> None:
    line.images("第1工程/0012.png", "第2工程/0012.png")
    line.table("工程;検査 No.;得点\n第1工程;12;80,5\n第2工程;12;70,5\n", encoding="cp932")
    options = {
        "file": "{工程}/{検査 No.}.png",
        "rule": ["[得点] >= 80 -> GO", "[得点] < 80 -> NG"],
        "contracts": {"検査 No.": {"pad": 4}, "得点": {"type": "number", "decimal": ",", "min": 0, "max": 100}},
    }
    assert line.labels(**options) == {"第1工程/0012.png": "GO", "第2工程/0012.png": "NG"}
