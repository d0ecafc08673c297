"""The one context of a run: clock, run id, progress, workers. Nothing below flows reads a clock or draws an id."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labelkit.domain.progress import NoProgress, Progress


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"


@dataclass(frozen=True, slots=True)
class Run:
    """What every flow is handed.

    Attributes:
        progress: told of long steps.
        jobs: worker processes; 0 means one per core that this process may use, 1 means in process.
        id: names this run in the ledger: UTC date, time and six hexadecimal digits.
        started: UTC, ISO 8601, seconds.

    """

    progress: Progress = field(default_factory=NoProgress)
    jobs: int = 0
    id: str = field(default_factory=_new_id)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def workers(self) -> int:
        """How many processes may work at once (at least 1)."""
        return self.jobs if self.jobs > 0 else cores()

    @property
    def process(self) -> int:
        """Id of this process."""
        return os.getpid()

    @staticmethod
    def now() -> float:
        """Seconds of a steady clock, for `timing`."""
        return time.perf_counter()

    @staticmethod
    def wall_ns() -> int:
        """Nanoseconds since the epoch, to hold the times of files against."""
        return time.time_ns()


def cores() -> int:
    """The cores this process may use: its affinity mask where the system has one, else all."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
