"""The tree of an expression: frozen values, nothing that could be called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 50
"""Levels of a tree; deeper ones are refused."""

MAX_NODES = 10_000
"""Parts of a tree, where `a in [..]` counts `a` once an item; larger ones are refused."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the expression."""

    value: float
    at: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text written in the expression; or a parameter that is a text."""

    value: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter, a column or an image feature: which one is settled when the table is known."""

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Negative:
    """`-a`."""

    operand: Value
    at: int = 0


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b`, with sign one of + - * /."""

    sign: str
    left: Value
    right: Value
    at: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b`, with sign one of == != < <= > >=."""

    sign: str
    left: Value
    right: Value
    at: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """`a is missing`: the only question that a missing value answers."""

    column: Name
    at: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """`not a`."""

    operand: Condition
    at: int = 0


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and c`."""

    parts: tuple[Condition, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or c`."""

    parts: tuple[Condition, ...]
    at: int = 0


Value = Number | Text | Name | Negative | Arithmetic
"""What can be compared."""

Condition = Comparison | Missing | Not | And | Or
"""What is true, false or unknown."""

Node = Value | Condition

VALUES = (Number, Text, Name, Negative, Arithmetic)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, (And, Or)):
        return node.parts
    if isinstance(node, (Not, Negative)):
        return (node.operand,)
    if isinstance(node, (Arithmetic, Comparison)):
        return (node.left, node.right)
    return (node.column,) if isinstance(node, Missing) else ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth (the root is 1), parents first, left before right; not recursive."""
    stack: list[tuple[Node, int]] = [(node, 1)]
    while stack:
        here, depth = stack.pop()
        yield here, depth
        stack.extend((child, depth + 1) for child in reversed(children(here)))


def names(node: Node) -> tuple[str, ...]:
    """The names that stand in a tree, in order of appearance, each once."""
    return tuple(dict.fromkeys(n.name for n, _ in walk(node) if isinstance(n, Name)))
