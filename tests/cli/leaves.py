"""Every command with its options as Typer built it, by its whole name (`sort`, `metadata check`)."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup

from labelkit.cli.app import app


def leaves() -> dict[str, TyperCommand]:
    """Each command that does something, in the order of the help."""
    return dict(_under(typer.main.get_group(app), ""))


def groups() -> dict[str, TyperGroup]:
    """Each first word of two-word names."""
    top = typer.main.get_group(app)
    return {name: found for name, found in top.commands.items() if isinstance(found, TyperGroup)}


def _under(group: TyperGroup, before: str) -> Iterator[tuple[str, TyperCommand]]:
    for name, found in group.commands.items():
        if isinstance(found, TyperGroup):
            yield from _under(found, f"{before}{name} ")
        elif isinstance(found, TyperCommand):
            yield f"{before}{name}", found
