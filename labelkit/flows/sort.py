"""Sort: see the images, match rows, vote, decide, reconcile, and put each image where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from labelkit.domain.bundle import Predictions
from labelkit.domain.errors import DataError, StorageError, UsageError
from labelkit.domain.labeling import Feature, LabelingFunction
from labelkit.domain.names import label_fault, shown
from labelkit.domain.placing import LEDGER_NAME, Mode, Plan, StepReceipt
from labelkit.domain.predicted import PredictionsFile, fresh_line, fresh_predictions
from labelkit.domain.rules import GIVEN_ORDER
from labelkit.domain.sort_result import SortResult
from labelkit.domain.table import Table
from labelkit.flows.garbage import collected_rarely
from labelkit.flows.run import Run
from labelkit.flows.sort_contents import hasher
from labelkit.flows.sort_judge import Judged, judge, stop_when_unsettled
from labelkit.flows.sort_options import OnError, SortOptions, choice
from labelkit.flows.sort_record import carry_out
from labelkit.flows.sort_report import make_result, told_before
from labelkit.flows.sort_scene import hash_below, located
from labelkit.flows.sort_votes import RULE_TIMEOUT_S
from labelkit.flows.table_reading import TableReading
from labelkit.plugins.sources import GivenRule, load_sources
from labelkit.sorting.options import parse_on_unsettled, parse_policy
from labelkit.sorting.predicted import parse_confidence
from labelkit.sorting.reconcile import Candidate, make_plan
from labelkit.storage.frames import Frame, table_of_frame
from labelkit.storage.ledger import Ledger
from labelkit.storage.link_trial import try_links
from labelkit.storage.lock import exclusive
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.preflight import check
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger

Given = TypeVar("Given", Path | str, float | str)


def sort(  # noqa: PLR0913 - the public face of the command: one argument an option
    *source: Path | str,
    base_dir: Path | str = "base_dir",
    metadata: Sequence[Path | str] | Path | str | Frame = (),
    file: str | None = None,
    path_fields: str | None = None,
    columns: Sequence[str] = (),
    encoding: str | None = None,
    contracts: Mapping[str, object] | None = None,
    pad_digits: int = 0,
    aggregate: Sequence[str] | str = (),
    rules: Sequence[GivenRule | str] | GivenRule | str = (),
    rule: Sequence[str] | str = (),
    label_column: str | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002 - the option's name
    param: Mapping[str, object] | Sequence[str] = (),
    verdicts: Sequence[Path | str] | Path | str = (),
    from_predictions: Path | str | Predictions | None = None,
    min_confidence: Sequence[float | str] | float | str = (),
    order: Sequence[str] = GIVEN_ORDER,
    policy: str | None = None,
    mode: str = "copy",
    on_abstain: str = "hold",
    on_conflict: str = "hold",
    on_error: str = "stop",
    classes: Sequence[str] = (),
    dry_run: bool = False,
    allow_missing: bool = False,
    rule_timeout: float | None = None,
    jobs: int = 0,
    run: Run | None = None,
) -> SortResult:
    """Decide where each image goes, then put it there.

    Args:
        *source: folders of images, and single images.
        base_dir: the folder of class folders; made when it is not there.
        metadata: one or more tables, or a pandas DataFrame.
        file: the column that names the file, or a template over columns as `{station}/{serial}.bmp`.
        path_fields: fields to read from each path, as `{station}/{lot}_{serial}.bmp`.
        columns: names for the columns of tables without a header.
        encoding: how text tables are written, as `cp932`; None finds it.
        contracts: what columns hold, as `{"score": {"type": "number", "sentinels": [-1]}}`; the keys are those of the
            settings' `[tool.labelkit.columns.score]`.
        pad_digits: numbers in file names have so many digits: with 3, `7` in the table is `007` on disk.
        aggregate: what several rows of one image say together, as `min` or `score=min`.
        rules: rules files, or labeling functions and features themselves.
        rule: expressions, as `score >= 80 -> GO`.
        label_column: the column that holds labels.
        map: what values of that column mean, as `{"OK": "GO"}`.
        param: values of rule parameters, as `{"threshold": 85}` or `["by_score.threshold=85"]`.
        verdicts: tables of a person's answers, with the columns `file` and `verdict`; they outrank rules, and last.
        from_predictions: a model's answers: what `labelkit.predict` returned, or a file as `labelkit predict` writes it
            (JSON Lines or CSV).
        min_confidence: the least probability that counts as a vote, for all labels (0.9) or one (`"NG=0.6"`).
        order: the kinds of source ("rules", "rule", "label_column", "from_predictions"), highest priority first.
        policy: `priority`, `unanimous`, `majority` or `any:LABEL`; by default what a TOML rules file says, else
            `priority`.
        mode: `copy`, `hardlink`, `symlink`, `move` or `none`.
        on_abstain: `hold`, `error` or `label:X`.
        on_conflict: `hold`, `error` or `label:X`.
        on_error: `stop` or `hold`.
        classes: the ordered class names, to be recorded.
        dry_run: plan only; nothing is written anywhere.
        allow_missing: go on although more than half of the rows miss their file.
        rule_timeout: seconds that one rule may take for one image, 30 by default; 0 for no limit.
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
        reading=TableReading.of(
            columns=columns, encoding=encoding, contracts=contracts, pad_digits=pad_digits, aggregates=aggregate
        ),
        rules=_rules(rules),
        expressions=(rule,) if isinstance(rule, str) else tuple(rule),
        label_column=label_column,
        mapping=dict(map or {}),
        parameters=tuple(parameters),
        verdicts=tuple(Path(v) for v in _several(verdicts)),
        from_predictions=_predictions(from_predictions),
        min_confidence=parse_confidence([str(c) for c in _several(min_confidence)]),
        order=tuple(order),
        policy=parse_policy(policy) if policy else None,
        mode=Mode(choice(mode, Mode, option="--mode")),
        on_abstain=parse_on_unsettled(on_abstain, option="--on-abstain"),
        on_conflict=parse_on_unsettled(on_conflict, option="--on-conflict"),
        on_error=OnError(choice(on_error, OnError, option="--on-error")),
        classes=tuple(classes),
        dry_run=dry_run,
        allow_missing=allow_missing,
        rule_timeout=RULE_TIMEOUT_S if rule_timeout is None else rule_timeout,
    )
    return run_sort(options, run or Run(jobs=jobs))


