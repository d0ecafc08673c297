"""An expression in its normal form: one way to write what it means, with brackets only where they are needed."""

from __future__ import annotations

from labelkit.plugins.expressions.tokens import KEYWORDS
from labelkit.plugins.expressions.tree import (
    And,
    Arithmetic,
    Comparison,
    Condition,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Or,
    Text,
)

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}
_TIGHT = 3


def normal_form(condition: Condition) -> str:
    """The condition in words; read again it is the same tree, but for the places."""
    return _told(condition)


def told_name(name: str) -> str:
    """A name as an expression writes it: in brackets where it is no plain word, with a closing bracket doubled."""
    if name.isidentifier() and name.casefold() not in KEYWORDS:
        return name
    return f"[{name.replace(']', ']]')}]"


def _told(node: Node) -> str:  # noqa: PLR0911 - one answer a kind of node
    if isinstance(node, (And, Or)):
        word = " and " if isinstance(node, And) else " or "
        return word.join(_bracketed(part, isinstance(part, (And, Or))) for part in node.parts)
    if isinstance(node, Not):
        if isinstance(node.operand, Missing):
            return f"{told_name(node.operand.column.name)} is not missing"
        return f"not {_bracketed(node.operand, isinstance(node.operand, (And, Or)))}"
    if isinstance(node, Missing):
        return f"{told_name(node.column.name)} is missing"
    if isinstance(node, Comparison):
        return f"{_told(node.left)} {node.sign} {_told(node.right)}"
    if isinstance(node, Negative):
        return f"-{_bracketed(node.operand, isinstance(node.operand, Arithmetic))}"
    return _arithmetic(node) if isinstance(node, Arithmetic) else _leaf(node)


def _arithmetic(node: Arithmetic) -> str:
    own = _BINDING[node.sign]
    left = _bracketed(node.left, _binding(node.left) < own)
    right = _bracketed(node.right, _binding(node.right) <= own)
    return f"{left} {node.sign} {right}"


def _binding(node: Node) -> int:
    return _BINDING[node.sign] if isinstance(node, Arithmetic) else _TIGHT


def _leaf(node: Number | Text | Name) -> str:
    if isinstance(node, Name):
        return told_name(node.name)
    if isinstance(node, Text):
        return "'" + node.value.replace("'", "''") + "'"
    return f"{node.value:.17g}" if float(f"{node.value:.12g}") != node.value else f"{node.value:.12g}"


def _bracketed(node: Node, needed: bool) -> str:  # noqa: FBT001 - read where it is called: a node, and whether
    return f"({_told(node)})" if needed else _told(node)
