"""The options of `labelkit train` that say which pixels the network sees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_PANEL = "Pixels"

RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="NAME",
        help="How files become pixels: labelkit-v1, or keras-pil-nearest, keras-pil-bilinear, ... as Keras does it.  "
        "\\[default: labelkit-v1; with flow_from_directory keras-pil-nearest]",
        rich_help_panel=_PANEL,
    ),
]
AspectOption = Annotated[
    str | None,
    typer.Option(
        "--aspect",
        metavar="WORD",
        help="When the proportions differ: squash, pad (with black) or crop (the middle).  \\[default: squash]",
        rich_help_panel=_PANEL,
    ),
]
CropOption = Annotated[
    str | None,
    typer.Option(
        "--crop",
        metavar="X,Y,W,H",
        help="The region of interest, in pixels of the upright picture; nothing outside it has a say.",
        rich_help_panel=_PANEL,
    ),
]
AugmentOption = Annotated[
    str | None,
    typer.Option(
        "--augment",
        metavar="WORDS",
        help="Other views of the training images: none, or some of flip, turn, shift=4, rotate=5, brightness=10, "
        "noise=3, with commas between and no blanks.  "
        "\\[default: flip,turn,brightness=10]",
        rich_help_panel=_PANEL,
    ),
]
AverageViewsOption = Annotated[
    bool,
    typer.Option(
        "--average-views",
        metavar="",
        help="Let the model answer by the mean over the mirrored and turned views of a picture that --augment draws: "
        "mostly better, and 2 (flip) to 8 times (flip, turn) slower to ask.",
        rich_help_panel=_PANEL,
    ),
]
ShowAugmentOption = Annotated[
    Path | None,
    typer.Option(
        "--show-augment",
        metavar="FILE",
        help="Write a PNG with such views of a few images, and train nothing.",
        rich_help_panel=_PANEL,
    ),
]
SkipBadOption = Annotated[
    int | None,
    typer.Option(
        "--skip-bad",
        min=0,
        metavar="N",
        help="Leave out up to N images that cannot be decoded, and list them.  \\[default: 0]",
        rich_help_panel=_PANEL,
    ),
]
NoPackOption = Annotated[
    bool,
    typer.Option(
        "--no-pack",
        metavar="",
        help="Keep no decoded pixels in the cache folder for the next training.",
        rich_help_panel=_PANEL,
    ),
]
