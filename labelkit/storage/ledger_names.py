"""Names that rows of the ledger speak of by a number: of runs and of roots."""

from __future__ import annotations

from collections.abc import Callable

from labelkit.domain.errors import LedgerError
from labelkit.domain.names import shown
from labelkit.storage import ledger_rows as rows
from labelkit.storage.ledger_file import DAMAGED


class Named(dict[rows.Cell, str]):
    """Key to name; a key that other tables speak of and this one lacks tells of damage.

    Before it does, the names are read once more: a run that began since then is no damage.

    Args:
        table: where the names stand, for the message.
        place: the ledger's file, for the message.
        read: all names as they are now.

    """

    def __init__(self, table: str, place: str, read: Callable[[], dict[rows.Cell, str]]) -> None:
        super().__init__(read())
        self._table, self._place, self._read = table, place, read

    def __missing__(self, key: rows.Cell) -> str:
        """The name of a key that was not there before.

        Raises:
            LedgerError: there is none.

        """
        self.update(self._read())
        if key in self:
            return self[key]
        raise LedgerError(
            f"the ledger is damaged: table {self._table} lacks row {shown(str(key))}",
            place=self._place,
            remedy=DAMAGED,
        )
