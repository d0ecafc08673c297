"""Facts of millions of images as columns: some 300 bytes an image in place of 1,500; each made again when asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import fields, is_dataclass
from typing import cast, get_args, get_type_hints

from labelkit.domain.fact_columns import Column, Digests, Flags, Floats, Numbers, Rows, Texts, Things, Words
from labelkit.domain.facts import ImageFacts, PixelFacts

_PATH = "path"
"""Held as it is: the tree holds the same texts."""

_BY_NAME: Mapping[str, Callable[[], Column]] = {
    "sha256": lambda: Digests(64),
    "digest": lambda: Digests(32),
    "phash": lambda: Digests(16),
    "turned": lambda: Digests(48),
    "modified": Texts,
    "taken": Texts,
}
"""Texts that are different for every image; any other text is taken for one of a few."""

_BY_KIND: Mapping[object, Callable[[], Column]] = {int: Numbers, float: Floats, bool: Flags, str: Words}


class _Group:
    """A group of facts, a column each; rows of images without the group are None and take 4 bytes.

    `rows` is the place of each image in the columns; -1 where it has no such group.
    """

    def __init__(self, kind: type) -> None:
        self._make = cast("Callable[..., object]", kind)
        self.rows = array("i")
        self._held = 0
        self.columns = _columns(kind)

    def append(self, value: object) -> None:
        """One more row."""
        self.rows.append(-1 if value is None else self._held)
        if value is not None:
            self._held += 1
            for name, column in self.columns:
                column.append(getattr(value, name))

    def __getitem__(self, row: int) -> object:
        return self.reader()(row)

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        rows, make, readers = self.rows, self._make, [column.reader() for _, column in self.columns]

        def read(row: int) -> object:
            at = rows[row]
            return None if at < 0 else make(*[reader(at) for reader in readers])

        return read


def _columns(kind: type) -> list[tuple[str, Column]]:
    hints = get_type_hints(kind)
    return [(f.name, _column(f.name, hints[f.name])) for f in fields(kind) if f.name != _PATH]


def _column(name: str, hint: object) -> Column:
    groups = [inner for inner in get_args(hint) if isinstance(inner, type) and is_dataclass(inner)]
    if groups:
        return _Group(groups[0])
    return (_BY_NAME.get(name) or _BY_KIND.get(hint, Things))()


class FactTable(Mapping[str, ImageFacts]):
    """Path to the facts of an image, sorted by path, held as columns.

    What it gives is made when it is asked for, and made anew each time: some 10 microseconds an image.

    Args:
        facts: of each image once, in any order.

    """

    def __init__(self, facts: Iterable[ImageFacts]) -> None:
        self._columns = _columns(ImageFacts)
        paths: list[str] = []
        appends = [(name, column.append) for name, column in self._columns]
        for fact in facts:
            paths.append(fact.path)
            for name, append in appends:
                append(getattr(fact, name))
        self._rows = array("q", sorted(range(len(paths)), key=paths.__getitem__))
        self._paths = [paths[row] for row in self._rows]
        self._read = {name: column.reader() for name, column in self._columns}

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __getitem__(self, path: str) -> ImageFacts:
        return self.at(self._place(path))

    def _place(self, path: str) -> int:
        at = bisect_left(self._paths, path)
        if at == len(self._paths) or self._paths[at] != path:
            raise KeyError(path)
        return at

    def content(self, path: str) -> str | None:
        """The SHA-256 of an image that was decoded; None for one that was not, or is not here."""
        try:
            row = self._rows[self._place(path)]
        except KeyError:
            return None
        return None if self._read["fault"](row) else str(self._read["sha256"](row))

    def chosen(self, paths: Iterable[str]) -> ChosenFacts:
        """The facts of some images, in the order given.

        Raises:
            KeyError: one that is not here.

        """
        return ChosenFacts(self, array("q", map(self._place, paths)))

    def column(self, positions: Iterable[int], group: str, name: str) -> list[object]:
        """One fact (of a group, or "" for the image's own) at some positions; None where there is no such group."""
        rows = (self._rows[position] for position in positions)
        if not group:
            read = self._read[name]
            return [read(row) for row in rows]
        held = dict(self._columns)[group]
        assert isinstance(held, _Group)
        read = dict(held.columns)[name].reader()
        return [None if (at := held.rows[row]) < 0 else read(at) for row in rows]

    def at(self, position: int) -> ImageFacts:
        """The facts of the image at a position in the order of the paths."""
        row = self._rows[position]
        make = cast("Callable[..., ImageFacts]", ImageFacts)
        return make(self._paths[position], *[read(row) for read in self._read.values()])

    def in_order(self) -> Sequence[ImageFacts]:
        """The facts of all images, by path."""
        return Rows(range(len(self)), self.at)

    def readable(self) -> Sequence[ImageFacts]:
        """The facts of those that were decoded, by path."""
        fault = self._read["fault"]
        return Rows(array("q", (i for i, row in enumerate(self._rows) if not fault(row))), self.at)

    def judged(self) -> Sequence[tuple[str, PixelFacts]]:
        """Path and pixel facts of those that were decoded and have them, by path."""
        fault, pixels = self._read["fault"], self._read["pixels"]
        chosen = array("q", (i for i, row in enumerate(self._rows) if not fault(row) and pixels(row) is not None))

        def made(position: int) -> tuple[str, PixelFacts]:
            held = pixels(self._rows[position])
            assert isinstance(held, PixelFacts)
            return self._paths[position], held

        return Rows(chosen, made)

    def contents(self) -> Iterator[tuple[str, str]]:
        """Path and SHA-256 of those that were decoded, by path; nothing else of them is made."""
        fault, sha256 = self._read["fault"], self._read["sha256"]
        return ((path, str(sha256(row))) for path, row in zip(self._paths, self._rows, strict=True) if not fault(row))

    def cells(self, *names: str) -> Iterator[tuple[object, ...]]:
        """Path and these facts (of the image itself, as "sha256") of all images, by path; nothing else is made."""
        reads = [self._read[name] for name in names]
        return ((path, *(read(row) for read in reads)) for path, row in zip(self._paths, self._rows, strict=True))

    def judged_paths(self) -> list[str]:
        """The paths of those that were decoded and have pixel facts."""
        fault, pixels = self._read["fault"], self._pixels().rows
        return [path for path, row in zip(self._paths, self._rows, strict=True) if not fault(row) and pixels[row] >= 0]

    def judged_values(self, name: str) -> Iterator[object]:
        """One pixel fact of each of them, by path; nothing else is made."""
        fault, group = self._read["fault"], self._pixels()
        read = dict(group.columns)[name].reader()
        return (read(group.rows[row]) for row in self._rows if not fault(row) and group.rows[row] >= 0)

    def _pixels(self) -> _Group:
        group = dict(self._columns)["pixels"]
        assert isinstance(group, _Group)
        return group

    def values(self) -> ValuesView[ImageFacts]:
        """The facts of all images, by path."""
        return _Values(self)

    def items(self) -> ItemsView[str, ImageFacts]:
        """Path and facts of all images, by path."""
        return _Items(self)


class _Values(ValuesView[ImageFacts]):
    def __init__(self, table: FactTable) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[ImageFacts]:
        return iter(self._table.in_order())


class _Items(ItemsView[str, ImageFacts]):
    def __init__(self, table: FactTable) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[tuple[str, ImageFacts]]:
        return ((fact.path, fact) for fact in self._table.in_order())


class ChosenFacts(Rows[ImageFacts]):
    """The facts of chosen images of a table, each made when it is looked at; or one fact of all of them."""

    def __init__(self, table: FactTable, positions: Sequence[int]) -> None:
        super().__init__(positions, table.at)
        self._table = table

    def column(self, group: str, name: str) -> list[object]:
        """One fact of each, as `FactTable.column` has it."""
        return self._table.column(self._positions, group, name)
