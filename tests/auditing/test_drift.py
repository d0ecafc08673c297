"""Drift: two halves of one set are quiet, another exposure and other shares are found, new and gone kinds are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit as package
from labelkit.auditing.drifts import Beside, Drift, compare
from labelkit.auditing.measures import MEASURES, column
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Finding, Severity
from labelkit.reporting.audit_facts import write_facts
from tests.auditing.made_up import Plan, made_up, of
from tests.auditing.scenes import write
from tests.checkout import Command
from tests.imaging.jpegs import written


def beside(then: Sequence[ImageFacts], now: Sequence[ImageFacts]) -> dict[str, Drift]:
    sides = [[m.values([column(side, name) for name in m.needs]) for m in MEASURES] for side in (then, now)]
    pairs = [Beside(m, 0.2, sides[0][i], sides[1][i]) for i, m in enumerate(MEASURES)]
    return {d.beside.measure.name: d for d in compare(pairs)}


def halves(seed: int) -> tuple[list[ImageFacts], list[ImageFacts]]:
    """Two halves of one set, which its random contents have shuffled."""
    facts = list(made_up(seed, Plan(images=300)).facts)
    return facts[::2], facts[1::2]


def test_two_halves_of_one_set_are_quiet_and_another_exposure_is_not() -> None:
    """A few seeds of what `benchmarks/drift.py` does with a hundred."""
    for seed in range(10):
        then, now = halves(seed)
        quiet = beside(then, now)
        assert not [name for name, d in quiet.items() if d.far or d.fresh or d.gone]
    lighter = [of(f, sharpness=0.5, brightness=(f.pixels.brightness if f.pixels else 0) * 1.4) for f in now]
    told = beside(then, lighter)
    assert told["brightness"].far
    assert not told["contrast"].far


def test_a_small_new_set_can_be_far_from_a_large_old_one() -> None:
    then, now = halves(1)
    few = [replace(f, mode="L") for f in now[:20]] + now[20:60]
    told = beside(then * 20, few)["mode"]
    assert told.far
    assert told.distance == pytest.approx(np.sqrt((1 / 3 + (1 / 3) ** 2 / (5 / 3)) / 2), abs=1e-6)
    assert (told.fresh, told.gone) == ((("L", 20),), ())


def parts(base: Path, *, ng: int = 20, light: int = 100, sort: str = "GO/{:04}.jpg", seed: int = 0) -> Path:
    """60 JPEGs, so many of NG, of this light."""
    rng = np.random.default_rng(seed)
    for i in range(60):
        grey = rng.normal(light + rng.normal(0, 10), 10, (24, 24)).clip(0, 255).astype(np.uint8)
        name = sort.format(i) if i >= ng else f"NG/{i:04}.jpg"
        write(base / name, written(Image.fromarray(grey)))
    return base


def facts_of(base: Path, file: Path) -> Path:
    write_facts(file, [package.audit(base, select=["drift"], jobs=1)])
    return file


def told(base: Path, against: Path) -> list[Finding]:
    return list(package.audit(base, select=["drift"], against=against, jobs=1).findings)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_an_audit_beside_the_facts_of_an_older_one_needs_no_older_image(tmp_path: Path, suffix: str) -> None:
    old = parts(tmp_path / "old", ng=10)
    facts = facts_of(old, tmp_path / f"old{suffix}")
    old.rename(tmp_path / "away")
    (same,) = told(tmp_path / "away", facts)
    assert same.severity is Severity.INFO
    assert same.numbers["images_in_both"] == 60
    now = parts(tmp_path / "train", ng=40, light=150, sort="GO/cam2/{:04}.jpg", seed=1)
    shares, moved, fresh, table = told(now, facts)
    assert [f.severity for f in (shares, moved, fresh, table)] == [Severity.WARNING] * 2 + [Severity.INFO] * 2
    assert "GO 83.3 % → 33.3 %" in shares.message
    assert shares.numbers["v_class"] > 0.5
    assert f"unlike old{suffix}: " in moved.message
    assert "brightness (middle " in moved.message
    assert moved.numbers["ks_brightness"] > 0.9
    assert len(moved.files) == 6
    assert "new: folder below the class cam2 (20)" in fresh.message
    assert table.numbers["images_in_both"] == 0


def test_parts_and_names_that_a_spreadsheet_would_run_are_the_same_classes(tmp_path: Path) -> None:
    facts = facts_of(parts(tmp_path / "a", ng=20, sort="=GO/{:04}.jpg"), tmp_path / "old.csv")
    (table,) = told(parts(tmp_path / "b", ng=20, sort="train/=GO/{:04}.jpg"), facts)
    assert (table.severity, table.numbers["v_class"]) == (Severity.INFO, 0)


def test_on_the_command_line_facts_that_cannot_be_believed_are_bad_data(labelkit: Command, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_text("base_dir,path,fault,shine\na,GO/1.png,,1\n")
    done = labelkit("audit", str(parts(tmp_path / "set")), "--against", str(file))
    assert done.returncode == 3
    assert "no fact is called 'shine'" in done.stderr


def test_without_older_facts_it_says_that_it_was_not_run(tmp_path: Path) -> None:
    report = package.audit(parts(tmp_path), jobs=1)
    assert next(r.skipped for r in report.checks if r.name == "drift") == "no older audit was given (--against FACTS)"
