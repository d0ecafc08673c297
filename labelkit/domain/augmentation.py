"""Augmentation: which other views of a part a network learns from, as a person writes them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.results import Readable

_LIMITS = {"shift": 100.0, "rotate": 45.0, "brightness": 100.0, "noise": 100.0}
_FORM = "write none, or words with commas: flip,turn,shift=4,rotate=5,brightness=10,noise=3"


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What may be done to an image: what a part under a fixed camera may look like as well.

    Attributes:
        flip: mirrored left to right.
        turn: by quarter turns (half turns where height and width differ).
        shift: moved by at most so many pixels each way; what comes in repeats the edge.
        rotate: by at most so many degrees each way.
        brightness: brighter or darker by at most so many per cent.
        noise: Gaussian noise of this standard deviation, in levels of 0 to 255.

    """

    flip: bool = True
    turn: bool = True
    shift: int = 0
    rotate: float = 0.0
    brightness: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for name, most in _LIMITS.items():
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise UsageError(f"augmentation: {name} must lie between 0 and {most:g}, not {value:g}", remedy=_FORM)

    def __str__(self) -> str:
        words = [name for name in ("flip", "turn") if getattr(self, name)]
        words += [f"{name}={getattr(self, name):g}" for name in _LIMITS if getattr(self, name)]
        return ",".join(words) or "none"


@dataclass(frozen=True, slots=True)
class AugmentSheet(Readable):
    """A picture sheet that was written: where, of which augmentation, how many images and how many views of each."""

    file: str
    augment: Augmentation
    images: int
    views: int

    def lines(self) -> list[str]:
        """One line."""
        return [
            f"wrote {self.file}: {self.images} images, {self.views} views of each ({self.augment}); nothing was trained"
        ]

    def as_json(self) -> dict[str, object]:
        """The object of `labelkit train --show-augment --json`."""
        sheet = {"file": self.file, "augment": str(self.augment), "images": self.images, "views": self.views}
        return {"schema": 1, "sheet": sheet}


DEFAULT_AUGMENTATION = Augmentation(brightness=10.0)
"""What holds for most parts under a fixed camera: no side is up, and lamps age; where a class is a matter of brightness
alone, train without."""
NO_AUGMENTATION = Augmentation(flip=False, turn=False)


def parse_augmentation(text: str) -> Augmentation:
    """The augmentation that a text says: `none`, or `flip,turn,shift=4,rotate=5,brightness=10,noise=3`, or some of it.

    Raises:
        UsageError: an unknown word, a word with a wrong value, or one given twice.

    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == ["none"]:
        return NO_AUGMENTATION
    if not words:
        raise UsageError("no augmentation is named", remedy=_FORM)
    given: dict[str, bool | int | float] = {"flip": False, "turn": False}
    seen = set()
    for word in words:
        name, equals, value = word.partition("=")
        if name in seen:
            raise UsageError(f"augmentation: '{name}' is given twice", remedy=_FORM)
        seen.add(name)
        given[name] = _value(name, value, given=bool(equals))
    return Augmentation(**given)  # type: ignore[arg-type]  # each of its own kind: _value


def _value(name: str, text: str, *, given: bool) -> bool | int | float:
    known = tuple(field.name for field in fields(Augmentation))
    if name not in known:
        raise UsageError(f"there is no augmentation '{name}'", remedy=f"{did_you_mean(name, known)}\n{_FORM}")
    if name not in _LIMITS:
        if given:
            raise UsageError(f"augmentation: '{name}' takes no value", remedy=_FORM)
        return True
    try:
        number = float(text)
    except ValueError:
        raise UsageError(f"augmentation: '{name}' takes a number, not '{text}'", remedy=_FORM) from None
    if name != "shift":
        return number
    if number != int(number):
        raise UsageError(f"augmentation: 'shift' takes whole pixels, not '{text}'", remedy=_FORM)
    return int(number)
