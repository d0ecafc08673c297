"""Numbers as the cache keeps them: a kind and a plain number, and back to the very type that the feature gave."""

from __future__ import annotations

import math
import sys

Scalar = int | float | bool | object
"""A number; `object` stands for NumPy's scalars, which are named without importing NumPy."""

_PLAIN: dict[str, type[bool | int | float]] = {"bool": bool, "int": int, "float": float}
_NUMPY = frozenset(
    ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint32", "uint16", "uint8", "bool_", "bool"]
)
_LARGEST = 2**63 - 1


def can_keep(value: object) -> bool:
    """Whether a value is one number that comes back exactly as it was: finite, and no larger than 64 bits."""
    kind = _kind(value)
    if not kind:
        return False
    plain = _plain(value)
    return math.isfinite(plain) and (isinstance(plain, float) or abs(plain) <= _LARGEST)


def encoded(value: object) -> tuple[str, int | float]:
    """Kind and plain number of a value that `can_keep`."""
    return _kind(value), _plain(value)


def decoded(kind: str, plain: float) -> Scalar:
    """The value again, of its own type.

    Raises:
        ValueError: a kind that there is not.

    """
    if kind in _PLAIN:
        return _PLAIN[kind](plain)
    family, _, name = kind.partition(".")
    if family != "numpy" or name not in _NUMPY:
        raise ValueError(f"there is no kind of number '{kind}'")
    import numpy as np

    made: object = np.dtype(name.rstrip("_")).type(plain)
    return made


def _kind(value: object) -> str:
    for name, kind in _PLAIN.items():
        if type(value) is kind:
            return name
    if "numpy" in sys.modules and type(value).__module__ == "numpy" and type(value).__name__ in _NUMPY:
        return f"numpy.{type(value).__name__}"
    return ""


def _plain(value: object) -> int | float:
    plain = value.item() if hasattr(value, "item") else value
    assert isinstance(plain, (bool, int, float))
    return int(plain) if isinstance(plain, bool) else plain
