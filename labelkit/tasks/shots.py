"""A worker's look at the noise of originals: small answers, no picture travels but the camera's pattern."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.domain.near import Turn
from labelkit.domain.shots import NoiseMatch, NoiseTrial, Original, Patterns
from labelkit.imaging.sensor_noise import SIDE, Gray, Levels, NoisePrint, Residual, match_of, residual_of
from labelkit.tasks.probe import read_image

_MOST_HELD = 64
"""Prints that are held at once: 51 MB."""

_Held = dict[tuple[Original, Turn], NoisePrint | None]


def mean_of(sums: Sequence[tuple[int, bytes]]) -> bytes:
    """The mean of what `PatternTask` summed up, as `Patterns` has it."""
    count = sum(number for number, _ in sums)
    total = np.sum([np.frombuffer(data, np.float32) for _, data in sums], axis=0)
    return np.asarray(total / max(count, 1), np.float16).tobytes()


def _pattern(patterns: Patterns, original: Original) -> Levels | None:
    data = patterns.known.get(original.camera)
    return None if data is None else np.frombuffer(data, np.float16).reshape(SIDE, SIDE).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PatternTask:
    """Sums of residuals, from which the mean is made that stays from shot to shot."""

    root: str

    def __call__(self, shard: Sequence[Sequence[Original]]) -> list[tuple[int, bytes]]:
        """Of each batch of images: how many had a residual, and the sum, float32, as bytes."""
        return [self._one(batch) for batch in shard]

    def _one(self, batch: Sequence[Original]) -> tuple[int, bytes]:
        total, count = np.zeros((SIDE, SIDE), np.float32), 0
        for original in batch:
            found = _residual(self.root, original)
            if found is not None:
                total += found.values
                count += 1
        return count, total.tobytes()


@dataclass(frozen=True, slots=True)
class MatchTask:
    """The noise of one image against that of another, which is turned first."""

    root: str
    patterns: Patterns

    def __call__(self, shard: Sequence[tuple[Original, Original, Turn]]) -> list[NoiseMatch | None]:
        """Each pair in order; None where one of both cannot be read any more, or has no noise to look at."""
        held: _Held = {}
        return [self._one(one, other, turn, held) for one, other, turn in shard]

    def _one(self, one: Original, other: Original, turn: Turn, held: _Held) -> NoiseMatch | None:
        first, second = self._print(one, Turn.NONE, held), self._print(other, turn, held)
        return None if first is None or second is None else match_of(first, second)

    def _print(self, original: Original, turn: Turn, held: _Held) -> NoisePrint | None:
        if (original, turn) not in held:
            if len(held) >= _MOST_HELD:
                held.pop(next(iter(held)))
            found = _residual(self.root, original)
            clean = None if found is None else found.without(_pattern(self.patterns, original))
            held[original, turn] = None if clean is None else NoisePrint.of(clean.turned(turn) if turn else clean)
        return held[original, turn]


@dataclass(frozen=True, slots=True)
class TrialTask:
    """Copies of single images, and whether they would be recognised."""

    root: str
    patterns: Patterns

    def __call__(self, shard: Sequence[Original]) -> list[NoiseTrial | None]:
        """Each image in order; None where it cannot be read any more, or has no noise to look at."""
        return [self._one(original) for original in shard]

    def _one(self, original: Original) -> NoiseTrial | None:
        from labelkit.imaging.trial_copies import trial

        gray = _gray(self.root, original)
        return None if gray is None else trial(gray, _pattern(self.patterns, original))


def _residual(root: str, original: Original) -> Residual | None:
    gray = _gray(root, original)
    return None if gray is None else residual_of(gray)


def _gray(root: str, original: Original) -> Gray | None:
    from labelkit.domain.errors import ImageError
    from labelkit.imaging.full_gray import full_gray

    read = read_image(os.path.join(root, original.path))  # noqa: PTH118 - names are bytes, not Path's business
    if not read.data or read.sha256 != original.sha256:
        return None
    try:
        return full_gray(read.data)
    except ImageError:
        return None
