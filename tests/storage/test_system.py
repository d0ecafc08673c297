"""The whole transfer with what macOS, Windows and a bare POSIX system have, and what is said where they have less."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import LEDGER_NAME, LOCK_NAME, Action, Mode, Plan, Step
from labelkit.storage import system
from labelkit.storage.durability import sync_file, sync_folder
from labelkit.storage.link_trial import try_links
from labelkit.storage.lock import exclusive
from labelkit.storage.name_limits import ignores_case
from labelkit.storage.preflight import check
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger
from tests.storage.other_systems import Patch, as_macos, as_posix, as_windows, without_right_to_link
from tests.storage.scenes import Bench, build, read

FILES = {"a.png": b"aaaa", "s2/b.png": b"bbbbbb", "s2/deep/c.png": b"", "d.png": b"dd" * 70_000}
WANTED: dict[str, str | None] = {
    "a.png": "GO/a.png",
    "s2/b.png": "NG/b.png",
    "s2/deep/c.png": "GO/c.png",
    "d.png": "NG/a.png",
}
SWAPPED: dict[str, str | None] = {
    "a.png": "NG/a.png",
    "s2/b.png": "GO/b.png",
    "s2/deep/c.png": None,
    "d.png": "GO/a.png",
}

AsSystem = Callable[[Patch], object]


@pytest.mark.parametrize("mode", [Mode.COPY, Mode.HARDLINK, Mode.SYMLINK, Mode.MOVE])
@pytest.mark.parametrize("as_system", [as_posix, as_macos, as_windows])
def test_the_whole_way_with_what_another_system_has(
    as_system: AsSystem, mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lock, ledger, place, something in the way, exchange, withdraw: the tree is that of Linux."""
    source, base = build(tmp_path / "raw", FILES), build(tmp_path / "base", {"GO/a.png": b"in the way"})
    with monkeypatch.context() as m:
        as_system(lambda owner, name, value: m.setattr(owner, name, value, raising=False))
        with exclusive(base):
            with pytest.raises(StorageError, match="another labelkit is at work here"), exclusive(base):
                pass
            ledger = open_ledger(base, create=True)
            recover(base, ledger)
            bench = Bench(source, base, mode, ledger)
            check(bench.plan(WANTED), [source])
            try_links(bench.plan(WANTED))
            assert list(bench.sort(WANTED)) == ["a.png"]
            (base / "GO/a.png").unlink()
            assert bench.sort(WANTED) == {}
            assert contents(base) == {t: FILES[name] for name, t in WANTED.items()}
            assert bench.sort(SWAPPED, batch=2) == {}
            assert contents(base) == {t: FILES[name] for name, t in SWAPPED.items() if t}
            assert bench.sort(dict.fromkeys(FILES)) == {}
            ledger.close()
    assert contents(base) == {}
    assert read(source) == FILES


def test_a_copy_that_fails_leaves_nothing_where_open_files_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)
    as_windows(lambda owner, name, value: monkeypatch.setattr(owner, name, value, raising=False))

    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as m:
        m.setattr(os, "write", full)
        with pytest.raises(StorageError, match="No space left on device"):
            bench.sort(WANTED)
    assert bench.tree() == {}
    assert bench.sort(WANTED) == {}


def contents(base: Path) -> dict[str, bytes]:
    own = {LEDGER_NAME, LOCK_NAME}
    files = [p for p in base.rglob("*") if p.is_file() and p.name not in own]
    return {str(p.relative_to(base)): p.read_bytes() for p in files}


def test_on_macos_the_drive_is_told_to_write_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)
    flushed = as_macos(lambda owner, name, value: monkeypatch.setattr(owner, name, value, raising=False))
    assert bench.sort(WANTED) == {}
    assert {4, 6, 0, 140_000} <= set(flushed)


@pytest.mark.parametrize(("number", "falls_back"), [(errno.ENOTSUP, True), (errno.ENOTTY, True), (errno.EIO, False)])
def test_a_share_that_cannot_flush_its_drive_on_macos_is_synced_and_an_error_is_an_error(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, falls_back: bool
) -> None:
    as_macos(lambda owner, name, value: monkeypatch.setattr(owner, name, value, raising=False))
    synced: list[int] = []

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    monkeypatch.setattr(os, "fsync", synced.append)
    (tmp_path / "file").write_bytes(b"x")
    way_out = contextlib.nullcontext() if falls_back else pytest.raises(OSError, match=os.strerror(number))
    with way_out:
        sync_file(None, str(tmp_path / "file"))
    with way_out:
        sync_folder(None, str(tmp_path))
    assert bool(synced) is falls_back


def test_a_kernel_whose_syncfs_hides_errors_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.linux().syncfs is not None
    monkeypatch.setattr(system, "_kernel", lambda: (5, 7))
    assert system.linux().syncfs is None


# --- links ---


def linking(tmp_path: Path, mode: Mode) -> Plan:
    return Bench(build(tmp_path / "raw", FILES), build(tmp_path / "base", {}), mode).plan(WANTED)


def test_windows_without_the_right_to_link_names_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = linking(tmp_path, Mode.SYMLINK)
    without_right_to_link(monkeypatch.setattr)
    with exclusive(tmp_path / "base"), pytest.raises(StorageError, match="developer mode") as e:
        try_links(plan)
    assert e.value.exit_code == 4
    assert e.value.remedy == "use --mode copy or --mode hardlink"
    assert read(tmp_path / "base") == {}