def _several(given: Sequence[Given] | Given) -> Sequence[Given]:
    return given if isinstance(given, Sequence) and not isinstance(given, str) else [given]


def _tables(given: Sequence[Path | str] | Path | str | Frame) -> tuple[Path, ...] | Table:
    if isinstance(given, (str, Path)):
        return (Path(given),)
    return tuple(Path(m) for m in given) if isinstance(given, Sequence) else table_of_frame(given)


def _predictions(given: Path | str | Predictions | None) -> Path | PredictionsFile | None:
    if isinstance(given, Predictions):
        return fresh_predictions(given.model, given.class_map.classes, map(fresh_line, given))
    return None if given is None else Path(given)


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
        beside=options.beside,
    )
    with collected_rarely(), ExitStack() as held:
        ledger = _ledger_to_read(options, run, held)
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
            ledger = _ledger_to_write(options, run, held, ledger)
            try_links(plan)
            receipts = carry_out(options, run, judged, plan, ledger)
        seconds = {"decide": voted - began, "place": run.now() - voted}
        return make_result(options, run, judged, plan, needs, said=said, receipts=receipts, seconds=seconds)


def _ledger_to_read(options: SortOptions, run: Run, held: ExitStack) -> Ledger:
    """The ledger as it is: with the lock and after recovery when the run will write, else without touching it."""
    if not (options.base_dir / LEDGER_NAME).exists():
        return MemoryLedger()
    if options.dry_run:
        return _closing(held, open_ledger(options.base_dir, create=False, read_only=True))
    held.enter_context(exclusive(options.base_dir, run_id=run.id, say=run.progress.note))
    ledger = _closing(held, open_ledger(options.base_dir, create=False))
    recover(options.base_dir, ledger)
    return ledger


def _ledger_to_write(options: SortOptions, run: Run, held: ExitStack, ledger: Ledger) -> Ledger:
    if not isinstance(ledger, MemoryLedger):
        return ledger
    try:
        options.base_dir.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        remedy = "give a base_dir in a folder that you may write into, on a disk with room"
        raise StorageError(f"cannot make {options.base_dir}: {e.strerror}", remedy=remedy) from e
    held.enter_context(exclusive(options.base_dir, run_id=run.id, say=run.progress.note))
    return _closing(held, open_ledger(options.base_dir, create=True))


def _closing(held: ExitStack, ledger: Ledger) -> Ledger:
    held.callback(ledger.close)
    return ledger


def _plan(options: SortOptions, judged: Judged) -> Plan:
    base_dir = os.path.abspath(options.base_dir)  # noqa: PTH100 - as walk does
    images, placements = judged.scene.images, judged.standing.placements
    check_labels(sorted({c.label for c in judged.choices if c.label is not None}), options.classes)
    candidates = [
        Candidate(s.key, s.stamp, c.label, placements.get(s.key)) for s, c in zip(images, judged.choices, strict=True)
    ]
    where = located(images, base_dir, placements)
    others = {placements[k].target for k in judged.unseen}
    return make_plan(
        candidates,
        base_dir=base_dir,
        mode=options.mode,
        foreign=[*judged.standing.found.foreign, *others],
        hash_of=hasher(candidates, where),
        hash_of_foreign=_of_nobodys(base_dir, others),
    )


def _of_nobodys(base_dir: str, others: Collection[str]) -> Callable[[str], str]:
    """SHA-256 of files that stand for no image yet; of others none, for two images never share one file."""
    hash_of = hash_below(base_dir)
    return lambda path: "" if path in others else hash_of(path)


def check_labels(labels: Sequence[str], classes: Sequence[str] = ()) -> None:
    """Hold that every label can be a class folder, and is among the classes where an order is declared.

    Raises:
        DataError: a label that no folder can be called.
        UsageError: a label that the declared classes leave out.

    """
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
