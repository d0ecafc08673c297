"""Shortcuts: noise is quiet however rare a class is, a real one is found, lots are not taken for images."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.auditing.nuisances import Subject
from labelkit.auditing.shortcuts import Judged, search
from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Finding, Severity
from tests.auditing.made_up import Plan, made_up, of
from tests.auditing.scenes import fill, write
from tests.imaging.jpegs import written

CHECK = "spurious_correlations"


def judged(subject: Subject, group_of: Mapping[str, str] | None = None) -> dict[str, Judged]:
    return {j.measure.name: j for j in search(subject, group_of or {})}


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1, 0.05])
def test_noise_is_no_shortcut_and_a_real_one_is_found(share: float) -> None:
    """A few seeds of what `benchmarks/shortcuts.py` does with a hundred."""
    for seed in range(4):
        quiet = judged(made_up(seed, Plan(share=share)))
        assert len(quiet) >= 14
        assert not [name for name, j in quiet.items() if j.tells]
    for seed in range(2):
        told = judged(made_up(seed, Plan(share=share, by=0.62)))
        assert [name for name, j in told.items() if j.tells] == ["brightness"]
        assert 0.85 <= told["brightness"].auc <= 0.97


def test_what_goes_up_and_down_with_the_class_is_found_too() -> None:
    """NG lies at both ends: no direction tells it."""
    subject = made_up(1, Plan(share=0.4))
    rng = np.random.default_rng(1)
    ends = [rng.choice([0.1, 0.9]) if label else 0.5 for label in subject.labels]
    facts = [of(f, sharpness=float(end + rng.normal(0, 0.1))) for f, end in zip(subject.facts, ends, strict=True)]
    assert judged(replace(subject, facts=facts))["sharpness"].tells


def in_lots(seed: int, lots: int) -> tuple[Subject, dict[str, str]]:
    """Lots of unequal shares of NG, each with a light of its own; in sharpness NG is told in every lot."""
    subject, rng = made_up(seed, Plan(share=0.4)), np.random.default_rng(seed)
    lot = rng.integers(lots, size=len(subject.paths))
    ng = [int(rng.random() < rate) for rate in rng.permutation(np.linspace(0.05, 0.9, lots))[lot]]
    light = rng.permutation(np.linspace(0.2, 0.8, lots))[lot]
    facts = [
        of(f, brightness=float(light[i] + rng.normal(0, 0.01)), sharpness=float(rng.normal(2.5 * ng[i], 1)))
        for i, f in enumerate(subject.facts)
    ]
    names = {path: f"L{lot[i]}" for i, path in enumerate(subject.paths)}
    columns = {"Lot No.": names, "score": {path: str(ng[i]) for i, path in enumerate(subject.paths)}}
    return replace(subject, labels=ng, facts=facts, columns=columns), names


def test_a_light_that_each_lot_has_is_as_many_chances_as_there_are_lots() -> None:
    for seed in range(2):
        subject, lot_of = in_lots(seed, 6)
        assert judged(subject)["brightness"].tells, "image by image it looks sure"
        told = judged(subject, lot_of)
        assert [name for name, j in told.items() if j.tells] == ["sharpness", "column_Lot No."]
        assert "column_score" not in told, "what the label is made of is no nuisance"


def test_the_result_follows_from_content_and_not_from_the_order_of_files(tmp_path: Path) -> None:
    names = [f"{i}.png" for i in range(60)]
    reports = []
    for seed in (1, 2):
        random.Random(seed).shuffle(names)  # noqa: S311 - an order of files, no secret
        base = tmp_path / str(seed) / "set"
        for name in names:
            write(base / ("NG" if int(name[:-4]) % 3 else "GO") / name)
        reports.append(labelkit.audit(base, select=[CHECK], jobs=1))
    assert reports[0].findings == reports[1].findings
    assert reports[0].findings[-1].numbers["images"] == 60


def found(base: Path, severity: Severity) -> list[Finding]:
    return [f for f in labelkit.audit(base, select=[CHECK], jobs=1).findings if f.severity is severity]


def scene(base: Path, *, quality: int = 85, brighter: int = 0, name: str = "{:04}") -> Path:
    """60 noisy JPEGs; NG written with this quality, so much brighter, and named so."""
    rng = np.random.default_rng(5)
    for i in range(60):
        ng = i % 2
        grey = rng.normal(100 + rng.normal(0, 8) + brighter * ng, 12, (24, 24)).clip(0, 255)
        data = written(Image.fromarray(grey.astype(np.uint8)), quality=quality if ng else 85)
        write(base / ("NG" if ng else "GO") / f"{(name if ng else '{:04}').format(i * 7919 % 10000)}.jpg", data)
    return base


def test_how_a_file_was_written_is_an_error_that_names_examples(tmp_path: Path) -> None:
    (error,) = found(scene(tmp_path, quality=60), Severity.ERROR)
    assert "from how the files were written" in error.message
    assert "the middle one of NG has 60, of GO 85" in error.message
    assert error.numbers["auc_jpeg_quality"] == 1
    assert error.numbers["p_jpeg_quality"] < 0.01
    assert [path.partition("/")[0] for path in error.files] == ["GO"] * 3 + ["NG"] * 3


def test_a_number_of_the_picture_may_be_the_defect_itself(tmp_path: Path) -> None:
    (warning,) = found(scene(tmp_path, brighter=40), Severity.WARNING)
    assert "one number of the whole picture: brightness" in warning.message
    assert "a defect may do that" in warning.remedy
    assert not found(scene(tmp_path / "quiet"), Severity.WARNING)


def test_a_file_name_is_information_and_a_class_in_it_is_nothing(tmp_path: Path) -> None:
    (info, table) = found(scene(tmp_path / "a", name="cam2_{:04}"), Severity.INFO)
    assert "from file names" in info.message
    assert table.numbers["auc_brightness"] < 0.7
    (only,) = found(scene(tmp_path / "b", name="NG_{:04}"), Severity.INFO)
    assert only.message.startswith("none of ")


def skipped(report: AuditReport) -> str:
    return next(run.skipped for run in report.checks if run.name == CHECK)


def test_where_it_cannot_be_run_it_says_why(tmp_path: Path) -> None:
    few = labelkit.audit(fill(tmp_path / "few", GO=30, NG=19), jobs=1)
    assert skipped(few) == "two classes of at least 20 readable images are needed (NG 19)"
    assert CHECK not in {f.check for f in few.findings}
    assert skipped(labelkit.audit(fill(tmp_path / "one", GO=30), jobs=1)) == "there is one class only"
    assert skipped(labelkit.audit(fill(tmp_path / "enough", GO=30, NG=20), jobs=1)) == ""
