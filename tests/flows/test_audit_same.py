"""One folder, one answer: whoever does the work, in whatever order files are listed, known before or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.reporting.audit_json import audit_json
from tests.checkout import quiet_environment
from tests.flows import recompute
from tests.flows.all_formats import all_formats
from tests.imaging.jpegs import drawing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return all_formats(tmp_path_factory.mktemp("same") / "base")


def told(report: AuditReport) -> tuple[str, object]:
    """The whole JSON but its timings, and every fact."""
    return json.dumps({k: v for k, v in audit_json(report).items() if k != "timing"}), list(report.facts)


@pytest.fixture(scope="module")
def alone(folder: Path) -> AuditReport:
    return labelkit.audit(folder, jobs=1, cache=False)


@pytest.mark.parametrize("shard", [7, 64])
def test_workers_say_the_same(folder: Path, alone: AuditReport, monkeypatch: pytest.MonkeyPatch, shard: int) -> None:
    monkeypatch.setattr("labelkit.engines.choose.SMALL", 0)
    monkeypatch.setattr("labelkit.flows.audit_facts.SHARD", shard)
    assert told(labelkit.audit(folder, jobs=2, cache=False)) == told(alone)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_listing_does_not_matter(
    folder: Path, alone: AuditReport, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    listed: list[list[str]] = []
    plain = os.scandir

    @contextmanager
    def shuffled(where: str) -> Iterator[list[os.DirEntry[str]]]:
        with plain(where) as entries:
            found = sorted(entries, key=lambda e: e.name)
        drawing(seed).shuffle(found)
        listed.append([e.name for e in found])
        yield found

    monkeypatch.setattr("labelkit.storage.walk.os.scandir", shuffled)
    assert told(labelkit.audit(folder, jobs=1, cache=False)) == told(alone)
    assert any(names != sorted(names) for names in listed)


def test_what_is_known_from_before_is_the_same(
    folder: Path, alone: AuditReport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    for _ in range(3):
        assert told(labelkit.audit(folder, jobs=1)) == told(alone)


def test_columns_in_place_of_objects_are_the_same(
    folder: Path, alone: AuditReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("labelkit.flows.audit_facts", "labelkit.domain.file_table"):
        monkeypatch.setattr(f"{module}.MANY", 0)
    assert told(labelkit.audit(folder, jobs=1, cache=False)) == told(alone)


def test_the_numbers_are_those_of_the_disk(folder: Path, alone: AuditReport) -> None:
    done = subprocess.run(
        [sys.executable, recompute.__file__, str(folder)],
        env=quiet_environment(),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    wanted, ours = json.loads(done.stdout), json.loads(json.dumps(audit_json(alone)))
    assert ours["files"] == wanted["files"]
    assert [{k: c[k] for k in ("name", "images", "share")} for c in ours["classes"]] == wanted["classes"]
    keras = ours["loaders"]["flow_from_directory"]
    assert {k: keras[k] for k in ("class_indices", "reads", "train", "validation")} == {
        k: wanted[k] for k in ("class_indices", "reads", "train", "validation")
    }
    by_check = {c: [f for f in ours["findings"] if f["check"] == c] for c in ("unreadable", "exact_duplicates")}
    assert sorted(p for f in by_check["unreadable"] for p in f["files"]) == wanted["unreadable"]
    assert sorted(sorted(g) for f in by_check["exact_duplicates"] for g in f["groups"]) == wanted["copies"]
    assert wanted["copies"]
    assert len(wanted["unreadable"]) >= 5
