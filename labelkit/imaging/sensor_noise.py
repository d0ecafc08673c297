"""The noise of the sensor in a picture: what two exposures never share, and a copy keeps a part of.

After Lukas, Fridrich and Goljan, "Digital Camera Identification from Sensor Pattern Noise" (IEEE TIFS, 2006), the other
way round: there the pattern that stays is kept and the noise thrown away, here the pattern is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from labelkit.domain.near import Turn
from labelkit.domain.shots import NoiseMatch
from labelkit.imaging.likeness import turned

SIDE = 256
"""Pixels of the side to which pictures are brought, by area: copies of any size meet there."""

_SIGMA, _REACH = 2.0, 6
"""Of the Gaussian that tells the scene from the noise, and how far it reaches, in pixels."""

_FLATTEST = 0.6
"""Share of the pixels that is looked at: where the scene is flattest, what is left is noise."""

_BLACK, _WHITE = 2, 253
"""Gray levels beyond which a pixel is cut off and has no noise."""

_ENOUGH = 0.05
"""Share of the pixels that must not be cut off."""

_CLIP, _ROBUST = 3.0, 1.4826
"""Standard deviations that a residual may reach; from the median absolute deviation to those."""

_SHIFTS = 32
"""Pixels, an eighth of the side, by which one picture may be shifted against the other."""

Levels = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
"""float32, shape (SIDE, SIDE), in gray levels of 255."""

Gray = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""uint8, shape (height, width), upright."""

_Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
_Waves = np.ndarray[tuple[int, ...], np.dtype[np.complexfloating]]


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left of a picture without its scene.

    Attributes:
        values: clipped at three standard deviations; holes included.
        flat: where the scene is flat, so that the values are noise.

    """

    values: Levels
    flat: _Flags

    @property
    def strength(self) -> float:
        """Standard deviation of the noise, in gray levels."""
        return float(self.values[self.flat].std())

    def without(self, pattern: Levels | None) -> Residual:
        """Without the part that is the camera's fixed pattern, as much of it as there is, and without its mean."""
        values = self.values
        if pattern is not None:
            inside = pattern[self.flat]
            power = float(np.vdot(inside, inside))
            share = float(np.vdot(values[self.flat], inside)) / power if power > 0 else 0.0
            values = values - np.float32(share) * pattern
        return Residual(values - values[self.flat].mean(), self.flat)

    def turned(self, turn: Turn) -> Residual:
        """As the picture, turned, would have it."""
        return Residual(turned_plane(self.values, turn), turned_plane(self.flat.astype(np.float32), turn) > 0)


def turned_plane(plane: Levels, turn: Turn) -> Levels:
    """One plane, turned."""
    return np.ascontiguousarray(turned(plane[None], turn)[0])


def residual_of(gray: Gray) -> Residual | None:
    """The residual of a picture; None where nearly all of it is cut off at black or white, or has no noise at all."""
    image = Image.fromarray(gray).convert("F")
    levels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    scene = _blurred(levels)
    seen = (scene > _BLACK) & (scene < _WHITE)
    if seen.mean() < _ENOUGH:
        return None
    down, across = np.gradient(scene)
    slope = np.hypot(down, across)
    flat = seen & (slope <= quantile(slope[seen], _FLATTEST))
    left = levels - scene
    limit = _CLIP * _ROBUST * quantile(np.abs(left[flat]), 0.5)
    return Residual(left.clip(-limit, limit), flat) if limit > 0 else None


def quantile(values: Levels, share: float) -> float:
    """What `np.quantile` gives, in a seventh of the time: it looks for the least and the largest value as well."""
    place = (values.size - 1) * share
    low = int(place)
    parted = np.partition(values, low)
    first, weight = parted[low], place - low
    second = parted[low + 1 :].min() if low + 1 < values.size else first
    nearer_first = weight < 0.5  # noqa: PLR2004 - from either end, as NumPy does, so that they round alike
    return float(first + (second - first) * weight if nearer_first else second - (second - first) * (1 - weight))


def _blurred(levels: Levels) -> Levels:
    weights = np.exp(-(np.arange(-_REACH, _REACH + 1) ** 2) / (2 * _SIGMA**2))
    weights /= weights.sum()
    padded = np.pad(levels, _REACH, mode="edge")
    rows = np.zeros((SIDE, SIDE + 2 * _REACH), np.float32)
    for i, weight in enumerate(weights):
        rows += np.float32(weight) * padded[i : i + SIDE]
    out = np.zeros((SIDE, SIDE), np.float32)
    for i, weight in enumerate(weights):
        out += np.float32(weight) * rows[:, i : i + SIDE]
    return out


@dataclass(frozen=True, slots=True)
class NoisePrint:
    """A residual, ready to be held against others.

    Attributes:
        strength: standard deviation of the noise, in gray levels.
        noise, power, flat: Fourier transforms of the values, of their squares, and of where they are noise.

    """

    strength: float
    noise: _Waves
    power: _Waves
    flat: _Waves

    @classmethod
    def of(cls, residual: Residual) -> NoisePrint:
        """The print of a residual that is without its pattern."""
        flat = residual.flat.astype(np.float32)
        values = residual.values * flat
        return cls(residual.strength, np.fft.rfft2(values), np.fft.rfft2(values**2), np.fft.rfft2(flat))


def match_of(one: NoisePrint, other: NoisePrint) -> NoiseMatch:
    """How much of the noise of one picture is in the other, wherever it lies.

    Pearson's r over the pixels that are flat in both, its highest over all shifts of up to an eighth of the side. Two
    shots of a rough surface match at the shift between them: a cut learned from such maxima knows of it.
    """
    both = np.fft.irfft2(one.noise * other.noise.conj())
    ours = np.fft.irfft2(one.power * other.flat.conj())
    theirs = np.fft.irfft2(one.flat * other.power.conj())
    floor = 1e-3 * float(np.sqrt(max(ours.max(), 0.0) * max(theirs.max(), 0.0))) + 1e-9
    both, ours, theirs = both[_NEAR], ours[_NEAR], theirs[_NEAR]
    r = both / np.maximum(np.sqrt(np.maximum(ours, 0) * np.maximum(theirs, 0)), floor)
    return NoiseMatch(round(float(r.max()), 6), round(min(one.strength, other.strength), 6))


_NEAR = np.ix_(np.r_[-_SHIFTS : _SHIFTS + 1], np.r_[-_SHIFTS : _SHIFTS + 1])
"""The shifts that are looked at."""
