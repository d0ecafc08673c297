"""Which rules vote differently on the same images, and on which."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from labelkit.domain.rules_report import RulePair
from labelkit.domain.votes import VoteColumn

EXAMPLES = 5
"""Images named for each pair of rules."""


def disagreements(columns: Sequence[VoteColumn], names: Sequence[str]) -> tuple[RulePair, ...]:
    """Every pair of rules that voted for different labels on at least one image, in the order of the rules.

    Args:
        columns: the votes.
        names: what each image is called.

    """
    counts: dict[tuple[int, int], int] = {}
    first: dict[tuple[int, int], list[str]] = {}
    for i, codes in enumerate(zip(*(c.codes for c in columns), strict=True)):
        said = {j: columns[j].labels[code] for j, code in enumerate(codes) if code >= 0}
        if len(set(said.values())) < 2:  # noqa: PLR2004 - one label is no disagreement
            continue
        for pair in combinations(said, 2):
            if said[pair[0]] != said[pair[1]]:
                counts[pair] = counts.get(pair, 0) + 1
                examples = first.setdefault(pair, [])
                if len(examples) < EXAMPLES:
                    examples.append(names[i])
    return tuple(
        RulePair(columns[a].name, columns[b].name, counts[a, b], tuple(first[a, b])) for a, b in sorted(counts)
    )
