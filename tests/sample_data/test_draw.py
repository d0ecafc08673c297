"""The sample set is what its README says, and its script draws it again."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from scipy.stats import rankdata

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
RAW = SAMPLE / "raw"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sample_{name}", SAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up here
    spec.loader.exec_module(module)
    return module


draw = load("draw")
ITEMS = draw.plan(draw.SEED, draw.COUNT)
BAD = np.array([bool(item.defect) for item in ITEMS])


def files(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


def rows() -> list[dict[str, str]]:
    with (SAMPLE / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    with Image.open(path) as image:
        return np.asarray(image).astype(np.int16)


def auc(values: list[float]) -> float:
    """How well one number tells NG from GO, whichever way round: 0.5 not at all, 1 fully (Mann-Whitney)."""
    ranks = rankdata(np.array(values, dtype=float))
    bad, good = BAD.sum(), (~BAD).sum()
    area = float((ranks[BAD].sum() - bad * (bad + 1) / 2) / (bad * good))
    return max(area, 1 - area)


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("again")
    draw.draw(out, seed=draw.SEED, count=draw.COUNT)
    return out


def test_drawn_again_it_has_the_same_files_and_the_same_table(again: Path) -> None:
    assert files(again / "raw") == files(RAW)
    assert (again / "metadata.csv").read_bytes() == (SAMPLE / "metadata.csv").read_bytes()


def test_drawn_again_it_has_the_same_pixels(again: Path) -> None:
    for name in files(RAW):
        old, new = pixels(RAW / name), pixels(again / "raw" / name)
        assert old.shape == new.shape, name
        assert np.abs(old - new).max() <= (3 if name.endswith(".jpg") else 0), name


def test_another_seed_draws_other_pictures_and_another_table() -> None:
    other = draw.plan(draw.SEED + 1, draw.COUNT)
    assert [i.row for i in other] != [i.row for i in ITEMS]
    ours, theirs = draw.picture(ITEMS[0], draw.SEED).pixels, draw.picture(ITEMS[0], draw.SEED + 1).pixels
    assert np.abs(ours - theirs).mean() > 1


def test_counts_formats_and_size() -> None:
    names = files(RAW)
    assert len(names) == 96
    assert {n.split("/")[0] for n in names} == {"station1", "station2", "station3"}
    formats = Counter(n.rsplit(".", 1)[1] for n in names)
    assert set(formats) == {"png", "jpg", "bmp"}
    assert 4 <= formats["bmp"] <= 6
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()) < 2_000_000
    modes = set()
    for name in names:
        with Image.open(RAW / name) as image:
            assert image.size == (200, 200)
            modes.add(image.mode)
    assert modes == {"L", "RGB"}


def test_one_file_name_stands_for_two_different_images() -> None:
    twice = [n for n, count in Counter(Path(n).name for n in files(RAW)).items() if count > 1]
    assert twice == ["0017.png"]
    assert (RAW / "station1/0017.png").read_bytes() != (RAW / "station2/0017.png").read_bytes()


def test_the_table_has_its_odd_rows() -> None:
    table, names = rows(), set(files(RAW))
    assert (SAMPLE / "metadata.csv").read_bytes().startswith(b"file,lot,station,timestamp,score,verdict\n")
    assert len(table) == 96
    assert [line for line, row in enumerate(table, 2) if row["file"] not in names] == [41]
    assert len(names - {row["file"] for row in table}) == 1
    assert Counter(row["verdict"] for row in table if not row["score"]) == {"OK": 1, "N.G.": 1}
    assert all(row["file"].startswith(row["station"] + "/") for row in table)
    moments = [datetime.fromisoformat(row["timestamp"]) for row in table]
    assert moments == sorted(moments)


def test_the_threshold_gives_the_promised_counts() -> None:
    names = set(files(RAW))
    scores = [float(row["score"]) for row in rows() if row["file"] in names and row["score"]]
    assert sum(s >= 80 for s in scores) == 61
    assert sum(s < 80 for s in scores) == 32
    assert sum(80 <= s < 85 for s in scores) == 7
    assert {80.0, 79.9} <= set(scores)


def test_score_and_verdict_agree_with_what_was_drawn() -> None:
    truth = {item.file: bool(item.defect) for item in ITEMS}
    for row in rows():
        bad = truth.get(row["file"], False)
        assert row["verdict"] == ("N.G." if bad else "OK")
        assert not row["score"] or (float(row["score"]) < 80) == bad


def test_eight_lots_have_unequal_shares_of_bad_parts() -> None:
    shares = {lot: np.mean([bool(i.defect) for i in ITEMS if i.lot == lot]) for lot in draw.LOTS}
    assert len(shares) == 8
    assert max(shares.values()) >= 2 * min(shares.values()) > 0


def test_a_defect_covers_a_small_share_of_the_part() -> None:
    bad = [item for item in ITEMS if item.defect]
    assert {item.defect for item in bad} == {"scratch", "dent", "missing_hole"}
    for item in bad:
        drawing = draw.picture(item, draw.SEED)
        assert 0.002 <= drawing.coverage <= 0.03, item.file
    good = next(item for item in ITEMS if not item.defect)
    assert draw.picture(good, draw.SEED).coverage == 0


def test_no_nuisance_tells_the_class() -> None:
    paths = [RAW / item.file for item in ITEMS]
    pictures = []
    for path in paths:
        with Image.open(path) as image:
            pictures.append(np.asarray(image.convert("RGB")).astype(float))
    size = [float(p.stat().st_size) for p in paths]
    nuisances = {
        "file size": size,
        "bytes per pixel": [s / a[..., 0].size for s, a in zip(size, pictures, strict=True)],
        "red": [float(a[..., 0].mean()) for a in pictures],
        "green": [float(a[..., 1].mean()) for a in pictures],
        "blue": [float(a[..., 2].mean()) for a in pictures],
        "tint": [float(a[..., 0].mean() - a[..., 2].mean()) for a in pictures],
        "brightness": [float(a.mean()) for a in pictures],
        "contrast": [float(a.std()) for a in pictures],
        "lot": [float(draw.LOTS.index(i.lot)) for i in ITEMS],
        "station": [float(i.station[-1]) for i in ITEMS],
        "number": [float(p.stem) for p in paths],
        "last digit": [float(p.stem[-1]) for p in paths],
        "format": [float({".bmp": 0, ".jpg": 1, ".png": 2}[p.suffix]) for p in paths],
        "hour": [float(i.timestamp[11:13]) for i in ITEMS],
        "order": [float(i.index) for i in ITEMS],
        "shape": [float(i.shape == "ring") for i in ITEMS],
    }
    telling = {name: auc(values) for name, values in nuisances.items() if auc(values) > 0.65}
    assert telling == {}


def test_files_of_another_set_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "old.png").write_bytes(b"")
    with pytest.raises(FileExistsError, match=r"old\.png"):
        draw.draw(tmp_path, seed=1, count=draw.COUNT)
    assert files(tmp_path) == ["raw/old.png"]


def test_too_few_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 64"):
        draw.draw(tmp_path, seed=1, count=8)
    assert files(tmp_path) == []
