"""Freed memory is kept for the next picture where glibc is asked to, and nowhere else."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from labelkit.engines import allocator
from labelkit.engines.allocator import keep_freed_memory
from tests.checkout import quiet_environment

ON_GLIBC = sys.platform.startswith("linux") and (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")

STEPS = """
import resource, sys, threading
import numpy as np
from labelkit.engines.allocator import keep_freed_memory
print(keep_freed_memory())
def work():
    def step():
        for size in (1, 4, 8, 2):
            np.empty(size << 20, np.uint8).fill(1)
    step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
"""As a training does: arrays of a few megabytes, in a thread, twenty times over; pages that the system gave."""


def told(**settled: str) -> list[str]:
    """What the steps say, with these variables set."""
    plain = {name: value for name, value in quiet_environment().items() if name not in allocator.SETTLED_BY}
    words = [sys.executable, "-c", STEPS]
    return subprocess.run(words, env=plain | settled, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


@pytest.mark.skipif(not ON_GLIBC, reason="what mallopt does is glibc's")
def test_the_second_step_of_a_thread_gets_the_memory_of_the_first() -> None:
    kept, pages = told()
    left, given = told(MALLOC_TOP_PAD_="131072")
    assert (kept, left) == ("True", "False")
    assert int(pages) < 200
    assert int(given) > 10_000


@pytest.mark.parametrize("why", ["macOS", "musl", "a person"])
def test_elsewhere_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    def unasked(_: None) -> None:
        pytest.fail("the C library was loaded")

    for name in allocator.SETTLED_BY:
        monkeypatch.delenv(name, raising=False)
    if why == "macOS":
        monkeypatch.setattr(sys, "platform", "darwin")
    elif why == "musl":
        monkeypatch.setattr(os, "confstr", lambda _: "")
    else:
        monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=1")
    monkeypatch.setattr(ctypes, "CDLL", unasked)
    keep_freed_memory.cache_clear()
    assert not keep_freed_memory()
    keep_freed_memory.cache_clear()
