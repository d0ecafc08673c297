"""`labelkit audit --facts`: every fact of every image, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

import labelkit as package
from labelkit.domain.facts import fact_columns
from tests.auditing.scenes import fill, picture, write
from tests.checkout import Command
from tests.imaging.jpegs import cut_out, drawing, written


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = fill(tmp_path / "base_dir", GO=3, NG=2)
    write(base / "GO" / "photo.jpg", written(cut_out(drawing(1), (320, 240)), quality=88))
    write(base / "NG" / "=cmd|' /C calc'!A0.png", picture("formula"))
    write(base / "NG" / "良\t\udcff.png", b"no image")
    return base


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_json_lines_hold_every_fact_as_it_is(labelkit: Command, base: Path, tmp_path: Path) -> None:
    file = tmp_path / "facts.jsonl"
    done = labelkit("audit", str(base), "--facts", str(file))
    assert done.returncode == 1
    assert f"the facts of 8 images are in {file}" in done.stderr.replace("\n", "")
    rows = lines_of(file)
    report = package.audit(base)
    assert [row.pop("base_dir") for row in rows] == [str(base)] * 8
    assert rows == [json.loads(json.dumps(fact.flat())) for fact in report.facts]
    by_path = {str(row["path"]): row for row in rows}
    assert list(by_path) == sorted(by_path)
    photo = by_path["GO/photo.jpg"]
    assert (photo["format"], photo["jpeg_quality"], photo["scale"], photo["width"]) == ("JPEG", 88, 2, 320)
    assert str(photo["modified"]).endswith("Z")
    broken = by_path["NG/良\t\udcff.png"]
    assert (broken["fault"], broken["brightness"]) == ("no image: the bytes are of no known format", None)


def test_a_table_for_people_opens_in_a_spreadsheet_and_runs_nothing(
    labelkit: Command, base: Path, tmp_path: Path
) -> None:
    file = tmp_path / "facts.csv"
    labelkit("audit", str(base), "--facts", str(file), "--quiet")
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == ["base_dir", *fact_columns()]
    paths = [row[1] for row in rows]
    assert len(paths) == 8
    assert "NG/良\\t\\udcff.png" in paths
    assert not any(c.startswith(("=", "+", "@", "\t")) for row in rows for c in row)
    told = dict(zip(header, rows[paths.index("GO/photo.jpg")], strict=True))
    assert (told["jpeg_quality"], told["gray"]) == ("88", "false")


def test_the_report_becomes_a_frame(base: Path) -> None:
    report = package.audit(base)
    frame = pd.DataFrame(report.facts_table())
    assert list(frame.columns) == list(fact_columns())
    assert len(frame) == report.files.seen == 8
    readable = frame[frame.fault == ""]
    assert readable.brightness.between(0, 1).all()
    assert readable.phash.str.len().eq(16).all()


def test_workers_find_the_same_facts_and_findings(labelkit: Command, tmp_path: Path) -> None:
    base = fill(tmp_path / "base_dir", GO=200, NG=110)
    rng = drawing(2)
    for i in range(12):
        data = written(cut_out(rng, (200, 150)))
        write(base / "GO" / f"photo{i}.jpg", data if i % 3 else data[: len(data) // 2] + bytes(600) + data[2000:])
    told = []
    for jobs in ("1", "2"):
        file = tmp_path / f"{jobs}.jsonl"
        done = labelkit("audit", str(base), "--json", "--jobs", jobs, "--facts", str(file))
        answer = json.loads(done.stdout)
        del answer["timing"]
        told.append((answer, file.read_bytes()))
    assert told[0] == told[1]
    assert len(told[0][1].splitlines()) == 322


@pytest.mark.parametrize(("name", "why"), [("facts.xlsx", "cannot write"), ("nowhere/facts.csv", "no such folder")])
def test_a_file_that_cannot_be_written_is_refused_first(
    labelkit: Command, base: Path, tmp_path: Path, name: str, why: str
) -> None:
    done = labelkit("audit", str(base), "--facts", str(tmp_path / name))
    assert done.returncode == 2
    assert why in done.stderr
    assert "index 0" not in done.stderr


def test_the_size_to_train_at_comes_from_flag_or_settings(labelkit: Command, tmp_path: Path) -> None:
    base = fill(tmp_path / "base_dir", GO=5, NG=5)
    write(base / "GO" / "big.png", written(cut_out(drawing(3), (400, 400)), "PNG"))

    def shrinks(*options: str) -> bool:
        found = json.loads(labelkit("audit", str(base), "--json", *options, cwd=tmp_path).stdout)["findings"]
        return any(f["check"] == "downscale" for f in found)

    assert shrinks()
    assert not shrinks("--image-size", "120x100")
    (tmp_path / "labelkit.toml").write_text('image_size = "128"\n')
    assert not shrinks()
    assert shrinks("--image-size", "80")
    assert labelkit("audit", str(base), "--image-size", "big").returncode == 2
    assert labelkit("audit", str(base), "--image-size", "0").returncode == 2
