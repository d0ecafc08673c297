"""The command `labelkit`: the commands there are, in the order of the work."""

from __future__ import annotations

import sys

import typer

from labelkit.cli.adopt import adopt
from labelkit.cli.audit import audit
from labelkit.cli.cache import cache_clear_command, cache_info_command
from labelkit.cli.command import Command, usage_fault
from labelkit.cli.doctor import doctor_command
from labelkit.cli.evaluate import evaluate
from labelkit.cli.groups import command_tree
from labelkit.cli.init import init_command
from labelkit.cli.metadata import metadata_check_command
from labelkit.cli.predict import predict
from labelkit.cli.rules import rules_analyze_command, rules_show_command, rules_tune_command
from labelkit.cli.sort import sort_command
from labelkit.cli.split import split_command
from labelkit.cli.train import train
from labelkit.cli.undo import undo_command
from labelkit.cli.verify import verify_command
from labelkit.cli.why import why_command

COMMANDS: tuple[Command, ...] = (
    sort_command,
    audit,
    train,
    predict,
    evaluate,
    adopt,
    split_command,
    rules_show_command,
    rules_analyze_command,
    rules_tune_command,
    metadata_check_command,
    why_command,
    verify_command,
    undo_command,
    init_command,
    doctor_command,
    cache_info_command,
    cache_clear_command,
)
"""Every command there is, one module each; the order is the help's. A name may be two words: `metadata check`."""

GROUPS: dict[str, str] = {
    "rules": "Look at rules before they decide anything.",
    "metadata": "Look at the tables that a line writes.",
    "cache": "What is kept between runs, so that nothing is decoded twice.",
}
"""The first words of two-word names, with what `labelkit --help` says of each."""

app = command_tree(
    COMMANDS,
    name="labelkit",
    about="From a heap of camera images to a classifier you can trust: sort, audit, train, predict.",
    groups=GROUPS,
)


def main() -> None:
    """Run the command line; what cannot be parsed is told as every other error is."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as e:
        code = usage_fault(e, as_json="--json" in sys.argv)
    except (KeyboardInterrupt, typer.Abort):  # before a command's own guard stood
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
