"""Stop an undo at each call that changes anything, one after the other, and see what is there then.

Run as a program: `undo_stops.py SCENARIO FOLDER`. For k = 1, 2, ... a child process undoes a small sort and is killed
at its k-th such call; then the same undo runs again (in some scenarios it is killed as well). It goes on until a child
gets through. Prints JSON: how many points there were, and every fault that was found.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.placing import Mode
from labelkit.flows.undo import undo
from labelkit.storage import transfer
from labelkit.storage.sqlite_ledger import SqliteLedger, open_ledger
from tests.storage.scenes import build, read
from tests.storage.stop_points import AFTER, BEFORE, FILES, Stops, faults_after_stop, in_child, lack, sort, state

_RUN_METHODS = ("begin_run", "end_run", "record_decisions")


@dataclass(frozen=True, slots=True)
class Scenario:
    """How images are placed, what the system lacks, whether all is taken back, and whether the second undo dies too."""

    mode: Mode
    lacks: tuple[str, ...] = ()
    first: bool = False
    twice: bool = False


SCENARIOS = {
    "change-copy": Scenario(Mode.COPY, twice=True),
    "change-hardlink": Scenario(Mode.HARDLINK),
    "change-move-across": Scenario(Mode.MOVE, ("one device",), twice=True),
    "place-move-across": Scenario(Mode.MOVE, ("one device",), first=True),
}


def prepare(folder: Path, scenario: Scenario) -> dict[str, bytes | str]:
    """The sorts that are there; the tree that the undo has to lead back to."""
    shutil.rmtree(folder, ignore_errors=True)
    build(folder / "raw", FILES)
    (folder / "base").mkdir()
    untouched = read(folder)
    untouched.pop("base")
    sort(folder, scenario.mode, BEFORE)
    end_runs(folder)
    if scenario.first:
        return untouched | {"base": "empty folder"}
    before = read(folder)
    sort(folder, scenario.mode, AFTER)
    end_runs(folder)
    return before


def end_runs(folder: Path) -> None:
    ledger = open_ledger(folder / "base", create=False)
    for run in ledger.runs():
        ledger.end_run(run.id, "{}")
    ledger.close()


def undo_in_child(folder: Path, scenario: Scenario, at: int) -> int:
    """The command, in batches of three; killed at its `at`-th call, or not at all."""

    def work() -> None:
        setattr(transfer, "BATCH", 3)  # noqa: B010 - so that a kill finds batches done and not done
        setattr(transfer, "LINK_BATCH", 3)  # noqa: B010 - the same
        lack(scenario.lacks)
        if at:
            stops = Stops(at, kill=True)
            stops.everywhere()
            for name in _RUN_METHODS:
                stops.before(SqliteLedger, name)
        result = undo(base_dir=folder / "base")
        assert result.left == (), result.left

    return in_child(work)


def tree(folder: Path) -> dict[str, bytes | str]:
    """The folder as it is; a base_dir that holds nothing but its ledger is empty."""
    found = read(folder)
    return found if any(name.startswith("base/") for name in found) else found | {"base": "empty folder"}


def point(folder: Path, scenario: Scenario, k: int, again: int) -> tuple[bool, list[str], tuple[object, ...]]:
    """Kill at the k-th call (and the next undo at its `again`-th), then run to the end."""
    wanted = prepare(folder, scenario)
    code = undo_in_child(folder, scenario, k)
    found = [] if code in {0, -signal.SIGKILL} else [f"the undo itself failed: {code}"]
    found += faults_after_stop(folder, killed=True)
    if again and code:
        undo_in_child(folder, scenario, again)
        found += faults_after_stop(folder, killed=True)
    if (last := undo_in_child(folder, scenario, 0)) != 0:
        found.append(f"the same undo again failed: {last}")
    if tree(folder) != wanted:
        found.append(f"another tree than before the sort: {tree(folder)}")
    return code == 0, found, state(folder)


def main(name: str, where: str) -> None:
    """Go through all points of one scenario."""
    scenario, folder = SCENARIOS[name], Path(where, "scene")
    _, faults, undisturbed = point(folder, scenario, 0, 0)
    k, through = 0, False
    while not through and not faults:
        k += 1
        for again in (0, 1 + k % 13) if scenario.twice else (0,):
            through, found, after = point(folder, scenario, k, again)
            faults += [f"point {k}, then {again}: {fault}" for fault in found]
            if after != undisturbed:
                faults.append(f"point {k}, then {again}: another end: {after} instead of {undisturbed}")
    shutil.rmtree(folder)
    print(json.dumps({"points": k - 1, "faults": faults[:5]}))  # noqa: T201 - this is a program


if __name__ == "__main__":
    main(*sys.argv[1:])
