"""After `--mode none` the ledger and the originals are the labeled set."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import UsageError
from tests.flows.scenes import image, read_tree, write_table


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    for n in range(6):
        image(tmp_path / "raw" / f"s{n % 2}" / f"{n // 2}.png")
    rows = [(f"s{n % 2}/{n // 2}.png", str(n)) for n in range(6)]
    write_table(tmp_path / "m.csv", ["file", "score"], rows)
    labelkit.sort(
        tmp_path / "raw",
        base_dir=tmp_path / "base_dir",
        metadata=tmp_path / "m.csv",
        rule=["score >= 3 -> NG", "score < 3 -> GO"],
        mode="none",
        classes=["NG", "GO"],
    )
    assert list(read_tree(tmp_path / "base_dir")) == ["labelkit.db"]
    return tmp_path / "base_dir"


def test_an_audit_judges_the_originals_in_the_recorded_order(base_dir: Path) -> None:
    report = labelkit.audit(base_dir)
    assert report.originals
    assert report.class_map.classes == ("NG", "GO")
    assert report.class_map.source == "ledger"
    assert {c.name: c.images for c in report.classes} == {"NG": 3, "GO": 3}
    assert report.files.readable == 6


def test_an_original_that_is_gone_is_a_finding(base_dir: Path) -> None:
    (base_dir.parent / "raw" / "s0" / "1.png").unlink()
    report = labelkit.audit(base_dir)
    assert report.files.unreadable == 1
    assert report.exit_code == 1


def test_a_sequence_reads_the_originals_and_so_after_placing(base_dir: Path) -> None:
    sequence = labelkit.ImageSequence.from_ledger(base_dir, image_size=(6, 8), batch_size=4)
    assert (sequence.class_indices, sequence.counts) == ({"NG": 0, "GO": 1}, {"NG": 3, "GO": 3})
    x, y = sequence[0]
    assert x.shape == (4, 6, 8, 3)
    assert y.shape == (4,)


def test_without_a_ledger_a_sequence_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no ledger of a sort"):
        labelkit.ImageSequence.from_ledger(tmp_path)


def test_keras_own_loader_is_refused_where_nothing_is_placed(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--mode none"):
        labelkit.train(base_dir, loader="flow_from_directory", out=tmp_path / "runs")
