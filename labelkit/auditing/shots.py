"""One shot or two of the same scene: which pairs to ask about, and what the answers mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelkit.domain.shots import NoiseMatch, NoiseTrial, Shot, ShotScale
from labelkit.domain.units import told_share

MOST = 2000
"""Pairs whose originals are read, at most."""

PAIRS = 200
"""Random pairs of one scene that the cut is learned from, at most."""

LEAST_CUT = 0.10
"""Match below which nothing is a proof, however narrow the set's own random pairs are."""

_FEWEST = 12
"""Random pairs, and trial images, that a judgement needs at least: of fewer, the widest is not known."""

_FEWEST_TRIALS = 4

_FAINT = 1.3
"""Gray levels: of less noise rounding and JPEG leave little, and what they leave matches among itself."""

_POWER, _SINGLE = 0.9, 3
"""Share of the trial copies that must be recognised, of each of the first kinds, before anything is told."""

_AS_STRONG = 0.7
"""Part of a pair's noise that a trial copy must have to say what such a pair would match if it were a copy."""

_SEEN, _WANTED = 2.326, 3.719
"""Standard deviations of the 99th and of the 99.99th percentile of a normal distribution."""


def scale_of(random: Sequence[NoiseMatch], trials: Sequence[NoiseTrial]) -> ShotScale:
    """What a set says about telling shots apart in it.

    The cut is the 99.99th percentile of the set's own random pairs, and 0.10 at least. Some hundred pairs do not show
    it; it is reckoned from the median and the 99th percentile as if what lies beyond were normal, so that a copy or two
    among the pairs does not lift it.

    Args:
        random: random pairs of one scene, those that may be copies left out.
        trials: copies made of single images.

    """
    if len(random) < _FEWEST or len(trials) < _FEWEST_TRIALS:
        return ShotScale(drawn=len(random), why_not="too few other pairs of one scene to learn from")
    told = np.array([pair.match for pair in random])
    middle, high = np.quantile(told, [0.5, 0.99])
    cut = round(max(LEAST_CUT, float(middle + (high - middle) * _WANTED / _SEEN)), 6)
    noise = round(float(np.median([t.noise for t in trials])), 3)
    matches = np.array([[copy.match for copy in t.copies] for t in trials])
    power = round(float((matches[:, :_SINGLE] > cut).mean(axis=0).min()), 3)
    copies = tuple(copy for t in trials for copy in t.copies)
    return ShotScale(cut, noise, power, copies, len(random), _why_not(cut, noise, power))


def _why_not(cut: float, noise: float, power: float) -> str:
    if noise < _FAINT:
        return f"the noise is too weak ({noise:.2g} gray levels a pixel, {_FAINT:g} are needed)"
    if power < _POWER:
        return f"of copies made for a trial only {told_share(power, 0)} were recognised above the set's own {cut:.2g}"
    return ""


def shot_of(match: NoiseMatch | None, scale: ShotScale) -> Shot:
    """The verdict on one pair; None for a pair that could not be read or has no noise to look at.

    A part with a fine surface of its own that was taken twice in the same place matches as a copy does: random pairs
    show other parts, and cannot warn of it.

    Between what copies match and what other shots do it cannot be told. Nor can it of a pair with less noise than any
    trial copy had: it may be a copy that lost it, and only a match proves anything then.
    """
    if match is None or scale.why_not:
        return Shot.UNKNOWN
    if match.match > scale.cut:
        return Shot.SAME
    return Shot.OTHER if match.match <= _surely(match.strength, scale.copies) else Shot.UNKNOWN


def _surely(strength: float, copies: Sequence[NoiseMatch]) -> float:
    """Match up to which a pair with so much noise is no copy: half of the worst of trial copies with no less of it."""
    strengths = [copy.strength for copy in copies]
    if strength < min(strengths):
        return -1.0
    least = _AS_STRONG * min(strength, max(strengths))
    return min(copy.match for copy in copies if copy.strength >= least) / 2
