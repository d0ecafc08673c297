"""After a kill at any call that changes anything, the same command again gives the tree of an undisturbed run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.errors import LedgerError, StorageError
from labelkit.domain.placing import Action, Mode, Step, StepReceipt
from labelkit.storage import recovery, system
from labelkit.storage.ledger import Intent
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.publish import part_name
from labelkit.storage.recovery import recover
from labelkit.storage.transfer import execute
from tests.storage.scenes import Bench, build, read, stamp
from tests.storage.stop_points import SCENARIOS
from tests.storage.unprivileged import open_to_all, unprivileged

INTERRUPTED = ["place-copy", "change-copy", "change-move-without-links"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: what is tried here are kills, which a disk does not notice."""
    shared = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


TRACED = {"change-copy", "change-hardlink", "change-move-across", "place-move"}
"""Killed at every system call in `tests/faults`."""


@pytest.mark.parametrize(
    ("scenario", "way"),
    [*((s, "kill") for s in SCENARIOS if s not in TRACED), *((s, "interrupt") for s in INTERRUPTED)],
)
def test_stopped_at_every_call_nothing_is_lost_and_the_same_command_finishes(
    fast: Path, scenario: str, way: str
) -> None:
    """Each point in a process of its own; in some scenarios the next run is killed as well, at another point."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.stop_points", scenario, way, str(fast)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert told["faults"] == []
    assert told["points"] > 20


FILES = {f"{i}.png": bytes([65 + i]) * 100 for i in range(6)}
WANTED: dict[str, str | None] = {f"{i}.png": f"{'GO' if i % 2 else 'NG'}/{i}.png" for i in range(6)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)


def test_nothing_begun_is_nothing_to_do(bench: Bench) -> None:
    assert recover(bench.base_dir, bench.ledger) == 0
    bench.sort(WANTED)
    assert recover(bench.base_dir, bench.ledger) == 0


def test_only_recorded_temporary_files_are_removed(bench: Bench) -> None:
    mine, foreign = part_name("run", 0), part_name("another run", 0)
    build(bench.base_dir, {f"GO/{mine}": b"half", f"GO/{foreign}": b"not ours", "GO/kept.png": b"a person's"})
    step = Step(Action.PLACE, bench.key("1.png"), stamp(bench.source / "1.png"), "GO/1.png")
    bench.ledger.intend([Intent(step, Mode.COPY, mine, bench.begin())])
    assert recover(bench.base_dir, bench.ledger) == 0
    assert bench.tree() == {f"GO/{foreign}": b"not ours", "GO/kept.png": b"a person's"}
    assert bench.ledger.intents() == []


def test_a_file_of_other_content_under_the_name_is_not_taken_for_ours(bench: Bench) -> None:
    build(bench.base_dir, {"GO/1.png": b"a person's"})
    step = Step(Action.PLACE, bench.key("1.png"), stamp(bench.source / "1.png"), "GO/1.png", sha256="0" * 64)
    bench.ledger.intend([Intent(step, Mode.MOVE, part_name("run", 0), bench.begin())])
    assert recover(bench.base_dir, bench.ledger) == 0
    assert bench.stands() == {}
    assert bench.tree() == {"GO/1.png": b"a person's"}
    assert read(bench.source) == FILES


def test_a_moved_source_that_was_written_over_is_not_removed(bench: Bench) -> None:
    """The kill came after the copy got its name and before the source went; then a person saved another picture."""
    build(bench.base_dir, {"GO/1.png": FILES["1.png"]})
    digest = hashlib.sha256(FILES["1.png"]).hexdigest()
    step = Step(Action.PLACE, bench.key("1.png"), stamp(bench.source / "1.png"), "GO/1.png", sha256=digest)
    bench.ledger.intend([Intent(step, Mode.MOVE, part_name("run", 0), bench.begin())])
    (bench.source / "1.png").write_bytes(b"another picture")
    recover(bench.base_dir, bench.ledger)
    assert (bench.source / "1.png").read_bytes() == b"another picture"
    assert bench.stands() == {"1.png": "GO/1.png"}


def test_a_base_dir_that_cannot_be_written_is_said_and_the_intents_stay(bench: Bench, tmp_path: Path) -> None:
    name = part_name("run", 0)
    build(bench.base_dir, {f"GO/{name}": b"half"})
    step = Step(Action.PLACE, bench.key("1.png"), stamp(bench.source / "1.png"), "GO/1.png")
    bench.ledger.intend([Intent(step, Mode.COPY, name, bench.begin())])
    open_to_all(tmp_path)
    bench.base_dir.chmod(0o000)
    with unprivileged(), pytest.raises(StorageError, match="cannot finish what an earlier run began") as e:
        recover(bench.base_dir, bench.ledger)
    bench.base_dir.chmod(0o755)
    assert "nothing is lost" in e.value.remedy
    assert len(bench.ledger.intents()) == 1


@pytest.mark.parametrize("number", [28, 30, 122, 5])
def test_a_full_or_broken_disk_stops_the_run_and_the_same_command_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """ENOSPC, EROFS, EDQUOT and EIO at the fourth file: the first batch stands, nothing temporary remains."""
    real, writes = os.write, list[int]()

    def write(descriptor: int, data: bytes) -> int:
        writes.append(descriptor)
        if len(writes) == 4:
            real(descriptor, bytes(data)[:50])
        if len(writes) >= 4:
            raise OSError(number, os.strerror(number))
        return real(descriptor, data)

    with monkeypatch.context() as m:
        m.setattr(os, "write", write)
        with pytest.raises(StorageError, match=os.strerror(number)) as e:
            bench.sort(WANTED, batch=2)
    assert e.value.exit_code == 4
    assert "run the same command again" in e.value.remedy
    assert ("make room" in e.value.remedy) is (number in {28, 122})
    assert set(bench.tree()) == {"NG/0.png", "GO/1.png"}
    assert bench.stands() == {"0.png": "NG/0.png", "1.png": "GO/1.png"}
    assert bench.ledger.intents() == []
    assert bench.sort(WANTED) == {}
    assert read(bench.source) == FILES
    assert bench.stands() == WANTED


def test_what_did_not_reach_the_disk_is_not_published(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as m:
        m.setattr(system, "here", lambda: replace(system.linux(), syncfs=broken))
        with pytest.raises(StorageError, match="Input/output error"):
            bench.sort(WANTED)
    assert bench.tree() == {}
    assert bench.stands() == {}
    assert bench.sort(WANTED) == {}


class Unreliable(MemoryLedger):
    """A ledger of which one method fails for a while."""

    broken = ""

    def intend(self, *batches: Sequence[Intent]) -> None:
        self._fail("intend")
        super().intend(*batches)

    def settle(self, run_id: str, receipts: Iterable[StepReceipt], *then: Sequence[Intent]) -> None:
        self._fail("settle")
        super().settle(run_id, receipts, *then)

    def _fail(self, method: str) -> None:
        if method == self.broken:
            raise LedgerError("the ledger: database or disk is full")


@pytest.mark.parametrize("method", ["intend", "settle"])
@pytest.mark.parametrize("mode", [Mode.COPY, Mode.MOVE])
def test_a_ledger_that_cannot_be_written_stops_the_run(tmp_path: Path, method: str, mode: Mode) -> None:
    ledger = Unreliable()
    bench = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode, ledger)
    bench.sort({"0.png": "NG/0.png"})
    ledger.broken = method
    with pytest.raises(LedgerError, match="disk is full"):
        bench.sort(WANTED)
    ledger.broken = ""
    assert [k for k in bench.tree() if k.endswith(".part")] == []
    recover(bench.base_dir, ledger)
    assert bench.sort(WANTED) == {}
    assert bench.tree() == {t: FILES[n] for n, t in WANTED.items() if t}
    assert bench.stands() == WANTED


def test_files_that_cannot_be_read_do_not_stop_the_others(bench: Bench, tmp_path: Path) -> None:
    open_to_all(tmp_path)
    for folder in (bench.source, bench.base_dir):
        folder.chmod(0o777)
    (bench.source / "1.png").chmod(0o000)
    plan = bench.plan(WANTED)
    with unprivileged():
        failures = {n: r.failure for n, r in bench.run(plan).items() if r.failure}
    assert failures == {"1.png": "cannot read: Permission denied"}
    assert set(bench.stands()) == set(FILES) - {"1.png"}


@pytest.mark.parametrize("mode", [Mode.COPY, Mode.MOVE])
def test_a_class_folder_that_cannot_be_written_fails_its_images_alone(tmp_path: Path, mode: Mode) -> None:
    bench = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)
    open_to_all(tmp_path)
    (bench.base_dir / "GO").mkdir(mode=0o555)
    for folder in (bench.source, bench.base_dir):
        folder.chmod(0o777)
    plan = bench.plan(WANTED)
    with unprivileged():
        failures = {n: r.failure for n, r in bench.run(plan).items() if r.failure}
    assert failures == dict.fromkeys(["1.png", "3.png", "5.png"], "Permission denied")
    assert {k for k in bench.tree() if k != "GO"} == {"NG/0.png", "NG/2.png", "NG/4.png"}
    assert {n for n in FILES if (bench.source / n).exists()} >= set(failures)


def test_a_read_error_is_the_files_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.read

    def read_badly(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if data == FILES["3.png"]:
            raise OSError(5, "Input/output error")
        return data

    monkeypatch.setattr(os, "read", read_badly)
    assert bench.sort(WANTED) == {"3.png": "cannot read: Input/output error"}
    assert set(bench.tree()) == {t for n, t in WANTED.items() if n != "3.png"}


def test_an_interrupt_between_batches_loses_no_receipt(bench: Bench) -> None:
    plan = bench.plan(WANTED)
    steps = execute(plan, bench.ledger, run_id=bench.begin(), batch=2)
    got = [next(steps), next(steps), next(steps)]
    assert isinstance(steps, Generator)
    steps.close()
    stands = set(bench.stands())
    assert {r.step.image.path for r in got} <= stands
    assert len(stands) == 4
    assert bench.ledger.intents() == []


def test_recovery_in_the_middle_of_a_stop_may_fail_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk breaks while the stop is seen to: the next run sees to it."""

    def broken(*_: object, **__: object) -> int:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as m:
        m.setattr(os, "write", broken)
        m.setattr(recovery, "relocate", broken)
        with pytest.raises(StorageError):
            bench.sort(WANTED)
    assert len(bench.ledger.intents()) == 6
    assert recover(bench.base_dir, bench.ledger) == 0
    assert bench.sort(WANTED) == {}
