"""What every test may use: a copy of the sample, the real command in a process of its own, and honest skips."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.checkout import Command, copy_sample, run_labelkit

MAY_SKIP: dict[str, str] = {
    "tests/faults/test_power_cuts.py": "a disk in an image file can be mounted by root only",
    "tests/faults/test_real_faults.py::test_full_and_read_only": "small disks can be mounted by root only",
}
"""Tests that may skip even under LABELKIT_NO_SKIP=1: how the node id begins, and why."""


LONG = (
    "tests/house/test_readme.py",
    "tests/faults/test_exhaustive.py",
    "tests/elpv/",
    "tests/flows/test_train.py",
    "tests/house/",
    "tests/faults/",
    "tests/examples/",
)
"""Begun first, in this order: a long file that is begun last keeps one core waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by `LONG`; each file goes to one process as a whole (--dist=loadfile), in the order of this list."""
    items.sort(key=lambda item: next((k for k, known in enumerate(LONG) if item.nodeid.startswith(known)), len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_children() -> None:
    """A suite that was started in the background ignores SIGINT, and every command it starts would with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """No test reads or writes the cache of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder with the sample set, the rules and the settings of a fresh checkout."""
    return copy_sample(tmp_path / "checkout")


@pytest.fixture(scope="session")
def labelkit() -> Command:
    """Run the real command: `labelkit("sort", "--dry-run", cwd=folder, env={...})`."""
    return run_labelkit


def _no_skips() -> bool:
    return os.environ.get("LABELKIT_NO_SKIP") == "1"


def _may_skip(node: str) -> bool:
    return any(node.startswith(known) for known in MAY_SKIP)


def _reason(longrepr: object) -> str:
    return longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under LABELKIT_NO_SKIP=1 a skipped test has failed: what is not run is not known to work."""
    report = yield
    if _no_skips() and report.skipped and not hasattr(report, "wasxfail") and not _may_skip(report.nodeid):
        report.outcome, report.longrepr = "failed", f"skipped where no skip is allowed: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself."""
    report = yield
    if _no_skips() and report.outcome == "skipped" and not _may_skip(report.nodeid):
        report.outcome, report.longrepr = "failed", f"skipped where no skip is allowed: {_reason(report.longrepr)}"
    return report
