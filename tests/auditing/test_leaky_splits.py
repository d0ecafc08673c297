"""Leaks that are planted in a copy of the sample are found and named, and nothing else is."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

import labelkit
from labelkit.domain.findings import Finding, Severity
from tests.auditing.scenes import fill, write
from tests.checkout import ROOT
from tests.flows.scenes import write_table

SAMPLE = ROOT / "sample_data"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """The sample, sorted: 93 images of 8 lots."""
    labelkit.sort(
        SAMPLE / "raw", base_dir=tmp_path / "base", metadata=SAMPLE / "metadata.csv", rules=ROOT / "rules/threshold.py"
    )
    return tmp_path / "base"


def export(source: Path, target: Path) -> None:
    """A copy as a line's archive makes it: half the size, JPEG quality 60, 8 % brighter."""
    with Image.open(source) as image:
        small = image.convert("RGB").resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
        ImageEnhance.Brightness(small).enhance(1.08).save(target, quality=60)


def found(folder: Path, **options: object) -> list[Finding]:
    """What the check says, but for remarks."""
    report = labelkit.audit(folder, select=["leaky_splits"], **options)  # type: ignore[arg-type] # each test's own
    return [f for f in report.findings if f.severity is not Severity.INFO]


def test_planted_leaks_are_all_named_and_nothing_else(base_dir: Path, tmp_path: Path) -> None:
    to, how = tmp_path / "parts", {"group_by": "lot", "metadata": [SAMPLE / "metadata.csv"]}
    split = labelkit.split(base_dir, group_by="lot", to=to, mode="copy")
    assert found(to, **how) == []
    planted: set[str] = set()
    near: set[str] = set()
    trained = sorted(p for p, part in split.part_of.items() if part == "train")
    for path in trained[1::7][:10]:
        copy = f"{path.rpartition('.')[0].replace('/', '/export-')}.jpg"
        export(to / "train" / path, to / "validation" / copy)
        near |= {f"train/{path}", f"validation/{copy}"}
    for path in trained[::3][:20]:
        copy = path.replace("/", "/planted-")
        shutil.copyfile(to / "train" / path, to / "validation" / copy)
        planted |= {f"train/{path}", f"validation/{copy}"}
    lot_of = {a.path: a.group for a in split.assigned}
    lot = next(a.group for a in split.assigned if a.part == "validation")
    moved = sorted(p for p in split.part_of if lot_of[p] == lot)[:3]
    for path in moved:
        (to / "validation" / path).rename(to / "train" / path)
    files, alike, groups = found(to, **how)
    assert (files.severity, set(files.files), len(files.groups)) == (Severity.ERROR, planted, 20)
    held = Counter(split.part_of.values())["validation"] + 20 + 10 - 3
    assert files.message == (
        f"the same file on several sides of the parts: 20 of {held} images that should be new to the model "
        f"({100 * 20 / held:.0f} %)"
    )
    assert (alike.severity, set(alike.files) & near) == (Severity.WARNING, near)
    assert set(alike.files) <= near | planted
    torn = {f"{'train' if p in moved else 'validation'}/{p}" for p in lot_of if lot_of[p] == lot}
    assert (groups.severity, set(groups.files)) == (Severity.WARNING, torn)
    assert f"1 of 8 groups on several sides of the parts ({lot})" in groups.message
    assert "labelkit split BASE_DIR --to DIR" in files.remedy


def test_a_recorded_split_is_judged_and_is_what_validates(base_dir: Path) -> None:
    labelkit.split(base_dir, group_by="none")
    [finding] = found(base_dir, group_by="lot")
    assert finding.message.startswith("7 of 8 groups on several sides of the recorded split (lot=A, lot=B,")
    assert set(finding.numbers) >= {"nearest_of_group", "by_chance", "leaking", "held_out", "share"}
    guessed = labelkit.audit(base_dir, select=["leaky_splits"])
    assert [f.severity for f in guessed.findings] == [Severity.INFO]
    assert "groups are guessed: the ledger has a column lot" in guessed.findings[0].message
    assert labelkit.audit(base_dir, select=["no_validation"]).findings == ()
    write(base_dir / "GO" / "late.png")
    [late] = found(base_dir)
    assert late.message == "1 image not in the recorded split: GO/late.png"


def test_what_keras_would_split_off_is_a_remark_and_a_warning_to_who_asks_for_it(tmp_path: Path) -> None:
    root = fill(tmp_path / "set", GO=10, NG=10)
    write(root / "GO" / "a-copy.png", (root / "GO" / "i9.png").read_bytes())
    [finding] = labelkit.audit(root, select=["leaky_splits"]).findings
    assert finding.severity is Severity.INFO
    assert finding.message == (
        "flow_from_directory(validation_split=0.2) would validate on the first images of each class by name: "
        "of these 4, 1 image with copies in training"
    )
    assert finding.files == ("GO/a-copy.png", "GO/i9.png")
    [named] = labelkit.audit(root, select=["leaky_splits"], loader="flow_from_directory").findings
    assert named.severity is Severity.WARNING
    assert labelkit.audit(root, select=["leaky_splits"], validation_split=0).findings == ()
    assert labelkit.audit(fill(tmp_path / "clean", GO=10, NG=10), select=["leaky_splits"]).findings == ()


def test_old_parts_that_validate_new_ones_are_told(tmp_path: Path) -> None:
    root, rows = tmp_path / "set", []
    for part, day in (("train", "2026-03-05"), ("validation", "2026-03-02")):
        for label in ("GO", "NG"):
            for n in range(6):
                write(root / part / label / f"{part}{label}{n}.png")
                rows.append((f"{part}{label}{n}.png", f"{day}T0{n}:00:00"))
    table = write_table(tmp_path / "t.csv", ["file", "timestamp"], rows)
    [finding] = labelkit.audit(root, select=["leaky_splits"], metadata=[table]).findings
    assert finding.message == (
        "what validates was taken before what is trained on: "
        "2026-03-02 00:00 to 2026-03-02 05:00 against 2026-03-05 00:00 to 2026-03-05 05:00"
    )
    assert finding.remedy
    assert finding.numbers == {"later": 0.0}
