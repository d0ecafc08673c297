"""From verdicts and what stands already to the plan: place, keep, relocate, withdraw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import name_key
from labelkit.domain.placing import Action, Mode, Placement, Plan, Stamp, Step
from labelkit.sorting.naming import Wish, assign_names

_new = tuple.__new__
"""Makes a named tuple, of as many values as it has names, in half the time of its class: for millions of images."""

_NOWHERE = ("", "", "")


class Candidate(NamedTuple):
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
    withdraw, keep, rest = _standing(candidates)
    relocate: list[Step] = []
    place: list[Step] = []
    wishes = _wishes(candidates) if rest else []
    names = assign_names(wishes, taken=taken, hash_of=hash_of, hash_of_taken=hash_of_foreign)
    for i, (image, stamp, label, p) in rest:
        target = f"{label}/{names[i]}"
        if p is None:
            place.append(_new(Step, (Action.PLACE, image, stamp, target, "", "")))
        else:
            relocate.append(Step(Action.RELOCATE, image, p.placed_stamp, target, p.target, p.sha256))
    by_image = attrgetter("image")
    in_order = [step for steps in (withdraw, relocate, place, keep) for step in sorted(steps, key=by_image)]
    return Plan(base_dir, mode, tuple(in_order))


def _standing(candidates: Sequence[Candidate]) -> tuple[list[Step], list[Step], list[tuple[int, Candidate]]]:
    """What goes out of its class folder, what stays where it is, and the others with their index."""
    withdraw: list[Step] = []
    keep: list[Step] = []
    rest: list[tuple[int, Candidate]] = []
    for i, c in enumerate(candidates):
        image, _, label, p = c
        if label is None:
            if p is not None:
                withdraw.append(Step(Action.WITHDRAW, image, p.placed_stamp, "", p.target, p.sha256))
        elif p is not None and p.target.startswith(f"{label}/"):
            keep.append(Step(Action.KEEP, image, p.placed_stamp, p.target, p.target, p.sha256))
        else:
            rest.append((i, c))
    return withdraw, keep, rest


def _wishes(candidates: Sequence[Candidate]) -> list[Wish]:
    found = []
    for i, (image, _, label, p) in enumerate(candidates):
        if label is not None:
            folder, _, name = _NOWHERE if p is None else p.target.partition("/")
            found.append(_new(Wish, (i, label, image[1], name if folder == label else "")))
    return found


def moves(plan: Plan) -> dict[tuple[str, str], int]:
    """How many images change class: (from, to) to their number; `held` is where withdrawn ones go."""
    found: Counter[tuple[str, str]] = Counter()
    for step in plan.steps:
        if step.action is Action.RELOCATE or step.action is Action.WITHDRAW:
            found[(step.before.partition("/")[0], step.target.partition("/")[0] or "held")] += 1
    return dict(sorted(found.items()))
