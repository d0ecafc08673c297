"""Copiers: the same end as without them, whatever becomes of them, and none is left behind."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import LEDGER_NAME, LOCK_NAME, Mode, StepReceipt
from labelkit.storage import copiers, lock, staging, system, transfer
from labelkit.storage.copier_words import HELLO, answered, asked, intents_in, outcomes_in
from labelkit.storage.faults import StepFailedError
from labelkit.storage.folders import Folders
from labelkit.storage.ledger import Intent
from labelkit.storage.lock import exclusive
from labelkit.storage.placing import Outcome
from labelkit.storage.transfer import execute
from tests.storage.scenes import Bench, build, read

FILES = {f"{i % 5}/{i:03}.png": f"image {i} ".encode() * (i * 40 % 997) for i in range(119)}
FILES["0/\udcff.png"] = b"a name that is no text"
WANTED: dict[str, str | None] = {name: f"class {i % 7}/{i:03}.png" for i, name in enumerate(FILES)}
TREE = {target: FILES[name] for name, target in WANTED.items()}

Asked = list[tuple[copiers.Copier, int]]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """So few images are worth copiers here."""
    monkeypatch.setattr(staging, "_AT_ONCE", 7)
    monkeypatch.setattr(transfer, "WORTH_COPIERS", 1)
    return Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Which copier was asked for how many images; none of them lives at the end."""
    seen: Asked = []
    real = copiers.Copier.stage

    def stage(copier: copiers.Copier, intents: Sequence[Intent], folders: Folders) -> list[Outcome] | None:
        seen.append((copier, len(intents)))
        return real(copier, intents, folders)

    monkeypatch.setattr(copiers.Copier, "stage", stage)
    yield seen
    assert all(copier._process.returncode is not None for copier, _ in seen)


def sort(bench: Bench, *, jobs: int = 2, held: bool = True) -> dict[str, StepReceipt]:
    plan, run = bench.plan(WANTED), bench.begin()
    if not held:
        return {r.step.image.path: r for r in execute(plan, bench.ledger, run_id=run, batch=30, jobs=jobs)}
    with exclusive(bench.base_dir):
        return {r.step.image.path: r for r in execute(plan, bench.ledger, run_id=run, batch=30, jobs=jobs)}


def nothing_is_half_done(bench: Bench) -> None:
    """Each file in a class folder is whole and recorded; nothing is under way; the sources stand."""
    assert bench.tree() == {target: TREE[target] for target in bench.stands().values()}
    assert bench.ledger.intents() == []
    assert read(bench.source) == FILES


def test_helpers_do_all_of_it_and_come_to_the_same_end(bench: Bench, tmp_path: Path, work: Asked) -> None:
    other = Bench(bench.source, tmp_path / "other", Mode.COPY)
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count
    assert {r.failure for r in sort(bench).values()} == {""}
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208 - a count
    assert len({copier for copier, _ in work}) == 2
    assert sum(count for _, count in work) == len(FILES)
    work.clear()
    assert {r.failure for r in sort(other, jobs=1).values()} == {""}
    assert work == []
    assert bench.tree() == other.tree() == TREE
    one, two = ({k.path: (p.target, p.sha256) for k, p in b.ledger.placements().items()} for b in (bench, other))
    assert one == two
    nothing_is_half_done(bench)
    copied, source = bench.base_dir / "class 1/001.png", bench.source / "1/001.png"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(copied.stat().st_mode) == 0o666 & ~umask
    assert copied.stat().st_mtime_ns == source.stat().st_mtime_ns


@pytest.mark.parametrize("mode", [Mode.MOVE, Mode.HARDLINK, Mode.SYMLINK])
def test_moves_are_read_by_helpers_and_links_by_nobody(bench: Bench, work: Asked, mode: Mode) -> None:
    bench.mode = mode
    assert {r.failure for r in sort(bench).values()} == {""}
    assert sum(count for _, count in work) == (len(FILES) if mode is Mode.MOVE else 0)


