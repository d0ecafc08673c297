"""Which image trains, validates or tests: what is asked for, what is recorded, and what came of it."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from labelkit.domain.errors import UsageError
from labelkit.domain.groups import Grouping
from labelkit.domain.parts import ROLES
from labelkit.domain.units import told_share

LEFT_OUT = "left out"
"""The part of an image that hangs together with recorded images of several parts: on any side it would leak."""

SPLIT_NAME = "split.csv"
"""The file in which the split of a folder without a ledger is recorded."""


class Splittable(NamedTuple):
    """One image to be split.

    Attributes:
        path: POSIX path relative to the root of its set.
        sha256: of its bytes, 64 hexadecimal digits.
        label: its class.
        group: the group it belongs to; empty for none.

    """

    path: str
    sha256: str
    label: str
    group: str = ""


class Assigned(NamedTuple):
    """One recorded assignment; the content is what it speaks of, the path is where that was seen last.

    Attributes:
        path, sha256, label, group: as in `Splittable`.
        part: train, validation or test, or `LEFT_OUT`.

    """

    path: str
    sha256: str
    label: str
    group: str
    part: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much goes to each side; the shares add up to 1."""

    shares: Mapping[str, float]

    @classmethod
    def of(cls, given: str | Sequence[float]) -> Ratio:
        """Two or three shares, as "0.8,0.2" or (0.8, 0.1, 0.1): train, validation and test.

        Raises:
            UsageError: other than two or three shares, one that is not above 0, or a sum other than 1.

        """
        shares = _numbers(given) if isinstance(given, str) else [float(x) for x in given]
        seen = given if isinstance(given, str) else ",".join(f"{x:g}" for x in shares)
        if len(shares) not in {2, 3} or not all(0 < x < 1 for x in shares) or not math.isclose(sum(shares), 1):
            raise UsageError(
                f"--ratio takes two or three shares above 0 that add up to 1, not '{seen}'",
                remedy="train and validation: --ratio 0.8,0.2; a test part as well: --ratio 0.8,0.1,0.1",
            )
        return cls(dict(zip(ROLES, shares, strict=False)))

    @property
    def parts(self) -> tuple[str, ...]:
        """The sides there are, train first."""
        return tuple(self.shares)

    def __str__(self) -> str:
        return ",".join(f"{x:g}" for x in self.shares.values())


def _numbers(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        return []


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a split.

    Attributes:
        part: train, validation or test.
        aim: share of the images that it should have, 0 to 1.
        classes: class to number of images, in class order.

    """

    part: str
    aim: float
    classes: Mapping[str, int]

    @property
    def images(self) -> int:
        """All of its images."""
        return sum(self.classes.values())


@dataclass(frozen=True, slots=True)
class Placed:
    """What was made of a split on disk.

    Attributes:
        to: the folder of the part folders.
        mode: how images got there: hardlink, symlink or copy.
        why: why not by hard links; empty when by them, or when a person chose.
        planned: how many were to be placed or moved.
        done, already: how many were, and how many stood there from before.
        stale: files that were placed earlier, of images that are no longer in the set; they are left.
        failed: (path, why) of each that could not be placed.

    """

    to: str
    mode: str
    why: str = ""
    planned: int = 0
    done: int = 0
    already: int = 0
    stale: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SplitResult:
    """What a split ended with.

    Attributes:
        base_dir: the folder as given.
        recorded_in: the file that keeps the split: the ledger or `split.csv`.
        ratio: as asked for.
        grouping: which images were kept together.
        near_duplicates: pairs of images that look the same and were kept together.
        wholes: how many sets of images that hang together were shared out anew.
        sides: train first.
        assigned: every image of the set, by path.
        new: paths that were not recorded before.
        torn: groups that lie on several sides as recorded earlier.
        unreadable: paths of images without a part, for they cannot be read.
        placed: what `--to` made; None without it.
        dry_run: whether nothing was written.
        seconds: wall time of the whole run.

    """

    base_dir: str
    recorded_in: str
    ratio: Ratio
    grouping: Grouping
    near_duplicates: int
    wholes: int
    sides: tuple[Side, ...]
    assigned: tuple[Assigned, ...]
    new: frozenset[str]
    torn: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    placed: Placed | None = None
    dry_run: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def part_of(self) -> dict[str, str]:
        """Path to train, validation, test or `LEFT_OUT`."""
        return {a.path: a.part for a in self.assigned}

    @property
    def left_out(self) -> tuple[str, ...]:
        """Images that hang together with several sides as recorded."""
        return tuple(a.path for a in self.assigned if a.part == LEFT_OUT)

    @property
    def exit_code(self) -> int:
        """0 fine, 4 when an image could not be placed."""
        return 4 if self.placed is not None and self.placed.failed else 0

    def __str__(self) -> str:
        whole = sum(s.images for s in self.sides)
        told = ", ".join(
            f"{s.part} {s.images:,} ({told_share(s.images / whole)}, aim {told_share(s.aim)})" for s in self.sides
        )
        return f"{self.base_dir}: {whole:,} images: {told}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.sides[0].classes)
        rows = "".join(
            f"<tr><th>{s.part}</th>{''.join(f'<td>{n:,}</td>' for n in s.classes.values())}</tr>" for s in self.sides
        )
        return f"<p>{html.escape(str(self))}</p><table><tr><th></th>{head}</tr>{rows}</table>"


def count_sides(assigned: Sequence[Assigned], ratio: Ratio, classes: Sequence[str]) -> tuple[Side, ...]:
    """The images of each side, per class in the order given; a recorded side that is not asked for aims at 0."""
    found = Counter((a.part, a.label) for a in assigned)
    parts = [p for p in ROLES if p in ratio.shares or any(found[p, c] for c in classes)]
    return tuple(Side(p, ratio.shares.get(p, 0.0), {c: found[p, c] for c in classes}) for p in parts)
