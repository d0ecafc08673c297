"""Read the metadata of a flow: the files as lines write them, then every column under its contract."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.contract import ColumnContract, contract_faults, contracts_of
from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import UsageError
from labelkit.domain.table import Table
from labelkit.plugins.cells import number_in
from labelkit.plugins.contracts import plain_table
from labelkit.sorting.aggregate import aggregate, check_aggregates
from labelkit.sorting.matching import Matches
from labelkit.storage.metadata import read_metadata


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a person says that tables are to be read.

    Attributes:
        columns: names for the columns of tables without a header.
        encoding: how text tables are written; None finds it.
        contracts: what is declared of each column.
        pad_digits: numbers in file names have so many digits; 0: as the table writes them.
        aggregate: column to what several rows of one image say together; the key "" means every other column.
        written: all of it but the columns, as the ledger keeps it.

    """

    columns: tuple[str, ...] = ()
    encoding: str | None = None
    contracts: Mapping[str, ColumnContract] = field(default_factory=dict)
    pad_digits: int = 0
    aggregate: Mapping[str, str] = field(default_factory=dict)
    written: str = ""

    @classmethod
    def of(
        cls,
        *,
        columns: Sequence[str] = (),
        encoding: str | None = None,
        contracts: Mapping[str, object] | None = None,
        pad_digits: int = 0,
        aggregates: Sequence[str] | str = (),
    ) -> TableReading:
        """What a person wrote, checked.

        Args:
            columns: names for the columns of tables without a header.
            encoding: how text tables are written; None finds it.
            contracts: column to a table of `type`, `min`, `max`, `sentinels`, `decimal`, `pad`, `aggregate`, `map`.
            pad_digits: numbers in file names have so many digits; 0: as the table writes them.
            aggregates: `min`, or `score=min`, of `first`, `last`, `min`, `max`, `mean`, `any:LABEL`.

        Raises:
            UsageError: a contract or an aggregate that cannot be used.

        """
        faults = contract_faults(contracts or {})
        if faults:
            raise UsageError(faults[0], remedy="\n".join(faults[1:]))
        given = [aggregates] if isinstance(aggregates, str) else aggregates
        how = {name: way for name, _, way in (word.rpartition("=") for word in given)}
        check_aggregates(how)
        kept = {"encoding": encoding, "contracts": contracts or {}, "pad_digits": pad_digits, "aggregates": list(given)}
        written = json.dumps(kept, sort_keys=True, default=str) if any(kept.values()) else ""
        return cls(tuple(columns), encoding, contracts_of(contracts or {}), pad_digits, how, written)

    @classmethod
    def recorded(cls, written: str, columns: Sequence[str]) -> TableReading:
        """What a run of the ledger was told."""
        kept = json.loads(written or "{}")
        return cls.of(columns=columns, **{str(key): value for key, value in kept.items()})

    @property
    def aggregates(self) -> dict[str, str]:
        """What is declared of several rows: by contracts, and above them by the option."""
        declared = {name: c.aggregate for name, c in self.contracts.items() if c.aggregate}
        return declared | dict(self.aggregate)


def read_table(
    given: Sequence[Path] | Table, how: TableReading, images: Sequence[ImageKey], *, known: Collection[str] = ()
) -> Table:
    """The metadata as one table of plain text.

    Args:
        given: files, or a table that is in memory.
        how: what a person declared.
        images: the images, whose names tell one encoding from another.
        known: columns that the table gets later, from paths.

    Raises:
        LabelkitError: a table that cannot be read for sure, or a cell outside of its contract.

    """
    table = given if isinstance(given, Table) else read_files(given, how, images)
    return plain_table(table, how.contracts, known=known)


def read_files(files: Sequence[Path], how: TableReading, images: Sequence[ImageKey]) -> Table:
    """The files as one table, each cell as it is written."""
    names = frozenset([image.path[image.path.rfind("/") + 1 :] for image in images])
    return read_metadata(files, columns=how.columns, encoding=how.encoding, names=names)


def aggregated(matches: Matches, how: TableReading) -> Matches:
    """The matches with several rows of one image made to agree as declared."""
    return aggregate(matches, how.aggregates, number_in) if how.aggregates else matches
