"""The tree of commands that Typer is given: one-word names at the top, two-word names (`metadata check`) in groups."""

from __future__ import annotations

from collections.abc import Mapping

import typer
from typer.core import TyperGroup

from labelkit.cli.command import Command, VersionOption

_HELP_NAMES = {"help_option_names": ["--help", "-h"]}


def command_tree(commands: tuple[Command, ...], *, name: str, about: str, groups: Mapping[str, str]) -> typer.Typer:
    """The Typer application of these commands, listed in the order given.

    Args:
        commands: every command; a name of two words stands in the group that its first word names.
        name: the program's name.
        about: the program's help.
        groups: each first word of two, with the help of its group.

    """
    app = _group(name, about, tuple(dict.fromkeys(_first(c) for c in commands)))
    made: dict[str, typer.Typer] = {}
    for command in commands:
        first, _, second = command.name.partition(" ")
        if second and first not in made:
            members = tuple(c.name.partition(" ")[2] for c in commands if _first(c) == first)
            made[first] = _group(first, groups[first], members)
            app.add_typer(made[first])
        home = made[first] if second else app
        home.command(second or first, epilog=command.epilog)(command.callback)
    return app


def _first(command: Command) -> str:
    return command.name.partition(" ")[0]


def _group(name: str, about: str, order: tuple[str, ...]) -> typer.Typer:
    """A level of commands; called without one of them it shows its help."""
    made = typer.Typer(
        name=name,
        cls=_in_order(order),
        help=about,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings=_HELP_NAMES,
    )

    @made.callback(invoke_without_command=True, help=about)
    def _help_if_alone(context: typer.Context, *, _version_flag: VersionOption = False) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return made


def _in_order(order: tuple[str, ...]) -> type[TyperGroup]:
    """Typer lists groups after commands; this class lists all of them in our order."""

    class InOrder(TyperGroup):
        def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - Typer calls it so
            return [name for name in order if name in self.commands]

    return InOrder
