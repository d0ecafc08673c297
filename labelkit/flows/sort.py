"""Sort: see the images, match rows, vote, decide, reconcile, and put each image where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from labelkit.domain.errors import DataError, StorageError, UsageError
from labelkit.domain.labeling import Feature, LabelingFunction
from labelkit.domain.names import label_fault, shown
from labelkit.domain.placing import LEDGER_NAME, Mode, Plan, StepReceipt
from labelkit.domain.rules import GIVEN_ORDER
from labelkit.domain.sort_result import SortResult
from labelkit.domain.table import Table
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import Judged, judge, stop_when_unsettled
from labelkit.flows.sort_options import OnError, SortOptions, choice
from labelkit.flows.sort_record import carry_out
from labelkit.flows.sort_report import make_result, told_before
from labelkit.flows.sort_scene import hash_below, located
from labelkit.plugins.sources import GivenRule, load_sources
from labelkit.sorting.options import parse_on_unsettled, parse_policy
from labelkit.sorting.reconcile import Candidate, make_plan
from labelkit.storage.frames import Frame, table_of_frame
from labelkit.storage.hashing import sha256_of
from labelkit.storage.ledger import Ledger
from labelkit.storage.lock import exclusive
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.preflight import check
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger


def sort(  # noqa: PLR0913 - the public face of the command: one argument an option
    *source: Path | str,
    base_dir: Path | str = "base_dir",
    metadata: Sequence[Path | str] | Path | str | Frame = (),
    file: str | None = None,
    path_fields: str | None = None,
    columns: Sequence[str] = (),
    rules: Sequence[GivenRule | str] | GivenRule | str = (),
    rule: Sequence[str] | str = (),
    label_column: str | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002 - the option's name
    param: Mapping[str, object] | Sequence[str] = (),
    order: Sequence[str] = GIVEN_ORDER,
    policy: str | None = None,
    mode: str = "copy",
    on_abstain: str = "hold",
    on_conflict: str = "hold",
    on_error: str = "stop",
    classes: Sequence[str] = (),
    dry_run: bool = False,
    allow_missing: bool = False,
    jobs: int = 0,
    run: Run | None = None,
) -> SortResult:
    """Decide where each image goes, then put it there.

    Args:
        *source: folders of images.
        base_dir: the folder of class folders; made when it is not there.
        metadata: one or more tables, or a pandas DataFrame.
        file: the column that names the file, or a template over columns as `{station}/{serial}.bmp`.
        path_fields: fields to read from each path, as `{station}/{lot}_{serial}.bmp`.
        columns: names for the columns of tables without a header.
        rules: rules files, or labeling functions and features themselves.
        rule: expressions, as `score >= 80 -> GO`.
        label_column: the column that holds labels.
        map: what values of that column mean, as `{"OK": "GO"}`.
        param: values of rule parameters, as `{"threshold": 85}` or `["by_score.threshold=85"]`.
        order: the kinds of source ("rules", "rule", "label_column"), highest priority first.
        policy: `priority`, `unanimous`, `majority` or `any:LABEL`; by default what a TOML rules file says, else
            `priority`.
        mode: `copy`, `hardlink`, `symlink`, `move` or `none`.
        on_abstain: `hold`, `error` or `label:X`.
        on_conflict: `hold`, `error` or `label:X`.
        on_error: `stop` or `hold`.
        classes: the ordered class names, to be recorded.
        dry_run: plan only; nothing is written anywhere.
        allow_missing: go on although more than half of the rows miss their file.
        jobs: worker processes; 0 means one a core.
        run: the run's context; made when not given.

    Raises:
        LabelkitError: each kind with its exit code; see `labelkit.domain.errors`.

    """
    parameters = [f"{k}={v}" for k, v in param.items()] if isinstance(param, Mapping) else list(param)
    options = SortOptions(
        sources=tuple(Path(s) for s in source),
        base_dir=Path(base_dir),
        metadata=_tables(metadata),
        file=file,
        path_fields=path_fields,
        columns=tuple(columns),
        rules=_rules(rules),
        expressions=(rule,) if isinstance(rule, str) else tuple(rule),
        label_column=label_column,
        mapping=dict(map or {}),
        parameters=tuple(parameters),
        order=tuple(order),
        policy=parse_policy(policy) if policy else None,
        mode=Mode(choice(mode, Mode, option="--mode")),
        on_abstain=parse_on_unsettled(on_abstain, option="--on-abstain"),
        on_conflict=parse_on_unsettled(on_conflict, option="--on-conflict"),
        on_error=OnError(choice(on_error, OnError, option="--on-error")),
        classes=tuple(classes),
        dry_run=dry_run,
        allow_missing=allow_missing,
    )
    return run_sort(options, run or Run(jobs=jobs))


def _tables(given: Sequence[Path | str] | Path | str | Frame) -> tuple[Path, ...] | Table:
    if isinstance(given, (str, Path)):
        return (Path(given),)
    return tuple(Path(m) for m in given) if isinstance(given, Sequence) else table_of_frame(given)


def _rules(
    given: Sequence[GivenRule | str] | GivenRule | str,
) -> tuple[GivenRule, ...]:
    listed = [given] if isinstance(given, (str, Path, LabelingFunction, Feature)) else given
    return tuple(Path(r) if isinstance(r, str) else r for r in listed)


def run_sort(options: SortOptions, run: Run) -> SortResult:
    """The story of a sort."""
    began = run.now()
    sources = load_sources(
        options.rules,
        options.expressions,
        label_column=options.label_column,
        mapping=options.mapping,
        parameters=options.parameters,
        order=options.order,
    )
    with ExitStack() as held:
        ledger = _ledger_to_read(options, held)
        judged = judge(options, sources, ledger, run)
        voted = run.now()
        stop_when_unsettled(options, judged)
        plan = _plan(options, judged)
        needs = check(plan, options.sources)
        said = tuple(told_before(options, judged, plan, needs))
        for line in said:
            run.progress.note(line)
        receipts: list[StepReceipt] = []
        if not options.dry_run:
            ledger = _ledger_to_write(options, held, ledger)
            receipts = carry_out(options, run, judged, plan, ledger)
        seconds = {"decide": voted - began, "place": run.now() - voted}
        return make_result(options, run, judged, plan, needs, said=said, receipts=receipts, seconds=seconds)


def _ledger_to_read(options: SortOptions, held: ExitStack) -> Ledger:
    """The ledger as it is: with the lock and after recovery when the run will write, else without touching it."""
    if not (options.base_dir / LEDGER_NAME).exists():
        return MemoryLedger()
    if options.dry_run:
        return _closing(held, open_ledger(options.base_dir, create=False, read_only=True))
    held.enter_context(exclusive(options.base_dir))
    ledger = _closing(held, open_ledger(options.base_dir, create=False))
    recover(options.base_dir, ledger)
    return ledger


def _ledger_to_write(options: SortOptions, held: ExitStack, ledger: Ledger) -> Ledger:
    if not isinstance(ledger, MemoryLedger):
        return ledger
    try:
        options.base_dir.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StorageError(f"cannot make {options.base_dir}: {e.strerror}") from e
    held.enter_context(exclusive(options.base_dir))
    return _closing(held, open_ledger(options.base_dir, create=True))


def _closing(held: ExitStack, ledger: Ledger) -> Ledger:
    held.callback(ledger.close)
    return ledger


def _plan(options: SortOptions, judged: Judged) -> Plan:
    base_dir = os.path.abspath(options.base_dir)  # noqa: PTH100 - as walk does
    images, placements = judged.scene.images, judged.standing.placements
    _check_labels(sorted({c.label for c in judged.choices if c.label is not None}), options.classes)
    candidates = [
        Candidate(s.key, s.stamp, c.label, placements.get(s.key)) for s, c in zip(images, judged.choices, strict=True)
    ]
    where = located(images, base_dir, placements)
    return make_plan(
        candidates,
        base_dir=base_dir,
        mode=options.mode,
        foreign=[*judged.standing.found.foreign, *(placements[k].target for k in judged.unseen)],
        hash_of=_hasher(candidates, where),
        hash_of_foreign=hash_below(base_dir),
    )


def _check_labels(labels: Sequence[str], classes: Sequence[str]) -> None:
    for label in labels:
        fault = label_fault(label)
        if fault:
            raise DataError(f"'{shown(label)}' cannot be a class folder: {fault}", remedy="nothing was moved")
    left_out = [label for label in labels if classes and label not in classes]
    if left_out:
        raise UsageError(
            f"--classes leaves out {', '.join(left_out)}",
            remedy=f"name them too: --classes {','.join([*classes, *left_out])}",
        )


def _hasher(candidates: Sequence[Candidate], where: Sequence[str]) -> Callable[[int], str]:
    """SHA-256 of a candidate: as recorded while its stamp is unchanged, else read."""
    known: dict[int, str] = {}

    def hash_of(i: int) -> str:
        p = candidates[i].placement
        if p is not None and p.source_stamp == candidates[i].stamp:
            return p.sha256
        if i not in known:
            known[i] = sha256_of(where[i])
        return known[i]

    return hash_of
