"""Many tests at once: probabilities corrected so that any false alarm among all of them is as rare as asked for."""

from __future__ import annotations

from collections.abc import Sequence


def holm(chances: Sequence[float]) -> list[float]:
    """The corrected probabilities, in the order given, 0 to 1 (Holm, Scandinavian Journal of Statistics 1979).

    Args:
        chances: of each test, 0 to 1; 1 for one that was not carried out.

    """
    out = [1.0] * len(chances)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        least = max(least, min(1.0, chances[i] * (len(chances) - rank)))
        out[i] = least
    return out
