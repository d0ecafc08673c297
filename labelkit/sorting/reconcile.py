"""From verdicts and what stands already to the plan: place, keep, relocate, withdraw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import name_key
from labelkit.domain.placing import Action, Mode, Placement, Plan, Stamp, Step
from labelkit.sorting.naming import Wish, assign_names

_ORDER = (Action.WITHDRAW, Action.RELOCATE, Action.PLACE, Action.KEEP)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image as the plan sees it.

    Attributes:
        image: its key.
        stamp: of its bytes as they are now.
        label: the class it shall stand in; None when held.
        placement: where it stands, or None.

    """

    image: ImageKey
    stamp: Stamp
    label: str | None
    placement: Placement | None

    @property
    def stands_in(self) -> str | None:
        """The class folder it stands in now."""
        return self.placement.target.partition("/")[0] if self.placement else None


def make_plan(
    candidates: Sequence[Candidate],
    *,
    base_dir: str,
    mode: Mode,
    foreign: Sequence[str],
    hash_of: Callable[[int], str],
    hash_of_foreign: Callable[[str], str],
) -> Plan:
    """Plan what brings the class folders in line with the verdicts.

    Args:
        candidates: all images, held ones too.
        base_dir: absolute path.
        mode: how new images are placed; with `none` nothing is.
        foreign: paths in class folders that labelkit did not put there.
        hash_of: SHA-256 of a candidate, by index.
        hash_of_foreign: SHA-256 of a foreign file, by path.

    """
    if mode is Mode.NONE:
        candidates = [c for c in candidates if c.placement is not None]
    taken = {(p.partition("/")[0], name_key(p.partition("/")[2])): p.partition("/")[2] for p in foreign}
    names = assign_names(_wishes(candidates), taken=taken, hash_of=hash_of, hash_of_taken=hash_of_foreign)
    steps = [s for i, c in enumerate(candidates) if (s := _step(c, names.get(i))) is not None]
    steps.sort(key=lambda s: (_ORDER.index(s.action), s.image.root, s.image.path))
    return Plan(base_dir, mode, tuple(steps))


def _wishes(candidates: Sequence[Candidate]) -> list[Wish]:
    return [
        Wish(
            i,
            c.label,
            c.image.path,
            c.placement.target.partition("/")[2] if c.placement and c.stands_in == c.label else "",
        )
        for i, c in enumerate(candidates)
        if c.label is not None
    ]


def _step(c: Candidate, name: str | None) -> Step | None:
    p = c.placement
    if c.label is None or name is None:
        return Step(Action.WITHDRAW, c.image, p.placed_stamp, before=p.target, sha256=p.sha256) if p else None
    target = f"{c.label}/{name}"
    if p is None:
        return Step(Action.PLACE, c.image, c.stamp, target=target)
    if p.target == target:
        return Step(Action.KEEP, c.image, p.placed_stamp, target=target, before=p.target, sha256=p.sha256)
    return Step(Action.RELOCATE, c.image, p.placed_stamp, target=target, before=p.target, sha256=p.sha256)


def moves(plan: Plan) -> dict[tuple[str, str], int]:
    """How many images change class: (from, to) to their number; `held` is where withdrawn ones go."""
    found: Counter[tuple[str, str]] = Counter()
    for step in plan.steps:
        if step.action in {Action.RELOCATE, Action.WITHDRAW}:
            found[(step.before.partition("/")[0], step.target.partition("/")[0] or "held")] += 1
    return dict(sorted(found.items()))
