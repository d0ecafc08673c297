"""Options of the `rules` commands, and the rules that they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Shared
from labelkit.cli.sort import ORDER
from labelkit.cli.words import pairs

_TRUTH = "Beside the truth"

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE",
        help="Rules files: .py (a program, run with your rights) or .toml.  \\[default: of the settings]",
    ),
]
SourceOption = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="DIR", help="A folder of images; repeat for more.  \\[default: of the settings]"),
]
GoldOption = Annotated[
    str | None,
    typer.Option(
        "--gold",
        metavar="COLUMN",
        help="A column of true labels; --map says what its cells mean.",
        rich_help_panel=_TRUTH,
    ),
]
RejectOption = Annotated[
    str | None,
    typer.Option(
        "--reject",
        metavar="LABEL",
        help="The class of bad parts.  \\[default: of the settings, else told from its name]",
        rich_help_panel=_TRUTH,
    ),
]
GridOption = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="NAME=START:STOP:STEP", help="The values to try, both ends included; or NAME=A,B,C."
    ),
]
CostEscape = Annotated[
    float, typer.Option("--cost-escape", metavar="N", min=0, help="A bad part let through.", rich_help_panel=_TRUTH)
]
CostOverkill = Annotated[
    float, typer.Option("--cost-overkill", metavar="N", min=0, help="A good part rejected.", rich_help_panel=_TRUTH)
]
CostHeld = Annotated[
    float,
    typer.Option("--cost-held", metavar="N", min=0, help="An image that a person looks at.", rich_help_panel=_TRUTH),
]


@dataclass(frozen=True, slots=True)
class GivenRules:
    """The rules given, else those of the settings."""

    files: Sequence[Path]
    rule: Sequence[str]
    label_column: str | None
    of_settings: bool


def given_rules(
    shared: Shared, files: list[Path] | None, rule: list[str] | None, label_column: str | None
) -> GivenRules:
    """The rules of the command line; where there are none, those of the settings."""
    s = shared.settings
    if files or rule or label_column:
        return GivenRules(files or [], rule or [], label_column, of_settings=False)
    return GivenRules(s.rules(), s.texts("rule"), s.text("label_column"), of_settings=True)


def given_map(shared: Shared, given: list[str] | None, rules: GivenRules) -> dict[str, str]:
    """What cells mean: as given, else as the settings say, where they are the ones that name the label column."""
    use_settings = rules.of_settings or bool(rules.label_column)
    return pairs(given or [], option="--map") or (shared.settings.mapping("map") if use_settings else {})


def given_order(context: typer.Context) -> Sequence[str]:
    """Kinds of source in the order given; files stand before all others."""
    given: Sequence[str] = context.meta.get(ORDER, ())
    return ("rules", *dict.fromkeys(given)) if given else ()
