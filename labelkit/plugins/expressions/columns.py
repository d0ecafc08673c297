"""The cells of a table by record, gathered once and shared by all expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from labelkit.plugins.cells import CellTable

Scalar = TypeVar("Scalar", bound=np.generic)
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Bools = NDArray[np.bool_]


class Columns:
    """The cells of a table by record: gathered once, shared by all expressions.

    Args:
        table: the table's columns.
        rows: row index of each record, -1 for none.
        features: image features by name, one float64 a record, NaN where it could not be had.

    """

    def __init__(
        self, table: CellTable, rows: Sequence[int] | NDArray[np.int64], features: Mapping[str, Floats] | None = None
    ) -> None:
        self.table = table
        self.rows = np.asarray(rows, dtype=np.int64)
        self.features = dict(features or {})
        self.no_row = self.rows < 0
        self._codes: dict[str, NDArray[np.int64]] = {}
        self._numbers: dict[str, Floats] = {}
        self._texts: dict[str, Texts] = {}
        self._missing: dict[str, Bools] = {}

    def numbers(self, name: str) -> Floats:
        """The numbers of a column; NaN where the cell writes none."""
        if name not in self._numbers:
            values: list[float | None] = self.table[name].values
            self._numbers[name] = self._gather(name, np.array([*values, None], dtype=np.float64))
        return self._numbers[name]

    def texts(self, name: str) -> Texts:
        """The stripped texts of a column."""
        if name not in self._texts:
            self._texts[name] = self._gather(name, np.array([*self.table[name].words, ""], dtype=object))
        return self._texts[name]

    def missing(self, name: str) -> Bools:
        """Where a cell says nothing, or there is no row."""
        if name not in self._missing:
            self._missing[name] = self._gather(name, np.array([*self.table[name].gone, True], dtype=np.bool_))
        return self._missing[name]

    def by_word(self, name: str, different: Bools) -> Bools:
        """One truth a different cell of a column, and one more for "no row", as one a record."""
        return self._gather(name, different)

    def only(self, records: NDArray[np.int64]) -> Columns:
        """The same for some of the records."""
        features = {name: values[records] for name, values in self.features.items()}
        some = Columns(self.table, self.rows[records], features)
        some._codes = {name: codes[records] for name, codes in self._codes.items()}
        some._numbers = {name: values[records] for name, values in self._numbers.items()}
        some._texts = {name: texts[records] for name, texts in self._texts.items()}
        some._missing = {name: gone[records] for name, gone in self._missing.items()}
        return some

    def _gather(self, name: str, different: NDArray[Scalar]) -> NDArray[Scalar]:
        """From the different cells, and one more for "no row", to one value a record."""
        if name not in self._codes:
            codes = np.array([*self.table[name].codes, -1], dtype=np.int64)
            self._codes[name] = codes[self.rows]
        return different[self._codes[name]]
