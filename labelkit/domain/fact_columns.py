"""Columns that hold one fact of a million images: a few bytes each, and the very value back."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Protocol


class Column(Protocol):
    """One fact of many images, by row."""

    def append(self, value: object) -> None:
        """One more row."""

    def __getitem__(self, row: int, /) -> object:
        """The value of a row, equal and of the same type as it was given."""

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows, once there are no more to come."""


class Numbers:
    """Whole numbers: 4 bytes each, 8 where one needs them."""

    def __init__(self) -> None:
        self._values: array[int] = array("i")

    def append(self, value: object) -> None:
        """One more row."""
        assert isinstance(value, int)
        try:
            self._values.append(value)
        except OverflowError:
            self._values = array("q", self._values)
            self._values.append(value)

    def __getitem__(self, row: int) -> object:
        return self._values[row]

    def reader(self) -> Callable[[int], object]:
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
    """Floating-point numbers: 8 bytes each; what is none stands beside them."""

    def __init__(self) -> None:
        self._values: array[float] = array("d")
        self._others: dict[int, object] = {}

    def append(self, value: object) -> None:
        """One more row."""
        if type(value) is not float:
            self._others[len(self._values)] = value
        self._values.append(value if type(value) is float else 0.0)

    def __getitem__(self, row: int) -> object:
        return self._others[row] if row in self._others else self._values[row]

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        return self.__getitem__ if self._others else self._values.__getitem__


class Words:
    """Texts of which there are few different ones: 4 bytes each, each text once."""

    def __init__(self) -> None:
        self._codes: array[int] = array("i")
        self._words: list[object] = []
        self._code_of: dict[object, int] = {}

    def append(self, value: object) -> None:
        """One more row."""
        code = self._code_of.setdefault(value, len(self._words))
        if code == len(self._words):
            self._words.append(value)
        self._codes.append(code)

    def __getitem__(self, row: int) -> object:
        return self._words[self._codes[row]]

    def reader(self) -> Callable[[int], object]:
        """The quickest way to the values of rows."""
        words, codes = self._words, self._codes
        return lambda row: words[codes[row]]


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
