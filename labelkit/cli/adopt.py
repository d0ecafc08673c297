"""`labelkit adopt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.train import BaseDirArgument, ClassesOption, OutOption, chosen_base_dir
from labelkit.cli.words import names

ModelArgument = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A .keras file, as model.save writes it; looked into before Keras opens it."),
]

PixelsOption = Annotated[
    str | None,
    typer.Option(
        metavar="RANGE",
        help="What it was fed, where you know it: 0-1, 0-255 or -1-1.  \\[default: the first two are tried]",
        rich_help_panel="How",
    ),
]


@command(
    "adopt",
    examples=("labelkit adopt runs/latest/model.keras base_dir --out runs/adopted",),
)
def adopt(
    shared: Shared,
    model: ModelArgument,
    folder: BaseDirArgument = None,
    *,
    classes: ClassesOption = None,
    pixels: PixelsOption = None,
    out: OutOption = None,
) -> Outcome:
    """Find out which way round a foreign Keras model reads, by labeled images, and save it as a bundle."""
    from labelkit.flows.adopt import adopt as run_adopt
    from labelkit.reporting.adopt_console import show_adoption
    from labelkit.reporting.adopt_json import adoption_json

    settings = shared.settings
    found = run_adopt(
        model,
        chosen_base_dir(folder, shared),
        classes=names(classes) or None,
        pixels=pixels,
        reject=settings.text("reject"),
        meaning=settings.mapping("meaning"),
        out=out or settings.path("out") or Path("runs"),
        run=shared.run,
    )
    return Outcome(json=adoption_json(found), show=lambda console: show_adoption(found, console))
