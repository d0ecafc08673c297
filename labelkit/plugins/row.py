"""The metadata row as a rule in Python sees it: `row.score`, or `row["No. 7"]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labelkit.domain.names import did_you_mean
from labelkit.plugins.cells import Cell


class Row:
    """One row, read-only. Numbers where the whole column is numbers, else text; None where the cell says nothing.

    The cells are the instance's own attributes, so that reading one costs no call.
    """

    def __init__(self, names: Sequence[str], cells: Sequence[Cell]) -> None:
        vars(self).update(zip(names, cells, strict=True))

    def __getattr__(self, name: str) -> Cell:
        raise AttributeError(_unknown(name, vars(self)))

    def __getitem__(self, name: str) -> Cell:
        cells: dict[str, Cell] = vars(self)
        if name not in cells:
            raise KeyError(_unknown(name, vars(self)))
        return cells[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a row is read-only; '{name}' was not set to {value!r}")

    def __contains__(self, name: object) -> bool:
        return name in vars(self)

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self))

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _unknown(name: str, cells: Mapping[str, Cell]) -> str:
    return f"the row has no column '{name}'; {did_you_mean(name, list(cells))}"
