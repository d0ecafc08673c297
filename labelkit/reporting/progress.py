"""A progress bar that appears after half a second, and only on a terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from labelkit.reporting.console import say

_DELAY_S = 0.5


class _Rate(ProgressColumn):
    """Images per second so far."""

    def render(self, task: Task) -> Text:
        """The rate as text; empty before anything is done."""
        return Text(f"{task.speed:,.0f} images/s" if task.speed else "")


class ConsoleProgress:
    """Shows steps on a person's terminal: what, a bar, images/s, time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = 0.0
        self._what = ""
        self._total: int | None = None
        self._done = 0
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def start(self, what: str, total: int | None) -> None:
        """Begin a step; nothing is drawn yet."""
        self.finish()
        self._what, self._total, self._done = what, total, 0
        self._begun = time.perf_counter()

    def describe(self, what: str) -> None:
        """The same step, in other words."""
        self._what = what
        if self._bar is not None:
            self._bar.update(self._task, description=what)

    def advance(self, items: int = 1) -> None:
        """So many more items; the bar is drawn once half a second has gone."""
        self._done += items
        if self._bar is None and self._console.is_terminal and time.perf_counter() - self._begun > _DELAY_S:
            self._draw()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def note(self, line: str) -> None:
        """One line above whatever bar there is."""
        say(self._console, line)

    def _draw(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(self._what, total=self._total)
        self._bar.start()
