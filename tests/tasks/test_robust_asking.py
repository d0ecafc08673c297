"""Rules that hang, leave, kill their process or print: one image each; votes the same with any number of workers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.decisions import State
from labelkit.domain.sort_result import SortResult
from labelkit.plugins.plain_code import is_plain
from labelkit.plugins.python_file import read_python_file
from labelkit.storage.ledger import Ledger
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import image, write_table

HARMFUL = """\
import os, signal, sys, time
from labelkit import labeling_function

@labeling_function(columns=["n"], labels=["GO"])
def harmful(row):
    if row.n == 3:
        sys.exit(5)
    if row.n == 7:
        os._exit(5)
    if row.n == 11:
        os.kill(os.getpid(), signal.SIGKILL)
    if row.n == 13:
        while True:
            pass
    if row.n == 17:
        time.sleep(1000)
    print("asked about", row.n)
    return "GO"
"""


def scene(folder: Path, images: int, code: str) -> Path:
    for n in range(images):
        image(folder / "raw" / f"{n:03}.png", seed=n % 5)
    write_table(folder / "m.csv", ["file", "n"], [(f"{n:03}.png", str(n)) for n in range(images)])
    (folder / "rules.py").write_text(code)
    return folder


def sort(folder: Path, base: str, *, jobs: int, timeout: float = 30.0) -> SortResult:
    return labelkit.sort(
        folder / "raw",
        base_dir=folder / base,
        metadata=folder / "m.csv",
        rules=folder / "rules.py",
        on_error="hold",
        jobs=jobs,
        rule_timeout=timeout,
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_harmful_rules_cost_one_image_each_in_a_small_set_too(
    tmp_path: Path, jobs: int, capfd: pytest.CaptureFixture[str]
) -> None:
    result = sort(scene(tmp_path, 20, HARMFUL), "base", jobs=jobs, timeout=0.6)
    errors = {p.file: p.why.splitlines() for p in result.problems}
    assert sorted(errors) == [f"{n:03}.png" for n in (3, 7, 11, 13, 17)]
    assert errors["003.png"][0] == "SystemExit: 5"
    assert errors["007.png"] == errors["011.png"] == ["the worker process died on it while it was asking 'harmful'"]
    assert errors["013.png"][0] == errors["017.png"][0] == "no answer in 0.6 s (--rule-timeout)"
    assert "rules.py:1" in errors["013.png"][1]
    assert errors["017.png"][1].endswith("time.sleep(1000)")
    assert result.states[State.LABELED] == 15
    out = capfd.readouterr()
    assert out.out == ""
    assert "asked about 0" in out.err


ENDLESS_IN_C = """\
from labelkit import labeling_function
import itertools

@labeling_function(columns=["n"], labels=["GO"])
def endless(row):
    return "GO" if row.n != 2 else sum(itertools.repeat(1))
"""


def test_one_that_never_comes_back_to_python_ends_its_process_and_is_named(tmp_path: Path) -> None:
    result = sort(scene(tmp_path, 4, ENDLESS_IN_C), "base", jobs=1, timeout=0.3)
    assert [(p.file, p.why) for p in result.problems] == [
        ("002.png", "the worker process died on it while it was asking 'endless'")
    ]


HANGING_IN_PROCESS = """\
from labelkit import labeling_function

@labeling_function(labels=["GO"])
def slow(row):
    total = 0
    for a in "x" * 100_000:
        for b in "y" * 100_000:
            total += 1
    return "GO"
"""


def test_a_plain_file_is_asked_in_process_and_stopped_there(tmp_path: Path) -> None:
    folder = scene(tmp_path, 2, HANGING_IN_PROCESS)
    assert is_plain(read_python_file(folder / "rules.py"))
    begun = time.perf_counter()
    result = sort(folder, "base", jobs=1, timeout=0.2)
    assert time.perf_counter() - begun < 10
    assert {p.why.splitlines()[0] for p in result.problems} == {"no answer in 0.2 s (--rule-timeout)"}
    assert not result.workers


def test_functions_handed_in_stay_in_this_process_and_are_stopped_too(tmp_path: Path) -> None:
    asked: list[int] = []

    @labelkit.labeling_function(labels=["GO"])
    def counts() -> str:
        asked.append(os.getpid())
        while len(asked) == 2:
            pass
        return "GO"

    folder = scene(tmp_path, 3, "")
    result = labelkit.sort(folder / "raw", base_dir=folder / "b", rules=counts, on_error="hold", rule_timeout=0.2)
    assert asked == [os.getpid()] * 3
    assert [(p.file, p.why.splitlines()[0]) for p in result.problems] == [
        ("001.png", "no answer in 0.2 s (--rule-timeout)")
    ]


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("import math", True),
        ("LIMITS = {'A1': 3 ** 2}", True),
        ("import os", False),
        ("from numpy import mean", False),
        ("from . import beside", False),
        ("x = [].__class__", False),
        ("def f():\n    while True:\n        pass", False),
        ("x = 9 ** 9 ** 9", False),
        ("x = open", False),
        ("x = __import__('os')", False),
    ],
)
def test_which_files_are_asked_in_this_process(tmp_path: Path, line: str, plain: bool) -> None:  # noqa: FBT001 - a case
    (tmp_path / "r.py").write_text(f"from labelkit import labeling_function\n{line}\n")
    assert is_plain(read_python_file(tmp_path / "r.py")) is plain


VOTES = """\
import numpy as np
from labelkit import ABSTAIN, feature, labeling_function

@feature
def spread(gray):
    return np.float32(gray.std())

@labeling_function(columns=["n"], labels=["GO", "NG"])
def by_number(row, brightness, spread, *, limit: float = 100.0):
    if row.n % 50 == 49:
        raise ValueError(f"{row.n} {spread!r}")
    return "GO" if brightness + spread >= limit else "NG"

@labeling_function(labels=["NG"])
def odd(row):
    return "NG" if row.n % 7 == 0 else ABSTAIN
"""


def ledger_of(base: Path) -> list[str]:
    """Every decision, without where its row stood: that a shuffled table changes."""
    ledger: Ledger = open_ledger(base, create=False, read_only=True)
    try:
        return [repr(entry).partition("places=")[0] for entry in sorted(ledger.decisions().items())]
    finally:
        ledger.close()


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("fresh_cache")
def test_ledgers_are_equal_with_any_number_of_workers_shuffled_rows_and_a_warm_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scene(tmp_path, 330, VOTES)
    results = {}
    for name, jobs in (("1", 1), ("2", 2), ("4", 4), ("warm", 2)):
        if name != "warm":
            monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / f"cache{name}"))
        results[name] = sort(folder, f"base{name}", jobs=jobs)
    rows = (folder / "m.csv").read_text().splitlines()
    (folder / "m.csv").write_text("\n".join([rows[0], *rows[:0:-1]]) + "\n")
    results["shuffled"] = sort(folder, "baseshuffled", jobs=2)
    ledgers = {name: ledger_of(folder / f"base{name}") for name in results}
    assert len(ledgers["1"]) == 330
    assert results["1"].states[State.ERROR] == 6
    assert all(found == ledgers["1"] for found in ledgers.values())
    assert len(results["2"].workers) >= 2
    assert sum(results["4"].workers.values()) == 330
