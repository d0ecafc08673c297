"""Split: which image trains, validates or tests, recorded so that it never changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.groups import Grouping
from labelkit.domain.parts import ROLES, find_parts, is_part_name
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.split import SPLIT_NAME, Assigned, Ratio, SplitResult, Splittable, count_sides
from labelkit.flows.groups import GroupsWanted, find_groups, guesses
from labelkit.flows.ledger import own_ledger
from labelkit.flows.run import Run
from labelkit.flows.split_look import Looked, look_at_images
from labelkit.flows.split_place import check_to, named_mode, place_parts
from labelkit.sorting.assign import Assignment, assign
from labelkit.storage.half_done import half_done
from labelkit.storage.ledger import Ledger
from labelkit.storage.split_record import (
    add_to_split_file,
    check_split_file,
    has_ledger,
    news,
    read_split_file,
    recorded_split,
)
from labelkit.storage.walk import walk


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, checked."""

    ratio: Ratio
    groups: GroupsWanted
    seed: int
    dry_run: bool


def split(  # noqa: PLR0913 - the public API: one keyword for each option of the command
    base_dir: str | Path = "base_dir",
    *,
    ratio: str | Sequence[float] | None = None,
    group_by: str | None = None,
    metadata: Sequence[str | Path] | str | Path = (),
    to: str | Path | None = None,
    mode: str | None = None,
    seed: int = 0,
    dry_run: bool = False,
    jobs: int = 0,
    run: Run | None = None,
) -> SplitResult:
    """Share the images of class folders out to train, validation and test, and record it.

    Each class comes as near to the ratio as whole groups allow. Images with the same bytes, near-duplicates and images
    of one group go to one side. What was recorded before stays, told by content; new images join the side of those they
    hang together with.

    Args:
        base_dir: the folder of class folders.
        ratio: two or three shares that add up to 1: train, validation, test; left out: 0.8 and 0.2, or 0.8, 0.1 and 0.1
            where a test part is recorded.
        group_by: a column of `metadata` or the ledger, a template as `{lot}_*` or a regular expression over paths,
            "day", or "none"; left out, it is guessed and said.
        metadata: tables that have that column.
        to: also place the images into `to`/train, `to`/validation and `to`/test, in class folders.
        mode: how: "hardlink", "symlink" or "copy"; left out: the first of them that can be made there.
        seed: of the order among groups of one size.
        dry_run: write nothing.
        jobs: worker processes; 0 means one a core. `run` beats it.
        run: the run's context; made when not given.

    Raises:
        UsageError: a class that would have no image on one side, or an argument that cannot be used.
        StorageError: something cannot be written, or another process is at work there.

    """
    context = run or Run(jobs=jobs)
    began = context.now()
    tables = [metadata] if isinstance(metadata, (str, Path)) else metadata
    wanted = _Wanted(
        _ratio(ratio, Path(base_dir)), GroupsWanted(group_by, tuple(Path(m) for m in tables)), seed, dry_run
    )
    chosen = named_mode(mode)
    if to is not None:
        check_to(Path(to), Path(base_dir))
    _refuse_half(str(base_dir))
    _refuse_parts(Path(base_dir))
    from labelkit.training.folder import find_dataset

    dataset = find_dataset(base_dir)
    looked = look_at_images(dataset, context)
    result = _recorded(Path(base_dir), dataset, looked, wanted, context)
    if to is not None:
        placed = place_parts(result, dataset, Path(to), mode=chosen, run=context)
        result = replace(result, placed=placed)
    return replace(result, seconds=context.now() - began)


def _ratio(given: str | Sequence[float] | None, base_dir: Path) -> Ratio:
    if given is not None:
        return Ratio.of(given)
    tested = any(a.part == ROLES[2] for a in recorded_split(base_dir))
    return Ratio.of("0.8,0.1,0.1" if tested else "0.8,0.2")


def _refuse_half(base_dir: str) -> None:
    why = half_done(base_dir)
    if why:
        raise StorageError(why, place=base_dir, remedy="let the sort end, or run it again; then split the whole set")


def _refuse_parts(base_dir: Path) -> None:
    if not base_dir.is_dir() or not any(is_part_name(path.name) for path in base_dir.iterdir()):
        return
    parts = [part.folder for part in find_parts(walk(base_dir)) if part.role]
    if parts:
        raise UsageError(
            f"{base_dir} is split already: it holds the part folders {', '.join(parts)}",
            remedy="split the folder that they were made of; --to brings part folders in line",
        )


def _recorded(base_dir: Path, dataset: Dataset, looked: Looked, wanted: _Wanted, run: Run) -> SplitResult:
    """Assign every image under the lock of the ledger, so that two splits at once cannot contradict each other."""
    with _record(base_dir, run, dry_run=wanted.dry_run) as record:
        grouping, assignment = _assigned(base_dir, dataset, looked, record.before, wanted)
        if not wanted.dry_run:
            record.add(news(assignment.assigned, record.before))
    sides = count_sides(assignment.assigned, wanted.ratio, dataset.class_map.classes)
    return SplitResult(
        base_dir=str(base_dir),
        recorded_in=str(base_dir / record.name),
        ratio=wanted.ratio,
        grouping=grouping,
        near_duplicates=len(looked.pairs),
        wholes=assignment.wholes,
        sides=sides,
        assigned=assignment.assigned,
        new=assignment.new,
        torn=assignment.torn,
        unreadable=looked.unreadable,
        dry_run=wanted.dry_run,
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """Where a split is kept: `before` is what it holds, oldest first; without a ledger it is `split.csv`."""

    base_dir: Path
    before: tuple[Assigned, ...]
    ledger: Ledger | None
    name: str

    def add(self, new: Sequence[Assigned]) -> None:
        if self.ledger is not None and new:
            self.ledger.record_parts(new)
        elif new:
            add_to_split_file(self.base_dir, self.before, new)


@contextmanager
def _record(base_dir: Path, run: Run, *, dry_run: bool) -> Iterator[_Record]:
    if has_ledger(base_dir):
        if dry_run:
            yield _Record(base_dir, recorded_split(base_dir), None, LEDGER_NAME)
            return
        with own_ledger(base_dir, run) as ledger:
            earlier = tuple(ledger.parts())
            yield _Record(base_dir, earlier or read_split_file(base_dir) or (), ledger, LEDGER_NAME)
        return
    check_split_file(base_dir)
    yield _Record(base_dir, read_split_file(base_dir) or (), None, SPLIT_NAME)


def _assigned(
    base_dir: Path, dataset: Dataset, looked: Looked, before: Sequence[Assigned], wanted: _Wanted
) -> tuple[Grouping, Assignment]:
    """The assignment, by the groups that were named, else by the widest guess that leaves each class on each side."""
    labels = dict(dataset.samples)
    paths = [f.path for f in looked.facts]
    sha256 = {f.path: f.sha256 for f in looked.facts}
    named = wanted.groups.by is not None
    options = [find_groups(base_dir, paths, wanted.groups)] if named else guesses(base_dir, paths, wanted.groups)
    said: tuple[str, ...] = ()
    for last, grouping in zip([*[False] * (len(options) - 1), True], options, strict=True):
        images = [Splittable(p, sha256[p], labels[p], grouping.group_of.get(p, "")) for p in paths]
        try:
            found = assign(images, looked.pairs, before, ratio=wanted.ratio, seed=wanted.seed)
        except UsageError as e:
            if last:
                raise
            said = (*said, f"{grouping.by} cannot be kept whole: {e.message}")
        else:
            return replace(grouping, said=(*said, *grouping.said)), found
    raise AssertionError("the last grouping either fits or raises")
