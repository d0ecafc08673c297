"""`labelkit train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.group_options import GroupTables, TrainGroupByOption
from labelkit.cli.pixel_options import (
    AspectOption,
    AugmentOption,
    AverageViewsOption,
    CropOption,
    NoPackOption,
    RecipeOption,
    ShowAugmentOption,
    SkipBadOption,
)
from labelkit.cli.words import names
from labelkit.domain.errors import UsageError

_WHAT = "What"
_HOW = "How"

BaseDirArgument = Annotated[
    Path | None,
    typer.Argument(metavar="BASE_DIR", help="The folder of class folders.  \\[default: base_dir of the settings]"),
]
LoaderOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="generator or flow_from_directory.  \\[default: generator]", rich_help_panel=_WHAT
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,...",
        help="Class order, index 0 first.  \\[default: numeric when all are numbers, else text order]",
        rich_help_panel=_WHAT,
    ),
]
PositiveOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The class that an output near 1 means (index 1 of two).", rich_help_panel=_WHAT),
]
SplitOption = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Share of each class held out to validate.  \\[default: 0.2]", rich_help_panel=_WHAT
    ),
]
ClassModeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODE",
        help="binary, categorical or sparse, as in Keras.  \\[default: binary for two classes, else sparse]",
        rich_help_panel=_HOW,
    ),
]
ImageSizeOption = Annotated[
    str | None,
    typer.Option(
        metavar="N|HxW",
        help="Pixels that the network sees: height x width, as Keras' target_size.  \\[default: 80]",
        rich_help_panel=_HOW,
    ),
]
BatchSizeOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Images a step.  \\[default: 32]", rich_help_panel=_HOW)
]
EpochsOption = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="At most so many passes; it stops early when it gets no better.", rich_help_panel=_HOW
    ),
]
NetworkOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="small, residual (for 96 to 160 pixels), or one of keras.applications, as MobileNetV2.  "
        "\\[default: small]",
        rich_help_panel=_HOW,
    ),
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="What a network of keras.applications begins from: none, imagenet (Keras fetches them, once) or a file "
        "of weights without the head.  \\[default: none]",
        rich_help_panel=_HOW,
    ),
]
ClassWeightsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="auto, balanced or none: does an image of a rare class count more? Probabilities are corrected for it.  "
        "\\[default: auto: balanced where a class has over 3 times the images of another]",
        rich_help_panel=_HOW,
    ),
]
FreshOption = Annotated[
    bool,
    typer.Option(
        "--fresh", metavar="", help="Begin anew, where this very training was cut off.", rich_help_panel="Output"
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Of weights, order, augmentation and split.  \\[default: 0]", rich_help_panel=_HOW
    ),
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the bundle goes.  \\[default: runs]", rich_help_panel="Output")
]


@command(
    "train",
    interrupted="run the same command again: it goes on from the last epoch that was written down, if one was",
    examples=("labelkit train", "labelkit train base_dir --image-size 96 --epochs 2"),
)
def train(
    shared: Shared,
    folder: BaseDirArgument = None,
    *,
    loader: LoaderOption = None,
    classes: ClassesOption = None,
    positive: PositiveOption = None,
    validation_split: SplitOption = None,
    group_by: TrainGroupByOption = None,
    metadata: GroupTables = None,
    class_mode: ClassModeOption = None,
    image_size: ImageSizeOption = None,
    batch_size: BatchSizeOption = None,
    epochs: EpochsOption = None,
    network: NetworkOption = None,
    weights: WeightsOption = None,
    class_weights: ClassWeightsOption = None,
    seed: SeedOption = None,
    recipe: RecipeOption = None,
    aspect: AspectOption = None,
    crop: CropOption = None,
    augment: AugmentOption = None,
    average_views: AverageViewsOption = False,
    show_augment: ShowAugmentOption = None,
    skip_bad: SkipBadOption = None,
    no_pack: NoPackOption = False,
    out: OutOption = None,
    fresh: FreshOption = False,
) -> Outcome:
    """Train a classifier on class folders, judge it, and save a bundle that knows its labels."""
    from labelkit.flows.show_augment import show_augment as show_views
    from labelkit.flows.train import train as run_train
    from labelkit.flows.train_plan import TrainGiven
    from labelkit.reporting.console import say
    from labelkit.reporting.train_console import show_train
    from labelkit.reporting.train_json import train_json

    settings = shared.settings
    base_dir = chosen_base_dir(folder, shared)
    given = TrainGiven(
        loader=loader or settings.text("loader") or "generator",
        class_mode=class_mode or settings.text("class_mode"),
        image_size=parse_size(image_size or settings.text("image_size") or "80"),
        batch_size=_given(batch_size, settings.integer("batch_size"), 32),
        epochs=epochs if epochs is not None else settings.integer("epochs"),
        validation_split=_given(validation_split, settings.number("validation_split"), 0.2),
        group_by=group_by or settings.text("group_by"),
        metadata=metadata or (),
        classes=names(classes) or settings.texts("classes") or None,
        positive=positive or settings.text("positive"),
        reject=settings.text("reject"),
        meaning=settings.mapping("meaning"),
        network=network or settings.text("network") or "small",
        weights=weights or settings.text("weights") or "none",
        class_weights=class_weights or settings.text("class_weights") or "auto",
        seed=_given(seed, settings.integer("seed"), 0),
        recipe=recipe or settings.text("recipe"),
        aspect=aspect or settings.text("aspect") or "squash",
        crop=crop or settings.text("crop"),
        augment=augment or settings.text("augment"),
        average_views=average_views,
        skip_bad=_given(skip_bad, settings.integer("skip_bad"), 0),
        pack=not no_pack,
    )
    if show_augment is not None:
        sheet = show_views(base_dir, show_augment, given, run=shared.run)
        return Outcome(json=sheet.as_json(), show=lambda console: say(console, str(sheet)))
    place = out or settings.path("out") or Path("runs")
    result = run_train(base_dir, **given, out=place, fresh=fresh, run=shared.run)
    return Outcome(json=train_json(result), show=lambda console: show_train(result, console))


def chosen_base_dir(folder: Path | None, shared: Shared) -> Path:
    """The folder given, else the one that sort fills.

    Raises:
        UsageError: given twice.

    """
    if folder is not None and shared.base_dir_flag is not None:
        raise UsageError("give the folder as an argument or as --base-dir, not both")
    return folder or shared.base_dir


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) of '80' or '120x160'.

    Raises:
        UsageError: the text is neither.

    """
    parts = text.lower().replace("\u00d7", "x").split("x")
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() for p in parts):  # noqa: PLR2004 - height and width
        raise UsageError(f"'{text}' is no image size", remedy="give one side, as 80, or height x width, as 120x160")
    return int(parts[0]), int(parts[-1])


Number = TypeVar("Number", int, float)


def _given(flag: Number | None, setting: Number | None, default: Number) -> Number:
    """The flag, else the setting, else the default; 0 is a value."""
    if flag is not None:
        return flag
    return setting if setting is not None else default
