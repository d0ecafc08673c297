"""Where locks cannot be relied on: a lease keeps two writers apart, and never goes to a second one in silence."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import sqlite3
import subprocess
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pytest

from labelkit.domain.errors import LedgerError, StorageError
from labelkit.domain.placing import LEDGER_NAME, LOCK_NAME, is_own_file
from labelkit.storage import file_systems, holder, lease, ledger_file, system
from labelkit.storage.holder import UNKNOWN, Holder, began_at, holder_in, this_process
from labelkit.storage.lock import exclusive
from labelkit.storage.sqlite_ledger import open_ledger
from tests.storage.shares import HOLD, PRETEND, mounts, start

BY_TURNS = (
    PRETEND
    + """
import pathlib
from labelkit.domain.errors import StorageError
from labelkit.storage.lock import exclusive
sys.stdin.read(1)
base, turns = pathlib.Path(sys.argv[2]), 0
while turns < 20:
    try:
        with exclusive(base):
            (base / "inside").open("x").close()
            (base / "inside").unlink()
            turns += 1
    except StorageError:
        pass
"""
)


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base_dir that this process and those it starts take for one on NFS."""
    base = tmp_path / "base"
    base.mkdir()
    monkeypatch.setattr(file_systems, "MOUNTINFO", str(mounts(tmp_path, base)))
    return base


@pytest.fixture
def other(share: Path) -> subprocess.Popen[str]:
    """Another process that holds it."""
    process = start(HOLD, file_systems.MOUNTINFO, share)
    assert process.stdout is not None
    assert "network share (nfs4)" in process.stdout.readline()
    assert process.stdout.readline() == "held\n"
    return process


def left_by(share: Path, who: Holder) -> None:
    (share / LOCK_NAME).write_bytes(who.note())


def taken(share: Path) -> list[str]:
    """Take and give back; what was said."""
    said: list[str] = []
    with exclusive(share, run_id="run-2", say=said.append):
        assert sorted(p.name for p in share.iterdir()) == [LOCK_NAME]
    assert list(share.iterdir()) == []
    return said


def refusal(share: Path) -> StorageError:
    with pytest.raises(StorageError) as e, exclusive(share):
        pass
    return e.value


def gone() -> Holder:
    """A process of this machine that has ended."""
    process = start("")
    me = replace(this_process("run-0", lease="00"), process=process.pid)
    process.communicate()
    return me


def test_it_is_said_once_that_a_lease_takes_the_place_of_the_lock(share: Path) -> None:
    why = "is on a network share (nfs4): its locks cannot be relied on; labelkit.lock guards it instead"
    assert taken(share) == [f"{share} {why}"]


def test_the_second_is_told_who_where_and_what_to_do(share: Path, other: subprocess.Popen[str]) -> None:
    error = refusal(share)
    who = rf"process {other.pid} on {re.escape(socket.gethostname())}, run run-1, since \d{{4}}-\d\d-\d\d .* UTC"
    assert re.search(who, error.message)
    assert error.exit_code == 4
    assert f"remove the file {share / LOCK_NAME}" in error.remedy
    other.communicate()
    assert list(share.iterdir()) == []


def test_after_a_kill_the_next_takes_it_over_and_says_so(share: Path, other: subprocess.Popen[str]) -> None:
    os.kill(other.pid, signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # still a zombie: its number is not free yet
    [_, said] = taken(share)
    assert said == (
        f"labelkit.lock was left by process {other.pid} on {socket.gethostname()}, run run-1, which has ended; "
        "it was taken over"
    )
    other.communicate()


def test_a_number_that_is_another_process_by_now(share: Path) -> None:
    left_by(share, replace(this_process("run-0", lease="00"), began="12"))
    assert "which has ended; it was taken over" in taken(share)[1]


def test_a_machine_that_was_started_anew_since(share: Path) -> None:
    here = this_process("run-0", lease="00")
    left_by(share, replace(here, machine=(here.machine[0], "another start")))
    assert "it was taken over" in taken(share)[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "line-3"},
        {"machine": ("another machine of this name", "another start")},
        {"processes": "pid:[1]"},
        {"began": UNKNOWN, "process": os.getpid()},
    ],
)
def test_of_others_nothing_is_known_and_nothing_is_taken(share: Path, changed: dict[str, str]) -> None:
    who = replace(gone(), **changed)  # type: ignore[arg-type]
    left_by(share, who)
    error = refusal(share)
    assert f"process {who.process} on {who.host}, run run-0, since " in error.message
    assert (share / LOCK_NAME).read_bytes() == who.note()


@pytest.mark.parametrize(
    "text",
    [b"", b"what is this?", b'x\n{"host": "a", "process": -1, "machine": ["", ""]}', b'x\n{"host": []}', b"x\n3"],
)
def test_a_file_that_tells_nothing_is_left_as_it_is(share: Path, text: bytes) -> None:
    (share / LOCK_NAME).write_bytes(text)
    assert "it does not say which" in refusal(share).message
    assert (share / LOCK_NAME).read_bytes() == text