@pytest.mark.parametrize("mode", [Mode.HARDLINK, Mode.SYMLINK])
@pytest.mark.parametrize(("number", "refused"), [(errno.EPERM, True), (errno.EOPNOTSUPP, True), (errno.EACCES, False)])
def test_a_file_system_without_links_is_told_before_the_first_image(
    mode: Mode, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    plan = linking(tmp_path, mode)

    def no_link(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with exclusive(tmp_path / "base"):
        monkeypatch.setattr(os, "link" if mode is Mode.HARDLINK else "symlink", no_link)
        if refused:
            with pytest.raises(StorageError, match=f"links can be made here: {os.strerror(number)}") as e:
                try_links(plan)
            assert "--mode copy" in e.value.remedy
        else:
            try_links(plan)
    assert read(tmp_path / "base") == {}


def test_a_file_system_that_hides_that_two_names_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = linking(tmp_path, Mode.HARDLINK)

    def link(old: str, new: str, **_: object) -> None:
        Path(new).write_bytes(Path(old).read_bytes())

    with exclusive(tmp_path / "base"):
        monkeypatch.setattr(os, "link", link)
        with pytest.raises(StorageError, match="does not tell that two names are one file"):
            try_links(plan)
    assert read(tmp_path / "base") == {}


def test_a_trial_that_a_kill_left_is_swept_away(tmp_path: Path) -> None:
    base = build(tmp_path / "base", {f"{LOCK_NAME}-link": b"left"})
    with exclusive(base):
        assert [p.name for p in base.iterdir()] == [LOCK_NAME]


@pytest.mark.parametrize("number", [errno.EMLINK, errno.EPERM])
def test_why_one_file_cannot_be_linked(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.HARDLINK)

    def no_link(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_link)
    [why] = bench.sort({"a.png": "GO/a.png"}).values()
    assert why.endswith("use --mode copy or --mode symlink")


# --- names ---


def plan_of(base: Path, *targets: str) -> Plan:
    bench = Bench(base.parent / "raw", base.parent / "elsewhere", Mode.COPY)
    steps = tuple(Step(Action.PLACE, bench.key(t), (1, 1, 1, 1), target=t) for t in targets)
    return Plan(str(base), Mode.COPY, steps)


def ignoring_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """`lstat` finds a name however it is written."""
    real = os.lstat

    def lstat(path: str) -> os.stat_result:
        asked = Path(path)
        found = [p for p in asked.parent.iterdir() if p.name.casefold() == asked.name.casefold()]
        return real(found[0] if found else asked)

    monkeypatch.setattr(os, "lstat", lstat)


@pytest.mark.parametrize(
    ("targets", "there", "said"),
    [
        (["go/a.png", "GO/b.png"], "x", "the classes GO and go would be one folder"),
        (["GO/b.png"], "go", "the classes GO and go would be one folder"),
        (["Prüfung/b.png"], "PRU\u0308FUNG", "would be one folder"),
    ],
)
def test_class_twins_are_refused_where_case_is_ignored(
    targets: list[str], there: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base" / there).mkdir(parents=True)
    plan = plan_of(tmp_path / "base", *targets)
    check(plan, [])
    ignoring_case(monkeypatch)
    with pytest.raises(StorageError, match=said) as e:
        check(plan, [])
    assert e.value.exit_code == 4
    check(plan_of(tmp_path / "base", f"{there}/a.png"), [])


def test_whether_case_is_ignored_is_looked_up_else_taken_as_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not ignores_case(str(tmp_path))
    usual = replace(system.here(), ignores_case=True)
    monkeypatch.setattr(system, "here", lambda: usual)
    assert ignores_case(str(tmp_path))
    (tmp_path / "12").mkdir()
    assert ignores_case(str(tmp_path))
    (tmp_path / "a").mkdir()
    assert not ignores_case(str(tmp_path))
    (tmp_path / "A").mkdir()
    assert not ignores_case(str(tmp_path))


def test_names_that_the_file_system_cannot_bear(tmp_path: Path) -> None:
    check(plan_of(tmp_path / "base", "GO/" + "é" * 125 + ".png"), [])
    with pytest.raises(StorageError, match=r"1 name is too long for this file system: .* has 256 bytes, it allows 255"):
        check(plan_of(tmp_path / "base", "GO/" + "é" * 126 + ".png", "GO/a.png"), [])


def test_long_paths_are_explained_where_they_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = replace(system.windows(), opens_folders=True)
    assert windows.longest_path == 259
    monkeypatch.setattr(system, "here", lambda: windows)
    room = 259 - len(str(tmp_path / "base" / "GO")) - 1
    check(plan_of(tmp_path / "base", f"GO/{'a' * room}"), [])
    with pytest.raises(StorageError, match=r"1 path is too long for Windows: .* needs 260 characters") as e:
        check(plan_of(tmp_path / "base", f"GO/{'a' * (room + 1)}"), [])
    assert "LongPathsEnabled" in e.value.remedy
    deep = tmp_path / ("b" * (225 - len(str(tmp_path)) - 1))  # 225, /GO/, and a temporary name of 31
    with pytest.raises(StorageError, match="too long for Windows"):
        check(plan_of(deep, "GO/a"), [])
