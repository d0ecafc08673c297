"""Images that stay: a moved one whose source could not be removed then is finished by the next run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from labelkit.domain.placing import Mode, Placement
from tests.storage.scenes import Bench, build, stamp

CONTENT = b"an image"
WANTED: dict[str, str | None] = {"1.png": "GO/1.png"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A copy of a moved image stands in its class folder, and its source is still there."""
    source = build(tmp_path / "raw", {"1.png": CONTENT})
    bench = Bench(source, build(tmp_path / "base", {"GO/1.png": CONTENT}), Mode.MOVE)
    digest = hashlib.sha256(CONTENT).hexdigest()
    stamps = stamp(source / "1.png"), stamp(bench.base_dir / "GO" / "1.png")
    bench.begin()
    bench.ledger.record_placements([Placement(bench.key("1.png"), "GO/1.png", Mode.MOVE, digest, *stamps)])
    return bench


def test_a_source_that_remained_goes_with_the_next_run(bench: Bench) -> None:
    assert bench.sort(WANTED) == {}
    assert not (bench.source / "1.png").exists()
    assert bench.tree() == {"GO/1.png": CONTENT}


def test_as_long_as_it_cannot_go_it_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as m:
        m.setattr(os, "unlink", refused)
        for _ in range(2):
            told = bench.sort(WANTED)
            assert told == {"1.png": "it is placed, but its source cannot be removed: Permission denied"}
    assert bench.sort(WANTED) == {}


def test_the_source_of_a_file_that_was_altered_is_left(bench: Bench) -> None:
    (bench.base_dir / "GO" / "1.png").write_bytes(b"painted over")
    assert "altered" in bench.sort(WANTED)["1.png"]
    assert (bench.source / "1.png").read_bytes() == CONTENT


def test_a_file_that_somebody_put_there_since_is_left(bench: Bench) -> None:
    (bench.source / "1.png").unlink()
    build(bench.source, {"1.png": CONTENT})
    os.utime(bench.source / "1.png", (1, 1))
    assert bench.sort(WANTED) == {}
    assert (bench.source / "1.png").read_bytes() == CONTENT
