"""What every result has in common: a text that reads well, in a terminal and in a notebook."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod


class Readable(ABC):
    """A result that tells itself in a few lines."""

    __slots__ = ()

    @abstractmethod
    def lines(self) -> list[str]:
        """The result in a few lines of plain text."""

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
