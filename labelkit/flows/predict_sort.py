"""`predict --sort-into`: what a model says of images becomes the votes of a sort of the same images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.domain.bundle import Prediction, PredictSummary
from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import LEDGER_NAME, Action, Mode, Plan, Step
from labelkit.domain.predicted import PredictedLine, PredictionsFile, fresh_line, fresh_predictions
from labelkit.domain.units import told_bytes
from labelkit.flows.ledger import own_ledger
from labelkit.flows.predict import PredictionStream, check_there, drain, no_images, stream_images
from labelkit.flows.run import Run
from labelkit.flows.sort import check_labels
from labelkit.flows.sort_options import SortOptions, choice
from labelkit.flows.sort_overlaps import seen_once_each
from labelkit.flows.sort_scene import SourceImage, located, moved_away, see, standing_in
from labelkit.sorting.predicted import check_confidence, parse_confidence
from labelkit.storage.ledger import Ledger
from labelkit.storage.link_trial import try_links
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.preflight import check

_NOT_YET = PredictionsFile("", "", (), ())
_NO_BYTES = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ReadyToSort:
    """A sort that waits for its predictions.

    Attributes:
        stream: where they come from: one for each image that the sort will see, in the order given.
        options: the sort, but for them.

    """

    stream: PredictionStream
    options: SortOptions


def sorting_into(
    base_dir: Path, paths: Sequence[Path], *, mode: str = "copy", min_confidence: Sequence[str] = ()
) -> SortOptions:
    """A sort by predictions, in the words of `labelkit sort`.

    Raises:
        UsageError: a word that is none of them.

    """
    return SortOptions(
        sources=tuple({_absolute(p): p for p in paths}.values()),
        base_dir=base_dir,
        from_predictions=_NOT_YET,
        min_confidence=parse_confidence(min_confidence),
        mode=Mode(choice(mode, Mode, option="--mode")),
    )


def ready_to_sort(bundle: str | Path, options: SortOptions, *, run: Run) -> ReadyToSort:
    """See the images, open the bundle, and refuse what cannot end well, before anything is predicted or written.

    Args:
        bundle: a folder that `train` wrote.
        options: of `sorting_into`; its sources are folders of images, and single images.
        run: progress and number of threads.

    Raises:
        UsageError: no such file or folder; no image; base_dir and the sources are not apart; an image that stands in
            base_dir as one of another source.
        StorageError: another process is at work in base_dir, or it cannot be written.
        BundleError, MissingExtraError: as `labelkit.predict`.

    """
    check(Plan(_absolute(options.base_dir), options.mode, ()), options.sources)
    with _ledger(options.base_dir, run) as ledger:
        images = _look(options, ledger)
        stream = stream_images(bundle, [told for told, _ in images], run=run)
        classes = stream.card.class_map.classes
        check_confidence(options.min_confidence, classes)
        check_labels(classes)
        rehearsal = _rehearsal(options, [image for _, image in images], classes)
        free = check(rehearsal, options.sources).bytes_free
        if not isinstance(ledger, MemoryLedger):
            try_links(rehearsal)
        if options.mode is Mode.COPY:
            _tell_room([image for _, image in images], ledger, free, run)
    return ReadyToSort(stream, options)


def _tell_room(images: Sequence[SourceImage], ledger: Ledger, free: int, run: Run) -> None:
    """Say it now where not all images fit: how many the model will be sure of is not known yet."""
    placed = ledger.placements()
    needed = sum(i.stamp[0] for i in images if i.key not in placed)
    if needed > free:
        run.progress.note(
            f"not all images would fit: {told_bytes(needed)} needed, {told_bytes(free)} free; --mode hardlink, "
            "--mode symlink and --mode none need none"
        )


def answered(
    ready: ReadyToSort, sinks: Sequence[Callable[[Prediction], None]], *, keep: int | None
) -> tuple[PredictSummary, SortOptions]:
    """Make every prediction and hand it to each sink: what they came to, and the sort that `run_sort` can carry out.

    Args:
        ready: of `ready_to_sort`.
        sinks: told of each prediction, in order.
        keep: how many of the first predictions the summary holds; None: all.

    """
    lines: list[PredictedLine] = []
    summary = drain(ready.stream, [*sinks, lambda p: lines.append(fresh_line(p))], keep=keep)
    given = fresh_predictions(ready.stream.model, summary.card.class_map.classes, lines)
    return summary, replace(ready.options, from_predictions=given)


@contextmanager
def _ledger(base_dir: Path, run: Run) -> Iterator[Ledger]:
    """The ledger of base_dir, held alone for this moment; an empty one where nothing was sorted yet."""
    if not (base_dir / LEDGER_NAME).exists():
        yield MemoryLedger()
        return
    with own_ledger(base_dir, run) as ledger:
        yield ledger


def _look(options: SortOptions, ledger: Ledger) -> list[tuple[str, SourceImage]]:
    """Each image that the sort will see, once, in the order given, and its path as it is told to people."""
    placements = standing_in(options.base_dir, ledger.placements()).placements
    check_there([s for s in options.sources if moved_away(_absolute(s), placements) is None])
    images = see(options.sources, placements, ledger.decided()).images
    if not images:
        raise no_images(options.sources)
    seen_once_each(images, placements, options.base_dir)
    roots = {_absolute(s): os.fspath(s) for s in options.sources}
    order = {root: n for n, root in enumerate(roots)}
    found = []
    where = located(images, _absolute(options.base_dir), placements)
    for image, path in zip(images, where, strict=True):
        whole = _whole(image.key)
        given = min((r for r in (whole, image.key.root) if r in roots), key=order.__getitem__)
        found.append((order[given], path if image.moved else roots[given] + whole[len(given) :], image))
    return [(told, image) for _, told, image in sorted(found, key=lambda f: f[0])]


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - as walk does


def _whole(key: ImageKey) -> str:
    """The absolute path of an image in its source, as the file system has it."""
    return os.path.normpath(f"{key.root}/{key.path}")


def _rehearsal(options: SortOptions, images: Sequence[SourceImage], classes: Sequence[str]) -> Plan:
    """One image of each source, and one into each class: what does not hold for these few cannot hold for all.

    Their bytes are not counted: nobody knows yet how many images will be placed.
    """
    here = list({i.key.root: i.key for i in images if not i.moved}.values())
    few = (
        []
        if options.mode is Mode.NONE
        else [*((k, classes[0]) for k in here), *((k, c) for k in here[:1] for c in classes)]
    )
    steps = (Step(Action.PLACE, key, _NO_BYTES, f"{c}/{key.path.rpartition('/')[2]}") for key, c in dict.fromkeys(few))
    return Plan(_absolute(options.base_dir), options.mode, tuple(steps))
