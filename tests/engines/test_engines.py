from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from labelkit.engines import choose
from labelkit.engines.choose import SHARD, SMALL, SharedWorkers, make_engine
from labelkit.engines.engine import Engine, Lost
from labelkit.engines.in_process import InProcess
from labelkit.engines.local import LocalWorkers


@dataclass(frozen=True)
class Double:
    """Doubles numbers; dies on some, hangs on others, raises on one."""

    deadly: frozenset[int] = frozenset()
    endless: frozenset[int] = frozenset()
    faulty: int = -1

    def __call__(self, shard: Sequence[int]) -> list[int]:
        return [self.one(n) for n in shard]

    def one(self, n: int) -> int:
        if n in self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if n in self.endless:
            time.sleep(600)
        if n == self.faulty:
            raise ValueError(f"no double of {n}")
        return 2 * n


def shards(items: int, size: int) -> list[list[int]]:
    return [list(range(i, min(i + size, items))) for i in range(0, items, size)]


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    engine = LocalWorkers(2)
    yield engine
    engine.close()


@pytest.mark.parametrize("size", [1, 7, 100])
def test_both_engines_give_the_same_receipts(workers: LocalWorkers, size: int) -> None:
    engines: list[Engine] = [InProcess(), workers]
    told = [[(r.shard, r.results) for r in engine.run(Double(), shards(30, size))] for engine in engines]
    assert told[0] == told[1]
    assert [n for _, results in told[0] for n in results] == [2 * n for n in range(30)]


def test_workers_are_other_processes(workers: LocalWorkers) -> None:
    assert os.getpid() not in {r.worker for r in workers.run(Double(), shards(40, 5))}
    assert {r.worker for r in InProcess().run(Double(), shards(40, 5))} == {os.getpid()}


def test_a_killed_worker_costs_the_one_item_that_kills(workers: LocalWorkers) -> None:
    receipts = list(workers.run(Double(deadly=frozenset([13, 40])), shards(60, 4), retries=0))
    results = [n for r in receipts for n in r.results]
    assert [r.shard for r in receipts] == list(range(15))
    assert [i for i, n in enumerate(results) if isinstance(n, Lost)] == [13, 40]
    assert [n for n in results if not isinstance(n, Lost)] == [2 * n for n in range(60) if n not in {13, 40}]
    lost = results[13]
    assert isinstance(lost, Lost)
    assert "died" in lost.reason


def test_a_worker_that_dies_once_costs_nothing(workers: LocalWorkers, tmp_path: Path) -> None:
    mark = tmp_path / "died"

    def once(shard: Sequence[int]) -> list[int]:
        if 3 in shard and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return list(shard)

    results = [n for r in workers.run(once, shards(12, 3)) for n in r.results]
    assert mark.exists()
    assert results == list(range(12))


def test_a_hanging_item_is_killed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelkit.engines.local._SECONDS_AN_ITEM", 0.1)
    engine = LocalWorkers(2, patience_s=3)
    try:
        results = [n for r in engine.run(Double(endless=frozenset([5])), shards(12, 1)) for n in r.results]
    finally:
        engine.close()
    assert [i for i, n in enumerate(results) if isinstance(n, Lost)] == [5]
    assert isinstance(results[5], Lost)
    assert "no answer" in results[5].reason


def test_an_exception_of_the_task_is_the_callers(workers: LocalWorkers) -> None:
    with pytest.raises(ValueError, match="no double of 9"):
        list(workers.run(Double(faulty=9), shards(20, 4)))
    assert [n for r in workers.run(Double(), shards(4, 2)) for n in r.results] == [0, 2, 4, 6]


def test_a_bounded_number_is_in_flight(workers: LocalWorkers) -> None:
    handed: list[int] = []

    def source() -> Iterator[list[int]]:
        for n in range(100):
            handed.append(n)
            yield [n]

    receipts = workers.run(Double(), source())
    next(receipts)
    assert len(handed) <= 4
    assert len(list(receipts)) == 99


def test_a_task_that_loses_items_is_refused(workers: LocalWorkers) -> None:
    with pytest.raises(RuntimeError, match="1 results for 2 items"):
        list(workers.run(lambda shard: list(shard)[:1], [[1, 2]]))


def test_no_thread_is_left_when_the_workers_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that goes on gives semaphores back while the program ends, and loky complains on the screen."""
    from loky.backend.queues import Queue

    feed, fed = Queue._feed, []

    def slow_to_end(*told: object) -> None:
        fed.append(threading.current_thread())
        feed(*told)
        time.sleep(0.5)

    monkeypatch.setattr(Queue, "_feed", staticmethod(slow_to_end))
    before = set(threading.enumerate())
    engine = LocalWorkers(2)
    assert len(list(engine.run(Double(), shards(30, 5)))) == 6
    engine.close()
    assert fed
    assert set(threading.enumerate()) <= before


def test_small_runs_stay_in_process() -> None:
    assert isinstance(make_engine(8, SMALL), InProcess)
    assert isinstance(make_engine(1, 10**6), InProcess)
    assert isinstance(make_engine(2, SMALL + 1), LocalWorkers)


SCRIPT = """
import os
print("begun")
from labelkit.engines.local import LocalWorkers

def double(shard):
    return [2 * n for n in shard]

engine = LocalWorkers(2)
receipts = list(engine.run(double, [[1, 2], [3], [4], [5]]))
assert os.getpid() not in {r.worker for r in receipts}
print([n for r in receipts for n in r.results])
engine.close()
"""


@pytest.mark.parametrize("way", ["unguarded file", "stdin", "exec"])
def test_any_caller_may_use_workers(tmp_path: Path, way: str) -> None:
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    arguments = {
        "unguarded file": [str(file)],
        "stdin": ["-"],
        "exec": ["-c", f"exec(compile({SCRIPT!r}, '<cell>', 'exec'), {{'__name__': '__main__'}})"],
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments[way]],
        input=SCRIPT if way == "stdin" else "",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["begun", "[2, 4, 6, 8, 10]"]


def answering(crew: SharedWorkers, items: int) -> set[int]:
    """Process ids of those that did a piece of work of so many items."""
    with crew.engine(items) as engine:
        return {r.results[0] for r in engine.run(Pid(), shards(2 * SHARD, SHARD)) if isinstance(r.results[0], int)}


@dataclass(frozen=True)
class Pid:
    """Tells who does it."""

    def __call__(self, shard: Sequence[int]) -> list[int]:
        return [os.getpid()] * len(shard)


def test_one_piece_of_work_after_another_goes_to_the_same_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = SharedWorkers(1)
    assert answering(crew, SMALL + 1) == {os.getpid()}
    crew = SharedWorkers(2)
    try:
        assert answering(crew, SMALL) == {os.getpid()}
        first, second = answering(crew, SMALL + 1), answering(crew, SMALL + 1)
        assert os.getpid() not in first
        assert len(first | second) <= 2
        monkeypatch.setattr(choose, "_MANY", SMALL)
        answering(crew, SMALL + 1)
        assert answering(crew, SMALL + 1).isdisjoint(first | second), "beyond so many they end with the work"
    finally:
        crew.close()
