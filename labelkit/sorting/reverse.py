"""From what a sort changed to the steps that take it back; what was changed since by others stays, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import shown
from labelkit.domain.placing import Action, Change, Mode, Placement, RunRecord, Stamp, Step
from labelkit.domain.undo_result import Left
from labelkit.sorting.run_groups import RunGroup


@dataclass(frozen=True, slots=True)
class Reversal:
    """What is to be taken back of one image.

    Attributes:
        image: which image.
        was: POSIX path relative to base_dir where it stood before; empty for nowhere.
        now: where the sort left it; empty for nowhere.
        mode: how it was placed.
        sha256: of its content; of a link also empty.
        later: the id of a later run that changed it as well; then it is not to be taken back.

    """

    image: ImageKey
    was: str
    now: str
    mode: Mode
    sha256: str
    later: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """What the disk says of one image.

    Attributes:
        placement: where it stands, dragged ones at their new place; None for nowhere.
        altered: why what stands there is not what was placed; empty when it is.
        source: stamp of its source file; None when there is none.

    """

    placement: Placement | None
    altered: str
    source: Stamp | None


def reversals(
    changes: Iterable[Change], groups: Sequence[RunGroup], runs: Iterable[RunRecord], sort: RunGroup
) -> list[Reversal]:
    """What a sort changed and what is not taken back yet, sorted by image.

    Args:
        changes: every step that was done, oldest first.
        groups: every sort.
        runs: every run, undo runs as well.
        sort: the one to be taken back, one of `groups`.

    """
    of = {run: n for n, group in enumerate(groups) for run in group.ids}
    of |= {r.id: of[r.takes_back] for r in runs if r.takes_back in of}
    wanted = groups.index(sort)
    found = []
    for image, stack in _stacks(changes, of).items():
        mine = [n for n, c in enumerate(stack) if of.get(c.run) == wanted]
        if mine:
            found.append(_reversal(image, stack, of))
            if mine[-1] != len(stack) - 1:
                later = next(c.run for c in stack[mine[-1] + 1 :])
                found[-1] = Reversal(image, "", "", Mode.NONE, "", later)
    return sorted(found, key=lambda r: (r.image.root, r.image.path))


def _stacks(changes: Iterable[Change], of: dict[str, int]) -> dict[ImageKey, list[Change]]:
    """What was changed of each image and not taken back, oldest first.

    The changes of an undo belong to the sort that it takes back. Once the last changes of one sort lead back to where
    the first of them began, they are as if they had never been.
    """
    stacks: dict[ImageKey, list[Change]] = {}
    for change in changes:
        stack = stacks.setdefault(change.image, [])
        stack.append(change)
        first = _first(stack, of)
        if stack[first].before == change.target:
            del stack[first:]
    return stacks


def _first(stack: Sequence[Change], of: dict[str, int]) -> int:
    """The index of the first of the last changes that belong to one sort."""
    first = len(stack) - 1
    while first and of.get(stack[first - 1].run) == of.get(stack[-1].run):
        first -= 1
    return first


def _reversal(image: ImageKey, stack: Sequence[Change], of: dict[str, int]) -> Reversal:
    first = stack[_first(stack, of)]
    return Reversal(image, first.before, stack[-1].target, first.mode, first.sha256)


def step_back(r: Reversal, there: There) -> Step | Left | None:
    """The step that takes one image back; why it is left; or None when it is there already."""
    if r.later:
        return _left(r, f"run {r.later} changed it since; take that back first: labelkit undo {r.later}")
    if there.placement is None:
        return _from_nowhere(r, there)
    return _from_place(r, there, there.placement)


def _from_nowhere(r: Reversal, there: There) -> Step | Left | None:
    if r.now and (r.was or there.source is None):
        elsewhere = "" if there.source else ", and is not in its source either"
        return _left(r, f"it is gone: it stood under {shown(r.now)}{elsewhere}")
    if not r.was:
        return None
    if there.source is None:
        return _left(r, f"its source is gone: it cannot be placed under {shown(r.was)} again")
    return Step(Action.PLACE, r.image, there.source, target=r.was, sha256=r.sha256)


def _from_place(r: Reversal, there: There, p: Placement) -> Step | Left | None:
    if _label(p.target) != _label(r.now):
        return _left(r, f"a person put it into {shown(_label(p.target))}: it stays there")
    if there.altered:
        return _left(r, f"{there.altered}; {shown(p.target)} was left")
    if not r.was:
        return Step(Action.WITHDRAW, r.image, p.placed_stamp, before=p.target, sha256=p.sha256)
    if p.target == r.was:
        return None
    return Step(Action.RELOCATE, r.image, p.placed_stamp, target=r.was, before=p.target, sha256=p.sha256)


def _left(r: Reversal, why: str) -> Left:
    return Left(r.image.path, why)


def _label(target: str) -> str:
    return target.partition("/")[0]
