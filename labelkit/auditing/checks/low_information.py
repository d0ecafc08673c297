"""Images in which there is next to nothing to see."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, readable, widespread
from labelkit.auditing.unusual import Quality, far_below
from labelkit.auditing.verdict import Verdict

_LEAST = 0.3
"""Of `low_information_score`: three bits of entropy."""

_FEWEST_PIXELS = 64
"""Fewer pixels cannot have many gray levels."""

_QUALITY = Quality(
    told="with far less to see",
    measured="entropy of the gray levels",
    shown="{:.1f} bits".format,
    least=1.0,
    remedy="look at them: an empty fixture, a covered lens, an all too plain cut-out; leave out what shows no part",
)


def low_information(evidence: Evidence) -> Iterator[Verdict]:
    """Entropy times 0.1 is below 0.3: cleanvision's definition and threshold; or it is far below the class's.

    The entropy is that of the luma in 256 steps of the true range, of 16-bit and palette images as of others;
    cleanvision adds up the three channels of RGB, which gives gray pictures stored as RGB 1.6 bits more. Images of
    fewer than 64 pixels are not judged. Against the class: `auditing/unusual.py`, and by one bit at least. Remedy:
    leaving out what shows no part.
    """
    seen: dict[str, float] = {}
    plain: set[str] = set()
    for fact in readable(evidence):
        if fact.width * fact.height >= _FEWEST_PIXELS and fact.pixels is not None:
            seen[fact.path] = fact.pixels.entropy
            if fact.pixels.low_information_score < _LEAST:
                plain.add(fact.path)
    if plain:
        told = "; so it is what the set shows, not single images" if widespread(len(plain), len(seen)) else ""
        yield Verdict(
            f"{how_many(len(plain), len(seen))} with next to nothing to see: less than {_LEAST * 10:.0f} bits of "
            f"entropy{told}",
            remedy="look at them, and leave out what shows no part",
            files=tuple(sorted(plain)),
            numbers={"images": len(plain), "threshold": _LEAST},
        )
    others = {path: entropy for path, entropy in seen.items() if path not in plain} if plain else seen
    yield from far_below(evidence, others, _QUALITY)
