"""Images with the same pixels, seen upright, in files of different bytes."""

from __future__ import annotations

from collections import Counter, defaultdict

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import judged


def same_pixels(evidence: Evidence) -> list[tuple[tuple[str, ...], bool]]:
    """Groups of paths, each with whether all were compared pixel by pixel; of groups with other bytes only.

    A digest of an image that was looked at in a smaller version (`PixelFacts.scale`) nominates and proves nothing.
    """
    counts = Counter(hash(pixels.digest) for _, pixels in judged(evidence) if pixels.digest)
    repeated = {key for key, count in counts.items() if count > 1}
    if not repeated:
        return []
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for path, pixels in judged(evidence):
        if pixels.digest and hash(pixels.digest) in repeated:
            groups[pixels.digest].append((path, pixels.scale))
    told = [(tuple(sorted(p for p, _ in group)), all(s == 1 for _, s in group)) for group in groups.values()]
    return sorted((paths, proven) for paths, proven in told if len({evidence.facts[path].sha256 for path in paths}) > 1)
