"""Columns that hold one fact of a million images: a few bytes each, and the very value back."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar, overload

Made = TypeVar("Made")

MANY = 200_000
"""Up to so many files or images are held as objects; from there on as columns."""

_WIDER = {"b": "h", "h": "i", "i": "q"}
"""Of an array's type, the next wider one."""

_MILLION = 1_000_000
_INT = (1 << 31) - 1
"""The largest number of an array of type "i"."""


class Column(Protocol):
    """One fact of many images, by row."""

    def append(self, value: object) -> None:
        """One more row."""

    def __getitem__(self, row: int, /) -> object:
        """The value of a row, equal and of the same type as it was given."""

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows, once there are no more to come."""


class Numbers:
    """Whole numbers: as many bytes each as the largest of them needs, 1, 2, 4 or 8."""

    def __init__(self) -> None:
        self._values: array[int] = array("b")

    def append(self, value: object) -> None:
        """One more row."""
        assert isinstance(value, int)
        try:
            self._values.append(value)
        except OverflowError:
            self._values = array(_WIDER[self._values.typecode], self._values)
            self.append(value)

    def __getitem__(self, row: int) -> object:
        return self._values[row]

    def reader(self) -> Callable[[int], int]:
        """The quickest way to the values of rows."""
        return self._values.__getitem__


class Flags:
    """True and False: one byte each."""

    def __init__(self) -> None:
        self._values = bytearray()

    def append(self, value: object) -> None:
        """One more row."""
        self._values.append(bool(value))

    def __getitem__(self, row: int) -> object:
        return bool(self._values[row])

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        return self.__getitem__


class Floats:
    """Floating-point numbers; what is none stands beside them.

    4 bytes each as long as all are whole millionths below 2,147, as rounded facts are; else 8.
    """

    def __init__(self) -> None:
        self._millionths: array[int] | None = array("i")
        self._values: array[float] = array("d")
        self._others: dict[int, object] = {}
        self._rows = 0

    def append(self, value: object) -> None:
        """One more row."""
        if type(value) is not float:
            self._others[self._rows] = value
            value = 0.0
        self._rows += 1
        if self._millionths is None:
            self._values.append(value)
            return
        count = _millionths(value)
        if count is not None:
            self._millionths.append(count)
            return
        self._values = array("d", (n / _MILLION for n in self._millionths))
        self._values.append(value)
        self._millionths = None

    def __getitem__(self, row: int) -> object:
        return self.reader()(row)

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        numbers, values, others = self._millionths, self._values, self._others
        if others:
            held = values.__getitem__ if numbers is None else lambda row: numbers[row] / _MILLION
            return lambda row: others[row] if row in others else held(row)
        return values.__getitem__ if numbers is None else lambda row: numbers[row] / _MILLION


def _millionths(value: float) -> int | None:
    """How many millionths a number is; None when they would not give the very number back, sign of zero included."""
    if not abs(value) * _MILLION < _INT:
        return None
    count = round(value * _MILLION)
    return count if count / _MILLION == value and (count or not str(value).startswith("-")) else None


class Words:
    """Texts of which there are few different ones: a byte each (2 from 129 of them on), each text once."""

    def __init__(self) -> None:
        self._codes = Numbers()
        self._words: list[object] = []
        self._code_of: dict[object, int] = {}

    def append(self, value: object) -> None:
        """One more row."""
        code = self._code_of.setdefault(value, len(self._words))
        if code == len(self._words):
            self._words.append(value)
        self._codes.append(code)

    def __getitem__(self, row: int) -> object:
        return self.reader()(row)

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        words, code = self._words, self._codes.reader()
        return lambda row: words[code(row)]


class Texts:
    """Texts that are all different: their bytes one after the other, and 8 bytes for where each ends."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends: array[int] = array("q", [0])

    def append(self, value: object) -> None:
        """One more row."""
        assert isinstance(value, str)
        self._bytes += value.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __getitem__(self, row: int) -> object:
        return self._bytes[self._ends[row] : self._ends[row + 1]].decode("utf-8", "surrogatepass")

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        return self.__getitem__


class Digests:
    """Hexadecimal texts of one length: half their length each; what is none (as "") stands beside them.

    Args:
        digits: how many hexadecimal digits each has, an even number.

    """

    def __init__(self, digits: int) -> None:
        self._width = digits // 2
        self._bytes = bytearray()
        self._others: dict[int, object] = {}
        self._rows = 0

    def append(self, value: object) -> None:
        """One more row."""
        held = _from_hex(value)
        if len(held) != self._width or held.hex() != value:
            self._others[self._rows] = value
            held = bytes(self._width)
        self._bytes += held
        self._rows += 1

    def __getitem__(self, row: int) -> object:
        if row in self._others:
            return self._others[row]
        return self._bytes[row * self._width : (row + 1) * self._width].hex()

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        return self.__getitem__


def _from_hex(value: object) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


class Things:
    """Values of any other kind, as they are."""

    def __init__(self) -> None:
        self._values: list[object] = []

    def append(self, value: object) -> None:
        """One more row."""
        self._values.append(value)

    def __getitem__(self, row: int) -> object:
        return self._values[row]

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        return self._values.__getitem__


class Rows(Sequence[Made], Generic[Made]):
    """Chosen positions of a table, each made when it is looked at."""

    def __init__(self, positions: Sequence[int], make: Callable[[int], Made]) -> None:
        self._positions, self._make = positions, make

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[Made]:
        return map(self._make, self._positions)

    @overload
    def __getitem__(self, at: int) -> Made: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Made]: ...
    def __getitem__(self, at: int | slice) -> Made | Sequence[Made]:
        if isinstance(at, slice):
            return Rows(self._positions[at], self._make)
        return self._make(self._positions[at])
