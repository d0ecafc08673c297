"""Where pixels come from and go to when a picture is brought to a size: region, proportions, orientation."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from labelkit.domain.errors import ImageError
from labelkit.domain.recipe import Aspect, Recipe

Size = tuple[int, int]
"""(width, height)."""

Box = tuple[int, int, int, int]
"""Left, upper, right and lower border in pixels; the last two stand behind the last pixel."""

TURNED = frozenset([5, 6, 7, 8])
"""EXIF orientations that swap width and height (EXIF 2.32, 4.6.4)."""

_MIRRORED_X, _MIRRORED_Y = frozenset([2, 3, 7, 8]), frozenset([3, 4, 6, 7])
"""Orientations whose upright picture runs against the stored rows or columns."""

MARGIN = 1.5
"""A picture that is first divided by a whole number keeps so many times the target's pixels each way. Below that the
second step blurs: at 1.25 a JPEG is 2.3 levels away from the mean over the area, at 1.5 one
(tests/imaging/test_recipe_rules.py)."""

_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What is taken of a stored picture, and what it becomes; all before EXIF orientation.

    Attributes:
        region: what is cut out first; nothing outside it has a say.
        view: what of the region is shown: all of it, or its middle.
        inner: (width, height) that the view is brought to.
        outer: (width, height) that come out; what `inner` does not cover is black.

    """

    region: Box
    view: Box
    inner: Size
    outer: Size

    def scale(self, stored: Size) -> int:
        """By what a JPEG may be divided while it is decoded: well above the target, and only along whole pixels.

        Args:
            stored: (width, height) of the file.

        """
        least = min((self.view[2] - self.view[0]) / self.inner[0], (self.view[3] - self.view[1]) / self.inner[1])
        return next((s for s in (8, 4, 2) if least >= s * MARGIN and self._aligned(s, stored)), 1)

    def _aligned(self, scale: int, stored: Size) -> bool:
        left, upper, right, lower = self.region
        ends = [end for end, last in ((right, stored[0]), (lower, stored[1])) if end != last]
        return not any(n % scale for n in (left, upper, *ends))


def frame(recipe: Recipe, *, stored: Size, orientation: int, target: Size) -> Frame:
    """What a recipe takes of a picture.

    Args:
        recipe: region and aspect.
        stored: (width, height) in the file.
        orientation: EXIF, 1 to 8.
        target: (width, height) of the upright picture to come out.

    Raises:
        ImageError: the region reaches beyond the picture.

    """
    outer = (target[1], target[0]) if orientation in TURNED else target
    region = _stored_region(recipe, stored, orientation)
    width, height = region[2] - region[0], region[3] - region[1]
    inner = outer
    view = region
    if recipe.aspect is Aspect.PAD:
        factor = min(outer[0] / width, outer[1] / height)
        inner = (max(1, round(width * factor)), max(1, round(height * factor)))
    elif recipe.aspect is Aspect.CROP:
        view = _middle(region, outer)
    return Frame(region, view, inner, outer)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as EXIF says that it is to be shown."""
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def _stored_region(recipe: Recipe, stored: Size, orientation: int) -> Box:
    if recipe.crop is None:
        return (0, 0, *stored)
    c = recipe.crop
    shown = (stored[1], stored[0]) if orientation in TURNED else stored
    if c.x + c.width > shown[0] or c.y + c.height > shown[1]:
        raise ImageError(
            f"the region {c} reaches beyond this picture of {shown[0]} x {shown[1]} pixels",
            remedy="--crop takes X,Y,W,H in pixels of the upright picture; every image must hold it",
        )
    across, down = (c.x, c.width), (c.y, c.height)
    if orientation in TURNED:
        across, down = down, across
    left = stored[0] - sum(across) if orientation in _MIRRORED_X else across[0]
    upper = stored[1] - sum(down) if orientation in _MIRRORED_Y else down[0]
    return (left, upper, left + across[1], upper + down[1])


def _middle(box: Box, target: Size) -> Box:
    """The largest middle part with the target's proportions; Keras' arithmetic (`load_img(keep_aspect_ratio=True)`)."""
    width, height = box[2] - box[0], box[3] - box[1]
    kept_width = max(1, min(width, height * target[0] // target[1]))
    kept_height = max(1, min(height, width * target[1] // target[0]))
    left, upper = box[0] + (width - kept_width) // 2, box[1] + (height - kept_height) // 2
    return (left, upper, left + kept_width, upper + kept_height)
