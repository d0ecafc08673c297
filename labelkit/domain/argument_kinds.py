"""Arguments of the public functions, held against their annotations: a wrong kind is told at the door."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from numbers import Integral, Real
from typing import Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from labelkit.domain.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

_LOOKED_AT = 1_000
"""So many things of a list are looked at."""

_SHOWN = 40
"""Characters of a wrong value that are shown."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which answers arguments of a wrong kind with one UsageError that names them all."""

    @wraps(function)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        faults = list(_faults(function, args, kwargs))
        if faults:
            raise UsageError(f"{_name(function)}: {faults[0]}", remedy="\n".join(faults[1:]))
        return function(*args, **kwargs)

    return ask


def _name(function: Callable[..., object]) -> str:
    return function.__qualname__.removesuffix(".__init__")


@cache
def _hints(function: Callable[..., object]) -> Mapping[str, object]:
    return {k: v for k, v in get_type_hints(function).items() if k != "return"}


def _faults(function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> Iterator[str]:
    try:
        given = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:  # a name that is not there, or one too few: Python's own words are good, and come at once
        return
    hints = _hints(function)
    for name, value in given.arguments.items():
        kind = given.signature.parameters[name].kind
        if name not in hints or kind is inspect.Parameter.VAR_KEYWORD:
            continue
        for one in value if kind is inspect.Parameter.VAR_POSITIONAL else (value,):
            if not fits(one, hints[name]):
                yield f"{name} must be {told(hints[name])}, not {_shown(one)}"


def _shown(value: object) -> str:
    if value is None:
        return "None"
    text = repr(value)
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"{cut} ({type(value).__name__})"


def fits(value: object, hint: object) -> bool:
    """Whether a value is of the kind that an annotation names; what cannot be told is taken to fit."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return any(fits(value, one) for one in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return _is_list(value) and _pair_fits(value, get_args(hint))
    if isinstance(origin, type) and not _is_path(origin):
        return _generic_fits(value, origin, get_args(hint))
    return _plain_fits(value, origin or hint)


def _plain_fits(value: object, hint: object) -> bool:
    if hint is None or hint is type(None):
        return value is None
    numbers = {int: Integral, float: Real}
    if hint is bool:
        return type(value).__name__ in {"bool", "bool_"}  # Python's, and NumPy's
    if isinstance(hint, type) and hint in numbers:
        return isinstance(value, numbers[hint]) and not isinstance(value, bool)
    if _is_path(hint):
        return hasattr(value, "__fspath__")
    try:
        return not isinstance(hint, type) or isinstance(value, hint)
    except TypeError:  # a protocol that is not made for this question
        return True


def _generic_fits(value: object, origin: type, inner: Sequence[object]) -> bool:
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping)
    if issubclass(origin, Iterable):
        return _is_list(value) and all(fits(one, inner[0]) for one in _first(value))
    return callable(value) if origin.__name__ == "Callable" else isinstance(value, origin)


def _is_list(value: object) -> bool:
    """Whether it is an ordered row of things; text is one thing, and a set has no order."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, set, frozenset))


def _first(value: object) -> Sequence[object]:
    """The first of a list; of what can be run through only once, or is no plain list, none."""
    return value[:_LOOKED_AT] if isinstance(value, (list, tuple)) else ()


def _pair_fits(value: object, inner: Sequence[object]) -> bool:
    if Ellipsis in inner:
        return all(fits(one, inner[0]) for one in _first(value))
    there = _first(value)
    return not isinstance(value, (list, tuple)) or (
        len(there) == len(inner) and all(fits(one, hint) for one, hint in zip(there, inner, strict=True))
    )


def _is_path(hint: object) -> bool:
    return getattr(hint, "__name__", "") in {"Path", "PathLike"}


_TOLD = {int: "a whole number", float: "a number", str: "text", bool: "True or False", type(None): "None"}


def told(hint: object) -> str:
    """An annotation in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(told(one) for one in inner))
    if _is_path(origin or hint):
        return "a path"
    if isinstance(origin, type):
        return _told_generic(origin, inner)
    return _TOLD.get(hint, hint.__name__) if isinstance(hint, type) else str(hint)


def _told_generic(origin: type, inner: Sequence[object]) -> str:
    if origin is tuple and Ellipsis not in inner:
        return "two whole numbers, as (80, 80)" if inner == (int, int) else f"({', '.join(told(i) for i in inner)})"
    if issubclass(origin, Mapping):
        return "a dict"
    return f"a list ({told(inner[0])})" if issubclass(origin, Iterable) else "a function"