def test_only_one_of_many_wins_also_when_it_is_taken_over(share: Path) -> None:
    """Three at once, from a lease that a dead process left, until each has had its turn twenty times."""
    left_by(share, gone())
    many = [start(BY_TURNS, file_systems.MOUNTINFO, share) for _ in range(3)]
    for process in many:
        assert process.stdin is not None
        process.stdin.write("g")
        process.stdin.flush()
    assert [process.communicate()[1] for process in many] == ["", "", ""]
    assert [process.returncode for process in many] == [0, 0, 0]
    assert list(share.iterdir()) == []


def test_two_that_want_to_take_it_over_do_not_remove_each_others(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower one read the old lease, and comes when the faster one has got the new one already."""
    left_by(share, gone())
    old, fast, slow = (share / LOCK_NAME).read_bytes(), this_process(lease="fast"), this_process(lease="slow")
    assert lease.take(str(share), fast)
    lease._clear(str(share / LOCK_NAME), old, slow)
    assert (share / LOCK_NAME).read_bytes() == fast.note()
    monkeypatch.setattr(lease, "_read", lambda _: None)
    with pytest.raises(lease.HeldError):
        lease.take(str(share), slow)


def test_a_taking_over_that_was_killed_is_taken_over_too(share: Path) -> None:
    left_by(share, gone())
    note = (share / LOCK_NAME).read_bytes()
    claim = share / f"{LOCK_NAME}-{blake2b(note, digest_size=8).hexdigest()}"
    claim.write_bytes(gone().note())
    (share / f"{LOCK_NAME}-0123").write_bytes(b"left by a kill before the link")
    assert all(is_own_file(p.name) for p in share.iterdir())
    assert "it was taken over" in taken(share)[1]


def test_what_became_somebody_elses_is_not_removed(share: Path) -> None:
    with exclusive(share):
        left_by(share, Holder("line-3", 7, lease="99"))
    assert "line-3" in (share / LOCK_NAME).read_text()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_there_are_no_hard_links_one_step_does_it_too(
    share: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def link(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    with exclusive(share):
        assert "another labelkit is at work here" in refusal(share).message
    assert list(share.iterdir()) == []


def test_a_link_whose_answer_was_lost_counts(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def link(old: str, new: str) -> None:
        real(old, new)
        raise FileExistsError(errno.EEXIST, "sent twice: the second answer")

    monkeypatch.setattr(os, "link", link)
    assert len(taken(share)) == 1


def test_a_file_system_without_locks_is_guarded_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    for lacking in (replace(system.here(), lock=none), replace(system.here(), lock=none, locks_folders=False)):
        with monkeypatch.context() as m:
            m.setattr(system, "here", lambda lacking=lacking: lacking)
            said: list[str] = []
            with exclusive(tmp_path, say=said.append):
                assert "another labelkit is at work here" in refusal(tmp_path).message
            why = "is on a file system without locks: its locks cannot be relied on; labelkit.lock guards it instead"
            assert said == [f"{tmp_path} {why}"]
            assert list(tmp_path.iterdir()) == []


def test_who_has_a_lock_of_the_system_sees_the_lease_of_a_machine_that_has_the_folder_as_a_share(
    tmp_path: Path,
) -> None:
    left_by(tmp_path, Holder("line-3", 7, lease="99"))
    assert "process 7 on line-3" in refusal(tmp_path).message
    left_by(tmp_path, gone())
    with exclusive(tmp_path):
        pass
    left_by(tmp_path, Holder("line-3", 7))  # no lease: the note of a lock, left by a kill
    with exclusive(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_each_system_says_of_when_a_process_began(monkeypatch: pytest.MonkeyPatch) -> None:
    process = start("import sys; sys.stdin.read()")
    for ask in (holder._began_by_proc, holder._began_by_ps):
        assert ask(process.pid) not in {None, "", UNKNOWN}
        assert ask(process.pid) != ask(os.getppid())
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holder._began_by_proc(process.pid) is None
    assert holder._began_by_ps(process.pid) is None
    process.communicate()
    assert began_at(process.pid) is None
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError()))
    assert holder._began_by_ps(os.getpid()) == UNKNOWN


def test_a_note_tells_people_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "検査\x1b[31m\u202e")
    me = this_process("run-1", lease="ab")
    assert holder_in(me.note()) == me
    assert str(me) == f"process {os.getpid()} on 検査\\x1b[31m\\u202e, run run-1"
    assert me.note().isascii()


# --- the ledger beside a lease ---


def filled(share: Path) -> None:
    with exclusive(share):
        ledger = open_ledger(share, create=True)
        ledger.set_classes(["NG", "GO"])
        ledger.close()


def test_under_the_lease_the_ledger_needs_no_lock_of_sqlite(share: Path) -> None:
    """Another process holds every lock there is on the file; and beside the lease those locks count."""
    filled(share)
    locking = (
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')\n"
        "print('locked', flush=True)\nsys.stdin.read()\n"
    )
    process = start(locking, share / LEDGER_NAME)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    with exclusive(share):
        ledger = open_ledger(share, create=False)
        ledger.set_classes(["B", "A"])
        ledger.close()
        reader = open_ledger(share, create=False, read_only=True)
        assert reader.classes() == ("B", "A")
        reader.close()
    process.communicate()


def test_a_reader_beside_the_lease_reads_a_copy_and_writes_nothing(share: Path) -> None:
    filled(share)
    before = (share / LEDGER_NAME).read_bytes()
    reader = open_ledger(share, create=False, read_only=True)
    (share / LEDGER_NAME).unlink()
    assert reader.classes() == ("NG", "GO")
    with pytest.raises(LedgerError):
        reader.set_classes(["A", "B"])
    reader.close()
    (share / LEDGER_NAME).write_bytes(before)
    assert [p.name for p in share.iterdir()] == [LEDGER_NAME]


def test_a_reader_is_refused_while_somebody_writes(share: Path) -> None:
    filled(share)
    left_by(share, Holder("line-3", 7, lease="99"))
    with pytest.raises(LedgerError, match="cannot be read while process 7 on line-3 is at work here"):
        open_ledger(share, create=False, read_only=True)
    left_by(share, gone())
    open_ledger(share, create=False, read_only=True).close()


def test_a_reader_never_rolls_back_what_a_killed_writer_left(share: Path) -> None:
    """The writer dies in the midst of a transaction that has reached the file; the next writer takes it back."""
    filled(share)
    killed = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(f'file:{sys.argv[1]}?nolock=1', uri=True, isolation_level=None)\n"
        "c.execute('PRAGMA cache_size=1')\nc.execute('BEGIN')\n"
        "c.execute(\"UPDATE meta SET value = 'half' WHERE key = 'classes'\")\n"
        "c.executemany('INSERT INTO roots (path) VALUES (?)', [(str(i) * 500,) for i in range(300)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    start(killed, share / LEDGER_NAME).communicate()
    journal = share / f"{LEDGER_NAME}-journal"
    before = ((share / LEDGER_NAME).read_bytes(), journal.read_bytes())
    with pytest.raises(LedgerError, match="a write into the ledger was cut off") as e:
        open_ledger(share, create=False, read_only=True)
    assert "run the sort that was cut off here again" in e.value.remedy
    assert ((share / LEDGER_NAME).read_bytes(), journal.read_bytes()) == before
    with exclusive(share):
        ledger = open_ledger(share, create=False)
        assert ledger.classes() == ("NG", "GO")
        ledger.close()
    assert not journal.exists()


def test_where_locks_hold_a_reader_does_not_roll_back_either(tmp_path: Path) -> None:
    filled(tmp_path)
    writer = sqlite3.connect(tmp_path / LEDGER_NAME, isolation_level=None)
    writer.execute("BEGIN")
    writer.execute("PRAGMA cache_spill=1")
    writer.execute("PRAGMA cache_size=1")
    writer.executemany("INSERT INTO roots (path) VALUES (?)", [(str(i) * 500,) for i in range(300)])
    journal = (tmp_path / f"{LEDGER_NAME}-journal").read_bytes()
    writer.close()
    (tmp_path / f"{LEDGER_NAME}-journal").write_bytes(journal)
    with pytest.raises(LedgerError) as e:
        open_ledger(tmp_path, create=False, read_only=True)
    assert "run the sort that was cut off here again" in e.value.remedy


def test_a_reader_notices_a_write_while_it_reads(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(share)
    real, looked = ledger_file._undisturbed, list[str]()

    def looking(path: str) -> tuple[int, int, bytes]:
        found = real(path)
        if not looked:
            looked.append(path)
            monkeypatch.setattr(ledger_file, "_undisturbed", real)
            with exclusive(share):
                ledger = open_ledger(share, create=False)
                ledger.set_classes(["B", "A"])
                ledger.close()
        return found

    monkeypatch.setattr(ledger_file, "_undisturbed", looking)
    with pytest.raises(LedgerError, match="it was written to while it was read"):
        open_ledger(share, create=False, read_only=True)
    assert looked


def test_a_copy_whose_pages_do_not_belong_together_is_no_truth(share: Path) -> None:
    """A page that opening does not read yet; the copy is looked through before anything is believed."""
    filled(share)
    path = share / LEDGER_NAME
    more = sqlite3.connect(path)
    more.executemany("INSERT INTO roots (path) VALUES (?)", [(str(i) * 500,) for i in range(300)])
    more.commit()
    more.close()
    open_ledger(share, create=False, read_only=True).close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 100] = bytes(range(100))
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        open_ledger(share, create=False, read_only=True)


def test_on_a_trusted_file_system_a_reader_goes_on_while_another_holds_the_lock(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        ledger = open_ledger(tmp_path, create=True)
        ledger.set_classes(["NG", "GO"])
        reader = open_ledger(tmp_path, create=False, read_only=True)
        assert reader.classes() == ("NG", "GO")
        ledger.set_classes(["B", "A"])
        assert reader.classes() == ("B", "A")
        reader.close()
        ledger.close()
