"""A pandas frame as a metadata table: for scripts and notebooks that have their rows in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from labelkit.domain.errors import MetadataError
from labelkit.domain.table import Table


class Frame(Protocol):
    """What labelkit needs of a `pandas.DataFrame`."""

    @property
    def columns(self) -> Iterable[object]:
        """The column names."""

    def __getitem__(self, name: str, /) -> Iterable[object]: ...

    def __len__(self) -> int: ...


def table_of_frame(frame: Frame) -> Table:
    """Every cell as the text it prints as; a missing one (None, NaN, NaT, NA) is empty.

    Row numbers count from 1, in the order of the frame; its index is not looked at.

    Raises:
        MetadataError: no rows, a column name that is no text, or one that stands twice.

    """
    import pandas as pd

    names = list(frame.columns)
    if not len(frame):
        raise MetadataError("the frame holds no rows", remedy="it needs a row for each image")
    odd = [n for n in names if not isinstance(n, str)]
    if odd:
        raise MetadataError(
            f"a column of the frame is called {odd[0]!r}", remedy="give every column a text as its name"
        )
    if len(set(names)) < len(names):
        raise MetadataError("a column name of the frame stands twice", remedy="give every column a name of its own")
    columns = {}
    for name in (str(n) for n in names):
        cells = pd.Series(list(frame[name]), dtype=object)
        columns[name] = list(cells.map(str).where(cells.notna(), ""))
    return Table(
        files=("the frame",),
        folders=(os.getcwd(),),
        columns=columns,
        origin=[0] * len(frame),
        lines=list(range(1, len(frame) + 1)),
        said=(f"the frame: {len(frame):,} rows",),
    )
