"""How a long step tells that it is getting on; the screen is somebody else's."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of steps by flows; shown, or not, by reporting."""

    def start(self, what: str, total: int | None) -> None:
        """Begin a step of `total` items (None: unknown)."""

    def describe(self, what: str) -> None:
        """The same step, in other words: what it has come to."""

    def advance(self, items: int = 1) -> None:
        """So many more items are done."""

    def finish(self) -> None:
        """The step is over."""

    def note(self, line: str) -> None:
        """One line that a person should read before a long step begins."""


class NoProgress:
    """Says nothing: for pipes, tests and the Python API."""

    def start(self, what: str, total: int | None) -> None:
        """Nothing is shown."""

    def describe(self, what: str) -> None:
        """Nothing is shown."""

    def advance(self, items: int = 1) -> None:
        """Nothing is shown."""

    def finish(self) -> None:
        """Nothing is shown."""

    def note(self, line: str) -> None:
        """Nothing is shown."""
