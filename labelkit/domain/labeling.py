"""The vocabulary of rules: labeling functions, features, votes, and what it means to abstain."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, overload

from labelkit.domain.errors import RulesError
from labelkit.domain.names import did_you_mean, label_fault


class _Abstain:
    """The type of ABSTAIN: one value, false, printed by its name, the same in every process."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSTAIN"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "ABSTAIN"


ABSTAIN: Final = _Abstain()
"""What a labeling function returns when it has no opinion."""

type_of_abstain = _Abstain

Parameter = bool | int | float | str
"""What a rule's parameter can be: told from its default."""

SCALAR_FEATURES = ("brightness", "contrast", "sharpness", "width", "height")
"""Built-in image features that are one number; expressions can name these."""

BUILT_IN_FEATURES = (*SCALAR_FEATURES, "gray", "image", "exif")
"""Every built-in image feature; what each is stands in `labelkit.imaging.features`."""


@dataclass(frozen=True, slots=True)
class LabelingFunction:
    """One rule in Python: a named function that votes on one image.

    Attributes:
        name: unique among all labeling functions of a run.
        function: called as `function(row?, *features, **parameters)`.
        labels: the labels it may return (its declared polarity).
        columns: metadata columns without which it is not called.
        priority: None takes its source's place in the order given.
        wants_row: whether the first argument is the metadata row.
        features: names of the image features it takes, in call order.
        parameters: keyword-only arguments with their defaults.
        place: `file:line` of its definition.

    """

    name: str
    function: Callable[..., object]
    labels: tuple[str, ...]
    columns: tuple[str, ...] = ()
    priority: int | None = None
    wants_row: bool = True
    features: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = field(default_factory=dict)
    place: str = ""

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Call the person's function as it is: a labeling function stays testable."""
        return self.function(*args, **kwargs)

    def with_parameters(self, values: dict[str, Parameter]) -> LabelingFunction:
        """The same with some parameters set."""
        return replace(self, parameters={**self.parameters, **values})


@dataclass(frozen=True, slots=True)
class Feature:
    """One image feature of a rules file: a named function of other features that gives a number or an array."""

    name: str
    function: Callable[..., object]
    inputs: tuple[str, ...]
    place: str = ""

    def __call__(self, *args: object) -> object:
        """Call the person's function as it is."""
        return self.function(*args)


ROW_NAMES = frozenset(["row", "x"])
"""First arguments that mean the metadata row; any other positional argument is an image feature."""


@overload
def labeling_function(function: Callable[..., object], /) -> LabelingFunction:  # noqa: D418 - help() shows this one too
    """Written without parentheses: `@labeling_function`."""


@overload
def labeling_function(  # noqa: D418 - help() shows this one too
    *,
    name: str | None = None,
    columns: Sequence[str] = (),
    labels: Sequence[str] = (),
    priority: int | None = None,
) -> Callable[[Callable[..., object]], LabelingFunction]:
    """Written with its options: `@labeling_function(columns=["score"], labels=["GO", "NG"])`."""


def labeling_function(
    function: Callable[..., object] | None = None,
    /,
    *,
    name: str | None = None,
    columns: Sequence[str] = (),
    labels: Sequence[str] = (),
    priority: int | None = None,
) -> LabelingFunction | Callable[[Callable[..., object]], LabelingFunction]:
    """Make a function that votes on one image.

    Args:
        function: the function itself, when the decorator is written without parentheses.
        name: its name in reports; the function's own by default.
        columns: metadata columns it needs; an image without a usable value there abstains with `no value: <column>`.
            A column not named here can be read as well, but is None where the cell says nothing.
        labels: the labels it may return; left out, any label is taken.
        priority: a higher number decides over lower ones; left out, the order in which rules were given decides.

    The function's first argument, called `row` or `x`, is the metadata row: `row.score`, or `row["No. 7"]` for names
    that are no identifiers. A column of numbers gives numbers, any other gives text. Further positional arguments are
    image features by name; keyword-only arguments with defaults are parameters (`--param threshold=85`).

    Raises:
        RulesError: a signature that cannot be called (`*args`, `**kwargs`, a positional argument with a default, a
            parameter without one), or a label that cannot be a class folder.

    """

    def decorate(f: Callable[..., object]) -> LabelingFunction:
        place = _place(f)
        positional, parameters = _signature(f, place)
        wants_row = bool(positional) and positional[0] in ROW_NAMES
        return LabelingFunction(
            name=name or f.__name__,
            function=f,
            labels=_checked_labels(_several("labels", labels, place), place),
            columns=_several("columns", columns, place),
            priority=priority,
            wants_row=wants_row,
            features=tuple(positional[1:] if wants_row else positional),
            parameters=parameters,
            place=place,
        )

    return decorate if function is None else decorate(function)


def feature(function: Callable[..., object]) -> Feature:
    """Make a function of other features (by argument name) a feature that labeling functions can ask for."""
    place = _place(function)
    positional, parameters = _signature(function, place)
    if parameters:
        raise RulesError(f"a feature takes no keyword-only parameters: {', '.join(parameters)}", place=place)
    return Feature(function.__name__, function, tuple(positional), place)


def _place(function: Callable[..., object]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def _several(what: str, given: Sequence[object], place: str) -> tuple[str, ...]:
    if isinstance(given, str):
        raise RulesError(f"{what} must be a list, not the text '{given}'", place=place, remedy=f"{what}=['{given}']")
    texts = tuple(str(item) for item in given)
    twice = [t for i, t in enumerate(texts) if t in texts[:i]]
    if twice:
        raise RulesError(f"{what} names '{twice[0]}' twice", place=place, remedy="name it once")
    return texts


def _checked_labels(labels: tuple[str, ...], place: str) -> tuple[str, ...]:
    for label in labels:
        fault = label_fault(label)
        if fault:
            raise RulesError(f"the label '{label}' cannot be a class folder: {fault}", place=place)
    return labels


def _signature(function: Callable[..., object], place: str) -> tuple[list[str], dict[str, Parameter]]:
    positional: list[str] = []
    parameters: dict[str, Parameter] = {}
    for p in inspect.signature(function).parameters.values():
        if p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD}:
            raise RulesError(f"'{p}' cannot be filled", place=place, remedy="name each argument")
        if p.kind is p.KEYWORD_ONLY:
            parameters[p.name] = _default(p, place)
        elif p.default is not p.empty:
            raise RulesError(
                f"argument '{p.name}' has a default, so it is a parameter, but it stands before the *",
                place=place,
                remedy=f"put a star before it: def {getattr(function, '__name__', 'rule')}(row, *, {p.name}=...)",
            )
        else:
            positional.append(p.name)
    return positional, parameters


def _default(p: inspect.Parameter, place: str) -> Parameter:
    if not isinstance(p.default, (bool, int, float, str)):
        raise RulesError(
            f"parameter '{p.name}' needs a default that is a number, a text or a truth value",
            place=place,
            remedy=f"as in *, {p.name}: float = 80.0",
        )
    if type(p.default) is int and p.annotation in {float, "float"}:
        return float(p.default)
    return p.default


def vote_fault(label: str, function: LabelingFunction) -> str | None:
    """Why `label` is none that the function may return, or None when it may."""
    if not function.labels:
        fault = label_fault(label)
        return f"'{label}' cannot be a class folder: {fault}" if fault else None
    if label in function.labels:
        return None
    return f"'{label}' is not among its labels; {did_you_mean(label, function.labels)}"
