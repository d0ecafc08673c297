"""A decode recipe: how the bytes of an image become the pixels that a model sees, as a value that travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean, one_of

LABELKIT_V1 = "labelkit-v1"
_KERAS = "keras-pil-"
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
"""What Keras' `load_img` takes as `interpolation`."""

RECIPE_NAMES = (LABELKIT_V1, *(f"{_KERAS}{name}" for name in INTERPOLATIONS))
"""Every recipe there is; a name once used in a bundle never changes its meaning."""

_CORNERS = 4


class Aspect(StrEnum):
    """What becomes of the picture's proportions when they are not the target's."""

    SQUASH = "squash"
    PAD = "pad"
    CROP = "crop"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the upright picture in pixels: its left upper corner, from 0, and its size."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How bytes become pixels.

    Attributes:
        name: one of RECIPE_NAMES.
        aspect: squash to the target; pad with black; or crop the middle. Keras' recipes know no padding.
        crop: the region of interest, cut out first; None: the whole picture. Keras' recipes have none.

    """

    name: str = LABELKIT_V1
    aspect: Aspect = Aspect.SQUASH
    crop: Region | None = None

    def __post_init__(self) -> None:
        if self.name not in RECIPE_NAMES:
            raise UsageError(f"there is no decode recipe '{self.name}'", remedy=did_you_mean(self.name, RECIPE_NAMES))
        if self.interpolation and (self.crop or self.aspect is Aspect.PAD):
            what = f"crop a region ({self.crop})" if self.crop else "pad"
            raise UsageError(f"{self.name} does as Keras does, which cannot {what}", remedy=f"use {LABELKIT_V1}")

    @property
    def interpolation(self) -> str:
        """Keras' name of the interpolation; empty for labelkit's own recipe."""
        return self.name.removeprefix(_KERAS) if self.name.startswith(_KERAS) else ""

    def __str__(self) -> str:
        crop = f", region {self.crop}" if self.crop else ""
        return f"{self.name}, {self.aspect}{crop}"

    def as_json(self) -> dict[str, object]:
        """As a bundle holds it."""
        crop = [self.crop.x, self.crop.y, self.crop.width, self.crop.height] if self.crop else None
        return {"recipe": self.name, "aspect": str(self.aspect), "crop": crop}


def named_recipe(recipe: str | Recipe) -> Recipe:
    """A recipe as it is, or the plain one of this name.

    Raises:
        UsageError: there is none of this name.

    """
    return Recipe(recipe) if isinstance(recipe, str) else recipe


def recipe_of_json(card: Mapping[str, object]) -> Recipe:
    """The recipe in a bundle; aspect and crop may be lacking, as they are in the first bundles.

    Raises:
        UsageError: a recipe, an aspect or a region that this version does not know.

    """
    given = card.get("crop")
    crop = None
    if given is not None:
        if not isinstance(given, list) or len(given) != _CORNERS or not all(type(n) is int for n in given):
            raise UsageError(f"'crop' must be four whole numbers: x, y, width and height, not {given!r}")
        crop = Region(*given)
    return Recipe(str(card["recipe"]), one_of(Aspect, str(card.get("aspect") or Aspect.SQUASH), "aspect"), crop)


def parse_region(text: str) -> Region:
    """The region that 'X,Y,W,H' says.

    Raises:
        UsageError: the text is no region.

    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != _CORNERS or not all(p.isascii() and p.isdigit() for p in parts):
        raise UsageError(
            f"'{text}' is no region", remedy="give X,Y,W,H in pixels of the upright picture: 100,40,640,480"
        )
    region = Region(*(int(p) for p in parts))
    if not region.width or not region.height:
        raise UsageError(f"the region '{text}' holds no pixel", remedy="give a width and a height of at least 1")
    return region
