"""`labelkit audit --no-pack`, and what the settings say of the training that the audit makes pixels ready for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypedDict

import typer

from labelkit.cli.settings import Settings
from labelkit.domain.names import one_of
from labelkit.domain.recipe import LABELKIT_V1, Aspect, Recipe, parse_region

AuditNoPackOption = Annotated[
    bool,
    typer.Option(
        "--no-pack",
        metavar="",
        help="Make no pixels ready for training. Else they are kept in the cache folder, up to 1 GB, where Keras is "
        "installed and the folder is the settings' base_dir or was filled by labelkit sort.",
        rich_help_panel="How",
    ),
]


class PixelsWanted(TypedDict):
    """The keyword arguments of `labelkit.audit` that say which pixels are made ready."""

    pack: bool | None
    recipe: Recipe


def pixels_wanted(folder: Path, settings: Settings, *, refused: bool) -> PixelsWanted:
    """The pixels that `labelkit train` will ask for by the same settings.

    Args:
        folder: that is judged.
        settings: of the training.
        refused: `--no-pack`.

    Raises:
        UsageError: a recipe, an aspect or a region that there is not.

    """
    crop, aspect = settings.text("crop"), one_of(Aspect, settings.text("aspect") or Aspect.SQUASH, "aspect")
    recipe = Recipe(settings.text("recipe") or LABELKIT_V1, aspect, None if crop is None else parse_region(crop))
    return PixelsWanted(pack=_asked(folder, settings, refused=refused), recipe=recipe)


def _asked(folder: Path, settings: Settings, *, refused: bool) -> bool | None:
    """Whether pixels are made ready; None: the audit decides by what is in the folder. Keras' loader uses none."""
    from labelkit.flows.audit_pack import keras_is_installed

    if refused or settings.text("loader") not in {None, "generator"}:
        return False
    own = settings.path("base_dir")
    return True if own is not None and own.is_dir() and own.samefile(folder) and keras_is_installed() else None
