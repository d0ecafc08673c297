"""Stop a sort at each call that changes anything, one after the other, and see what is there then.

Run as a program: `stop_points.py SCENARIO kill|interrupt FOLDER`. For k = 1, 2, ... a child process sorts a small tree
and ends (or is interrupted) at its k-th such call; then the same command runs again. It goes on until a child gets
through. Prints JSON: how many points there were, and every fault that was found.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from labelkit.domain.placing import PART_PREFIX, Mode
from labelkit.storage import publish, sqlite_ledger, system
from labelkit.storage.folders import Entry
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger
from tests.storage.other_systems import as_windows
from tests.storage.scenes import Bench, build, read

FILES = {f"{i}.png": f"content of {i}, ".encode() * (i + 1) for i in range(4)} | {
    "s/0.png": b"another nought",
    "s/t/1.png": b"another one",
}
BEFORE: dict[str, str | None] = {
    "0.png": "A/0.png",
    "s/0.png": "B/0.png",
    "1.png": "A/1.png",
    "s/t/1.png": "B/1.png",
    "2.png": "C/2.png",
    "3.png": None,
}
AFTER: dict[str, str | None] = {
    "0.png": "B/0.png",  # these two exchange their names
    "s/0.png": "A/0.png",
    "1.png": "B/1.png",  # this one waits for the next
    "s/t/1.png": "D/1.png",
    "2.png": None,  # the class C goes with it
    "3.png": "A/3.png",
}
"""Everything at once: a ring, a chain, a class that goes, one that comes."""

NOTHING: dict[str, str | None] = {}


@dataclass(frozen=True, slots=True)
class Scenario:
    """How images are placed, from where to where, what the system lacks, and whether the next run is killed as well."""

    mode: Mode
    first: dict[str, str | None] = field(default_factory=lambda: BEFORE)
    then: dict[str, str | None] = field(default_factory=lambda: AFTER)
    lacks: tuple[str, ...] = ()
    twice: bool = False


SCENARIOS = {f"place-{mode}": Scenario(mode, NOTHING, BEFORE) for mode in Mode if mode is not Mode.NONE}
SCENARIOS |= {f"change-{mode}": Scenario(mode, twice=mode is Mode.COPY) for mode in Mode if mode is not Mode.NONE}
SCENARIOS |= {
    "place-move-across": Scenario(Mode.MOVE, NOTHING, BEFORE, ("one device",)),
    "change-move-across": Scenario(Mode.MOVE, lacks=("one device",), twice=True),
    "change-copy-without-rename": Scenario(Mode.COPY, lacks=("rename",)),
    "change-move-without-rename": Scenario(Mode.MOVE, lacks=("rename",)),
    "change-move-without-links": Scenario(Mode.MOVE, lacks=("rename", "links"), twice=True),
    "change-move-as-on-windows": Scenario(Mode.MOVE, lacks=("windows",)),
}


class Stops:
    """Counts the calls that change anything, and stops this process before the k-th."""

    def __init__(self, k: int, *, kill: bool) -> None:
        self.left = k
        self.kill = kill

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt

    def before(self, owner: object, name: str, *, when: Callable[..., bool] = lambda *_, **__: True) -> None:
        """Count each call of a function from now on."""
        call = getattr(owner, name)

        def counted(*args: object, **kwargs: object) -> object:
            if when(*args, **kwargs):
                self.count()
            return call(*args, **kwargs)

        setattr(owner, name, counted)

    def everywhere(self) -> None:
        """Count all calls that change a disk or the ledger."""
        for name in (
            "write",
            "link",
            "rename",
            "replace",
            "unlink",
            "mkdir",
            "rmdir",
            "symlink",
            "fchmod",
            "utime",
            "fsync",
        ):
            self.before(os, name)
        self.before(os, "open", when=lambda _, flags, *__, **___: bool(flags & os.O_CREAT))
        for name in ("intend", "settle", "record_placements", "forget_placements"):
            self.before(sqlite_ledger.SqliteLedger, name)
        has = system.here()
        changed = replace(has, rename=self._counted(has.rename), syncfs=self._counted(has.syncfs))
        setattr(system, "here", lambda: changed)  # noqa: B010 - a test looks on

    def _counted(self, call: Callable[..., None] | None) -> Callable[..., None] | None:
        def counted(*args: object) -> None:
            self.count()
            if call is not None:
                call(*args)

        return None if call is None else counted


def lack(what: tuple[str, ...]) -> None:
    """Take calls away from this process."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    real = publish.move

    def no_rename_between(source: Entry, target: Entry) -> None:
        if (source.folder is None) is not (target.folder is None):
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    if "windows" in what:
        as_windows(setattr)
    if "rename" in what:
        without_rename = replace(system.here(), rename=None)
        setattr(system, "here", lambda: without_rename)  # noqa: B010 - a test takes it away
    if "links" in what:
        setattr(os, "link", no_links)  # noqa: B010 - a test takes it away
    if "one device" in what:
        setattr(publish, "move", no_rename_between)  # noqa: B010 - a test takes it away


