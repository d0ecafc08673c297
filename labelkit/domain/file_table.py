"""Millions of files as columns: some 130 bytes a file in place of 300; each made again when it is asked for."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import overload

from labelkit.domain.fact_columns import MANY, Numbers, Rows, Words
from labelkit.domain.tree import FileEntry


def held(files: Iterable[FileEntry]) -> Sequence[FileEntry]:
    """The files in the order given: as they are, or, when there are many, as a `FileTable`."""
    rest = iter(files)
    first = tuple(islice(rest, MANY + 1))
    return first if len(first) <= MANY else FileTable(chain(first, rest))


def chosen(files: Sequence[FileEntry], wanted: Callable[[FileEntry], bool]) -> Sequence[FileEntry]:
    """Those of some files that are wanted, in their order; the very same sequence when all are."""
    at = array("q", (i for i, file in enumerate(files) if wanted(file)))
    if len(at) == len(files):
        return files
    return tuple(files[i] for i in at) if isinstance(files, tuple) else Rows(at, files.__getitem__)


class FileTable(Sequence[FileEntry]):
    """Files in the order given, held as columns.

    What it gives is made when it is asked for, and made anew each time: about a microsecond a file.

    Args:
        files: each once.

    """

    def __init__(self, files: Iterable[FileEntry]) -> None:
        self._paths: list[str] = []
        self._numbers = tuple(Numbers() for _ in range(4))
        self._rest = Words()
        size, mtime_ns, ctime_ns, inode = (column.append for column in self._numbers)
        for file in files:
            self._paths.append(file.path)
            size(file.size)
            mtime_ns(file.mtime_ns)
            ctime_ns(file.ctime_ns)
            inode(file.inode)
            self._rest.append(file[5:])
        self._read = (*(column.reader() for column in self._numbers), self._rest.reader())

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[FileEntry]:
        return map(self._at, range(len(self._paths)))

    @overload
    def __getitem__(self, at: int) -> FileEntry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[FileEntry]: ...
    def __getitem__(self, at: int | slice) -> FileEntry | Sequence[FileEntry]:
        if isinstance(at, slice):
            return Rows(range(len(self))[at], self._at)
        return self._at(range(len(self))[at])

    def _at(self, row: int) -> FileEntry:
        size, mtime_ns, ctime_ns, inode, rest = self._read
        cells = (self._paths[row], size(row), mtime_ns(row), ctime_ns(row), inode(row), *rest(row))  # type: ignore[misc] # the tuple that was appended
        return tuple.__new__(FileEntry, cells)