def test_what_cannot_be_read_or_has_changed_fails_alone(bench: Bench, work: Asked) -> None:
    plan, run = bench.plan(WANTED), bench.begin()
    (bench.source / "2/007.png").unlink()
    (bench.source / "3/008.png").write_bytes(b"another")
    with exclusive(bench.base_dir):
        receipts = list(execute(plan, bench.ledger, run_id=run, batch=30, jobs=2))
    assert {r.step.image.path: r.failure for r in receipts if r.failure} == {
        "2/007.png": "cannot read: No such file or directory",
        "3/008.png": "it changed since it was looked at",
    }
    assert len(bench.stands()) == len(FILES) - 2
    assert work


def test_a_class_folder_that_is_a_link_is_not_entered(bench: Bench, work: Asked, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (bench.base_dir / "class 3").symlink_to(tmp_path / "outside")
    failed = {r.step.target: r.failure for r in sort(bench).values() if r.failure}
    assert failed.keys() == {t for t in TREE if str(t).startswith("class 3/")}
    assert set(failed.values()) == {"the class folder class 3 is a link or a file"}
    assert list((tmp_path / "outside").iterdir()) == []
    assert work


@pytest.mark.parametrize("when", [1, 4])
def test_what_a_helper_was_at_when_it_died_is_done_by_this_process(
    bench: Bench, work: Asked, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    """It leaves whole and half copies under temporary names."""
    real = copiers.Copier.stage

    def stage(copier: copiers.Copier, intents: Sequence[Intent], folders: Folders) -> list[Outcome] | None:
        if len(work) + 1 != when:
            return real(copier, intents, folders)
        for intent in intents[:3]:
            Path(bench.base_dir, intent.step.target).with_name(intent.temporary).write_bytes(b"half of")
        copier.kill()
        copier._process.wait()
        return real(copier, intents, folders)

    monkeypatch.setattr(copiers.Copier, "stage", stage)
    assert {r.failure for r in sort(bench).values()} == {""}
    assert bench.tree() == TREE
    nothing_is_half_done(bench)


@pytest.mark.parametrize("command", ["/bin/false", "/nonexistent/python", "/bin/cat"])
def test_where_no_helper_comes_up_threads_do_the_work(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """One ends at once, one is not there, one says something else than a copier does."""
    monkeypatch.setattr(copiers, "_command", lambda *_: [command])
    assert {r.failure for r in sort(bench).values()} == {""}
    nothing_is_half_done(bench)
    assert bench.tree() == TREE


def test_without_a_lock_that_can_be_lent_there_are_none(
    bench: Bench, work: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {r.failure for r in sort(bench, held=False).values()} == {""}
    here = replace(system.here(), lends_locks=False)
    monkeypatch.setattr(system, "here", lambda: here)
    with exclusive(bench.base_dir):
        assert lock.lent(str(bench.base_dir)) is None
    assert bench.tree() == TREE
    assert work == []


def test_a_full_disk_is_told_by_the_answer(tmp_path: Path) -> None:
    def full() -> Iterator[Outcome]:
        yield StepFailedError("this one only")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    line = answered(full())
    assert line.endswith(b"\n")
    with Folders(str(tmp_path)) as folders, pytest.raises(OSError, match="No space left") as e:
        outcomes_in(line, [], folders)
    assert e.value.errno == errno.ENOSPC


def test_questions_come_across_as_they_are(bench: Bench) -> None:
    steps = bench.plan(WANTED).steps
    intents = [Intent(step, Mode.MOVE, f".{i}", "run") for i, step in enumerate(steps)]
    line = asked(intents)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert intents_in(line) == intents


def test_an_interrupt_ends_the_helpers_first(bench: Bench, work: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes twice, while the first batch is synced and the next one is being read."""
    waits = list[copiers.Copier]()
    wait = copiers.Copier.wait

    def twice(copier: copiers.Copier) -> None:
        waits.append(copier)
        if len(waits) == 1:
            raise KeyboardInterrupt
        wait(copier)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(copiers.Copier, "wait", twice)
        m.setattr("labelkit.storage.durability.Disk.sync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sort(bench)
    nothing_is_half_done(bench)
    assert len(work) > 4
    sort(bench)
    assert bench.tree() == TREE


SORT = """
import sys, time
from labelkit.storage import transfer
from labelkit.storage.durability import Disk
from labelkit.cli.app import main
transfer.WORTH_COPIERS = 1
real = Disk.sync
def slow(disk, files):
    time.sleep(0.3)
    real(disk, files)
Disk.sync = slow
sys.argv[0] = "labelkit"
main()
"""


def started(bench: Bench) -> subprocess.Popen[str]:
    """The real command, with copiers, once the first image stands under its name."""
    command = [
        sys.executable,
        "-c",
        SORT,
        "sort",
        str(bench.source),
        "--base-dir",
        str(bench.base_dir),
        "--path-fields",
    ]
    command += ["{label}/{name}.png", "--label-column", "label", "--mode", "copy", "--jobs", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=bench.source.parent
    )
    give_up = time.monotonic() + 60
    while not any(bench.base_dir.glob("*/*.png")) and process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.001)
    return process


def children(process: int) -> set[int]:
    """The processes whose parent (field 4 of proc_pid_stat(5)) this is, or whose command line names it."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"labelkit.storage.copier_main" in b" ".join(words) and str(process).encode() in words:
                found.add(int(entry.name))
    return found


@pytest.fixture
def large(tmp_path: Path) -> Bench:
    files = {f"{i % 3}/{i:05}.png": bytes([i % 251]) * 20_000 for i in range(1600)}
    return Bench(build(tmp_path / "raw", files), tmp_path / "base", Mode.COPY)


def temporary(bench: Bench) -> list[Path]:
    return [path for path in bench.base_dir.rglob("*.part") if path.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_ended_leaves_no_helper_and_the_next_one_comes_to_the_end(
    large: Bench, number: signal.Signals
) -> None:
    process = started(large)
    helping = children(process.pid)
    process.send_signal(number)
    told = process.communicate()[0]
    assert process.returncode in {-number, 128 + number}, told
    assert len(helping) == 2, told
    if number is not signal.SIGKILL:
        assert "again" in told
        assert temporary(large) == []
        assert not children(process.pid)
    assert 0 < len(list(large.base_dir.glob("*/*.png"))) < 1600
    again = started(large)  # at once: it waits for the lock that the copiers may still hold
    told = again.communicate()[0]
    assert again.returncode == 0, told
    assert not children(process.pid) | children(again.pid)
    assert temporary(large) == []
    tree = {str(p.relative_to(large.base_dir)): p.read_bytes() for p in large.base_dir.glob("*/*.png")}
    assert tree == read(large.source)
    assert sorted(p.name for p in large.base_dir.iterdir()) == sorted(["0", "1", "2", LEDGER_NAME])


KILLED = """
import os, subprocess, sys
from labelkit.storage import lock
with lock.exclusive(sys.argv[1]):
    lent = lock.lent(sys.argv[1])
    subprocess.Popen(["/bin/sleep", sys.argv[2]], pass_fds=(lent,), stdout=subprocess.DEVNULL)
    os.kill(os.getpid(), 9)
"""


def test_what_the_helper_of_a_killed_process_still_holds_is_waited_for(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, str(base), "1"], check=False)
    assert done.returncode == -signal.SIGKILL
    began = time.monotonic()
    with exclusive(base):
        assert time.monotonic() - began > 0.2
        note = (base / LOCK_NAME).read_text(encoding="ascii")
    assert f"process {os.getpid()} " in note


def test_but_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "base"
    base.mkdir()
    subprocess.run([sys.executable, "-c", KILLED, str(base), "3"], check=False)
    monkeypatch.setattr(lock, "_TRIES", 5)
    with pytest.raises(StorageError, match="another labelkit is at work"), exclusive(base):
        pass


def test_a_helper_holds_the_lock_for_as_long_as_it_lives(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        lent = lock.lent(str(tmp_path))
        assert lent is not None
        copier = copiers.Copier(copiers._command(str(tmp_path), 0o644), lent)
    with pytest.raises(StorageError, match="another labelkit is at work"), exclusive(tmp_path):
        pass
    copier.kill()
    copier.wait()
    with exclusive(tmp_path):
        assert lock.lent(str(tmp_path)) is not None
    assert lock.lent(str(tmp_path)) is None


def test_a_helper_says_hello_and_ends_with_its_questions(bench: Bench) -> None:
    with exclusive(bench.base_dir):
        command = copiers._command(str(bench.base_dir), 0o644)
        done = subprocess.run(command, input=b"[]\n", capture_output=True, check=True)
    assert done.stdout == HELLO + b"[]\n"
    assert done.stderr == b""
