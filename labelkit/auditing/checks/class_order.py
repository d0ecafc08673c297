"""Whether every loader, and every part, gives the classes the same indices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from labelkit.auditing.evidence import Evidence, titles
from labelkit.auditing.verdict import Verdict
from labelkit.domain.classes import OrderSource
from labelkit.domain.findings import Severity

_WHY = {
    OrderSource.DECLARED: "the declared order",
    OrderSource.LEDGER: "the order recorded by sort",
    OrderSource.NUMERIC: "the order of the numbers",
    OrderSource.TEXT: "text order",
}


def class_order(evidence: Evidence) -> Iterator[Verdict]:
    """Parts with different classes, and loaders that number the classes otherwise than the class map."""
    yield from _parts(evidence)
    orders: dict[tuple[str, ...], list[str]] = {}
    for view in evidence.main.views:
        seen = _classes_only(view.classes, evidence)
        if view.fault and not view.classes:
            yield Verdict(f"{titles([view.loader])} {view.fault}", severity=_severity(evidence, [view.loader]))
        elif seen != tuple(n for n in evidence.class_map.classes if n in seen):
            orders.setdefault(seen, []).append(view.loader)
    for order, loaders in orders.items():
        yield _other_order(evidence, order, loaders)


def _classes_only(names: Sequence[str], evidence: Evidence) -> tuple[str, ...]:
    """Without the folders that other checks tell of: hidden ones, and those that hold no image."""
    images = evidence.images
    told = {n for n in evidence.main.tree.top_folders() if not images.get(n)}
    return tuple(n for n in names if n not in told)


def _other_order(evidence: Evidence, order: tuple[str, ...], loaders: list[str]) -> Verdict:
    ours = evidence.class_map.classes
    declared = ", ".join(f'"{n}"' for n in ours)
    severity = Severity.WARNING if any(evidence.matters(name) for name in loaders) else Severity.INFO
    if set(order) - set(ours):
        return Verdict(
            f"{titles(loaders)} would take other folders for classes: {', '.join(n or '(the root)' for n in order)}",
            remedy="put the images directly into the class folders",
            severity=severity,
        )
    swapped = _first_swap(ours, order)
    return Verdict(
        f"{titles(loaders)}: '{swapped[0]}' comes before '{swapped[1]}', unlike {_WHY[evidence.class_map.source]}; "
        f"there index 0 = {order[0]}, here index 0 = {ours[0]}",
        remedy=f"labelkit passes classes=[{declared}]; your own scripts must too",
        numbers={name: float(i) for i, name in enumerate(order)},
        severity=severity,
    )


def _first_swap(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, str]:
    """The first two neighbours of their order that stand the other way round in ours."""
    place = {name: i for i, name in enumerate(ours)}
    return next((a, b) for a, b in pairwise(theirs) if place[a] > place[b])


def _severity(evidence: Evidence, loaders: Sequence[str]) -> Severity:
    return Severity.WARNING if any(name == evidence.loader for name in loaders) else Severity.INFO


def _parts(evidence: Evidence) -> Iterator[Verdict]:
    held = {p.part.folder: p.classes() for p in evidence.parts}
    if len(set(held.values())) < 2:  # noqa: PLR2004 - all the same
        return
    told = "; ".join(f"{folder}: {', '.join(names)}" for folder, names in held.items())
    yield Verdict(
        f"the parts hold different classes, so one index means different things in them ({told})",
        remedy="give every part the same class folders, or pass the whole list of classes for each part",
        severity=Severity.ERROR,
    )
