"""The command `labelkit`: the commands there are, in the order of the work."""

from __future__ import annotations

import sys

import typer

from labelkit.cli.audit import audit
from labelkit.cli.command import Command, VersionOption, usage_fault
from labelkit.cli.doctor import doctor_command
from labelkit.cli.init import init_command
from labelkit.cli.predict import predict
from labelkit.cli.sort import sort_command
from labelkit.cli.train import train

COMMANDS: tuple[Command, ...] = (sort_command, audit, train, predict, init_command, doctor_command)
"""Every command there is, one module each; the order is the help's."""

app = typer.Typer(
    name="labelkit",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["--help", "-h"]},
    help="From a heap of camera images to a classifier you can trust: sort, audit, train, predict.",
)


@app.callback(invoke_without_command=True)
def _labelkit(
    context: typer.Context,
    *,
    _version_flag: VersionOption = False,
) -> None:
    """From a heap of camera images to a classifier you can trust: sort, audit, train, predict."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for _command in COMMANDS:
    app.command(_command.name, epilog=_command.epilog)(_command.callback)


def main() -> None:
    """Run the command line; what cannot be parsed is told as every other error is."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as e:
        code = usage_fault(e, as_json="--json" in sys.argv)
    except (KeyboardInterrupt, typer.Abort):  # before a command's own guard stood
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
