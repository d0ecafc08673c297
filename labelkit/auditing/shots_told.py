"""Say what the sensor's noise says of pairs: the same shot, the same scene in another shot, or cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.auditing.verdict import counted
from labelkit.domain.near import NearDuplicates, NearPair
from labelkit.domain.shots import Shot


def shots_told(near: NearDuplicates, pairs: Sequence[NearPair]) -> str:
    """The end of a sentence on these pairs; empty where nobody looked at their noise."""
    same, unknown = _count(pairs, Shot.SAME), _count(pairs, Shot.UNKNOWN)
    scale = near.shots.scale
    if scale is None or not same + unknown:
        return ""
    proved = f"; {counted(same, 'pair')} the same shot by the sensor's noise" if same else ""
    why = scale.why_not or "too little noise is left in them"
    unclear = f"; of {counted(unknown, 'pair')} it cannot be told whether they are the same shot: {why}"
    return proved + (unclear if unknown else "")


def shot_numbers(near: NearDuplicates, pairs: Sequence[NearPair]) -> dict[str, float]:
    """The same as numbers; none where nobody looked."""
    scale = near.shots.scale
    looked = [pair for pair in pairs if pair.shot]
    if scale is None or not looked:
        return {}
    return {
        "same_shot": _count(pairs, Shot.SAME),
        "same_scene": _count(pairs, Shot.OTHER),
        "unknown": _count(pairs, Shot.UNKNOWN),
        "match_least": min(pair.match for pair in looked),
        "match_most": max(pair.match for pair in looked),
        "shot_cut": scale.cut,
        "noise": scale.noise,
        "power": scale.power,
        "random_pairs": scale.drawn,
    }


def _count(pairs: Sequence[NearPair], shot: Shot) -> int:
    return sum(pair.shot is shot for pair in pairs)