def sort(folder: Path, mode: Mode, wanted: dict[str, str | None]) -> None:
    """The same command, as a person would run it again: recovery, a plan from what is there, execution."""
    base_dir = folder / "base"
    base_dir.mkdir(exist_ok=True)
    ledger = open_ledger(base_dir, create=True)
    try:
        recover(base_dir, ledger)
        failures = Bench(folder / "raw", base_dir, mode, ledger).sort(wanted, batch=3)
        assert failures == {}, failures
    finally:
        ledger.close()


def in_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; 0 when it got through, -9 when it was killed, 7 when it was interrupted."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except KeyboardInterrupt:
            code = 7
        except Exception:  # noqa: BLE001 - whatever it was, the parent is told by the exit code
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def faults_after_stop(folder: Path, *, killed: bool) -> list[str]:
    """What must never be, at whatever instant a sort ended."""
    found = []
    ledger = open_ledger(folder / "base", create=True)
    recorded = {i.temporary for i in ledger.intents()}
    if not killed and recorded:
        found.append(f"intents remain after an interrupt: {sorted(recorded)}")
    placements = {p.target for p in ledger.placements().values()}
    ledger.close()
    there = {k: v for k, v in read(folder).items() if isinstance(v, bytes) and not k.startswith("base/labelkit.")}
    parts = {k for k in there if k.rpartition("/")[2].startswith(PART_PREFIX)}
    if unknown := {k for k in parts if k.rpartition("/")[2] not in recorded}:
        found.append(f"temporary files that nobody knows of: {sorted(unknown)}")
    whole = Counter(v for v in there.values())
    if missing := set(FILES.values()) - set(whole):
        found.append(f"lost: {missing}")
    partial = {k: v for k, v in there.items() if k not in parts and v not in FILES.values()}
    if partial := {k: v for k, v in partial.items() if v != publish._RESERVED}:
        found.append(f"not whole: {partial}")
    if not killed and (gone := {t for t in placements if not os.path.lexists(folder / "base" / t)}):
        found.append(f"recorded, but not there: {sorted(gone)}")
    return found


def state(folder: Path) -> tuple[object, ...]:
    """The tree and the record."""
    ledger = open_ledger(folder / "base", create=False)
    kept = (read(folder), {k.path: (p.target, p.sha256) for k, p in ledger.placements().items()}, ledger.intents())
    ledger.close()
    return kept


def point(
    folder: Path, scenario: Scenario, k: int, *, kill: bool, again: int = 0
) -> tuple[bool, list[str], tuple[object, ...]]:
    """Stop at the k-th call (and the next run at its `again`-th), then run to the end."""
    shutil.rmtree(folder, ignore_errors=True)
    build(folder / "raw", FILES)
    sort(folder, scenario.mode, scenario.first)
    found: list[str] = []
    through = False

    def stopped(at: int) -> int:
        def work() -> None:
            lack(scenario.lacks)
            if at:
                Stops(at, kill=kill).everywhere()
            sort(folder, scenario.mode, scenario.then)

        return in_child(work)

    code = stopped(k)
    through = code == 0
    if code not in {0, -signal.SIGKILL, 7}:
        found.append(f"the sort itself failed: {code}")
    found += faults_after_stop(folder, killed=kill)
    if again and not through:
        stopped(again)
        found += faults_after_stop(folder, killed=kill)
    if (code := stopped(0)) != 0:
        found.append(f"the same command again failed: {code}")
    return through, found, state(folder)


def main(name: str, way: str, where: str) -> None:
    """Go through all points of one scenario."""
    scenario, folder, kill = SCENARIOS[name], Path(where, "scene"), way == "kill"
    _, faults, undisturbed = point(folder, scenario, 0, kill=kill)
    k, through = 0, False
    while not through and not faults:
        k += 1
        for again in (0, 1 + k % 13) if kill and scenario.twice else (0,):
            through, found, after = point(folder, scenario, k, kill=kill, again=again)
            faults += [f"point {k}, then {again}: {fault}" for fault in found]
            if after != undisturbed:
                faults.append(f"point {k}, then {again}: another end: {after} instead of {undisturbed}")
    shutil.rmtree(folder)
    print(json.dumps({"points": k - 1, "faults": faults[:5]}))  # noqa: T201 - this is a program


if __name__ == "__main__":
    main(*sys.argv[1:])
