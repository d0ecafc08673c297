"""From images, groups and what is recorded to the part of each image: recorded parts stay, wholes stay whole."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import UsageError
from labelkit.domain.split import LEFT_OUT, Assigned, Ratio, Splittable
from labelkit.sorting.share_out import Aim, lacking, share_out
from labelkit.sorting.wholes import wholes


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where each image goes.

    Attributes:
        assigned: one for each image, in the order given.
        new: paths whose content had no part before.
        wholes: sets of new images that were shared out.
        torn: groups that lie on several sides as recorded.

    """

    assigned: tuple[Assigned, ...]
    new: frozenset[str]
    wholes: int
    torn: tuple[str, ...]


def assign(
    images: Sequence[Splittable],
    links: Iterable[tuple[str, str]],
    recorded: Collection[Assigned],
    *,
    ratio: Ratio,
    seed: int = 0,
) -> Assignment:
    """Give every image its part.

    What is recorded stays, told by content. New images that share content, a group or a likeness with recorded ones
    join their part; those that hang together with several parts are left out, for on any side they would leak. The
    rest is shared out whole by whole: the largest first, equals by a hash of seed and content.

    Args:
        images: the whole set.
        links: pairs of paths that look the same.
        recorded: every earlier assignment, oldest first.
        ratio: the sides.
        seed: of the order among wholes of one size.

    Raises:
        UsageError: a class that would have no image on one side.

    """
    known = {a.sha256: a.part for a in recorded if a.part != LEFT_OUT}
    index = {image.path: i for i, image in enumerate(images)}
    pairs = [(index[a], index[b]) for a, b in links if a in index and b in index]
    parts = {i: known[image.sha256] for i, image in enumerate(images) if image.sha256 in known}
    groups = _parts_of_groups(images, parts, recorded)
    fresh = [i for i in range(len(images)) if i not in parts]
    joined, free = _joined(images, fresh, _touched(images, fresh, pairs, parts, groups), pairs)
    shared = _shared_out(images, free, {**parts, **joined}, ratio, seed)
    part_of = {**parts, **joined, **shared}
    return Assignment(
        assigned=tuple(Assigned(*image, part_of[i]) for i, image in enumerate(images)),
        new=frozenset(images[i].path for i in fresh),
        wholes=len(free),
        torn=tuple(sorted(g for g, found in groups.items() if len(found) > 1)),
    )


def _parts_of_groups(
    images: Sequence[Splittable], parts: Mapping[int, str], recorded: Iterable[Assigned]
) -> dict[str, set[str]]:
    """Group to the parts it lies in, by its images now and by those that were recorded and are gone."""
    found: dict[str, set[str]] = {}
    for i, part in parts.items():
        found.setdefault(images[i].group, set()).add(part)
    for a in recorded:
        if a.part != LEFT_OUT:
            found.setdefault(a.group, set()).add(a.part)
    found.pop("", None)
    return found


def _touched(
    images: Sequence[Splittable],
    fresh: Sequence[int],
    pairs: Iterable[tuple[int, int]],
    parts: Mapping[int, str],
    groups: Mapping[str, set[str]],
) -> dict[int, set[str]]:
    """The parts that each new image hangs together with directly."""
    touched = {i: set(groups.get(images[i].group, ())) for i in fresh}
    for pair in pairs:
        for one, other in (pair, pair[::-1]):
            if one in touched and other in parts:
                touched[one].add(parts[other])
    return touched


def _joined(
    images: Sequence[Splittable],
    fresh: Sequence[int],
    touched: Mapping[int, set[str]],
    pairs: Iterable[tuple[int, int]],
) -> tuple[dict[int, str], list[list[int]]]:
    """The new images whose part follows from what is recorded, and the wholes of the others."""
    joined = {i: LEFT_OUT for i in fresh if len(touched[i]) > 1}
    rest = [i for i in fresh if i not in joined]
    place = {i: n for n, i in enumerate(rest)}
    inside = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    free = []
    for members in wholes([images[i] for i in rest], inside):
        mine = [rest[n] for n in members]
        found = set[str]().union(*(touched[i] for i in mine))
        if found:
            joined |= dict.fromkeys(mine, found.pop() if len(found) == 1 else LEFT_OUT)
        else:
            free.append(mine)
    return joined, free


def _shared_out(
    images: Sequence[Splittable], free: list[list[int]], settled: Mapping[int, str], ratio: Ratio, seed: int
) -> dict[int, str]:
    free.sort(key=lambda members: (-len(members), _hash(images, members, seed)))
    pieces = [Counter(images[i].label for i in members) for members in free]
    have = {part: Counter(images[i].label for i, p in settled.items() if p == part) for part in ratio.parts}
    totals = sum([*have.values(), *pieces], Counter[str]())
    names = sorted(totals)
    aim = Aim(tuple(ratio.shares.values()), {c: totals[c] for c in names}, [have[p] for p in ratio.parts])
    chosen = share_out(pieces, aim)
    without = lacking(pieces, chosen, aim)
    if without:
        raise _refusal(images, free, without[0], ratio)
    return {i: ratio.parts[part] for members, part in zip(free, chosen, strict=True) for i in members}


def _hash(images: Sequence[Splittable], members: Sequence[int], seed: int) -> bytes:
    first = min(images[i].sha256 for i in members)
    return hashlib.sha256(f"{seed}\0{first}".encode()).digest()


def _refusal(
    images: Sequence[Splittable], free: Sequence[Sequence[int]], lack: tuple[str, int], ratio: Ratio
) -> UsageError:
    name, part = lack[0], ratio.parts[lack[1]]
    total = sum(i.label == name for i in images)
    holding = [members for members in free if any(images[i].label == name for i in members)]
    hang = "on the sides that are recorded"
    if holding:
        example = _told(images, max(holding, key=len))
        hang = f"{len(holding):,} set{'' if len(holding) == 1 else 's'} that must not be parted{example}"
    return UsageError(
        f"class '{name}' would have no image to {_PURPOSE[part]}: its {total:,} images are {hang}",
        remedy="add images of this class, ask for fewer sides, or keep less together: --group-by NAME, or none",
    )


_PURPOSE = {"train": "train on", "validation": "validate on", "test": "test on"}


def _told(images: Sequence[Splittable], members: Sequence[int]) -> str:
    groups = sorted({images[i].group for i in members} - {""})
    named = f" by {', '.join(groups[:3])}{' ...' if len(groups) > 3 else ''}" if groups else ""  # noqa: PLR2004 - told
    return f" (the largest: {len(members):,} images{named})" if len(members) > 1 else ""
