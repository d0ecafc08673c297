"""labelkit sort: decide where each image goes, then put it there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.interrupts import GOES_ON
from labelkit.cli.table_options import (
    MEETING,
    AggregateOption,
    ColumnsOption,
    EncodingOption,
    FileColumn,
    MetadataFiles,
    PadDigits,
    PathFields,
)
from labelkit.cli.words import names, pairs

Given = TypeVar("Given")
_WHAT, _HOW = "What decides", "How"

ORDER = "labelkit.order"
"""Where the context of a command keeps in which order the kinds of source were given."""


def _note_order(context: typer.Context, param: typer.CallbackParam, value: Given) -> Given:
    """Remember in which order the kinds of source were given; Typer calls this in that order."""
    if value and param.name:
        context.meta.setdefault(ORDER, []).append(param.name)
    return value


Source = Annotated[
    list[Path] | None,
    typer.Argument(metavar="SOURCE", help="Folders of images, and single images.  \\[default: source of the settings]"),
]
AllowMissing = Annotated[
    bool,
    typer.Option(
        "--allow-missing", metavar="", help="Go on although most rows miss their file.", rich_help_panel=MEETING
    ),
]
RulesFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        callback=_note_order,
        metavar="FILE",
        help="A rules file: .py (a program, run with your rights) or .toml.",
        rich_help_panel=_WHAT,
    ),
]
RuleExpressions = Annotated[
    list[str] | None,
    typer.Option(
        "--rule",
        callback=_note_order,
        metavar="EXPRESSION",
        help='An expression: "score >= 80 -> GO".',
        rich_help_panel=_WHAT,
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column",
        callback=_note_order,
        metavar="NAME",
        help="The column that holds labels.",
        rich_help_panel=_WHAT,
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="VALUE=LABEL", help="What a value of it means: OK=GO; repeat for more.", rich_help_panel=_WHAT
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="A rule's parameter: threshold=85 or by_score.threshold=85.",
        rich_help_panel=_WHAT,
    ),
]
VerdictFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--verdicts",
        metavar="FILE",
        help="A person's answers: a table with file and verdict; they outrank rules, and last.",
        rich_help_panel=_WHAT,
    ),
]
FromPredictions = Annotated[
    Path | None,
    typer.Option(
        "--from-predictions",
        callback=_note_order,
        metavar="FILE",
        help="A model's answers, as predict --jsonl or --csv wrote them.",
        rich_help_panel=_WHAT,
    ),
]
MinConfidence = Annotated[
    list[str] | None,
    typer.Option(
        "--min-confidence",
        metavar="P|LABEL=P",
        help="The least probability that counts as its vote: 0.95 or NG=0.6.  \\[default: 0.9]",
        rich_help_panel=_WHAT,
    ),
]
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="priority, unanimous, majority or any:LABEL.  \\[default: priority]",
        rich_help_panel=_WHAT,
    ),
]
OnAbstain = Annotated[
    str | None,
    typer.Option(
        "--on-abstain",
        metavar="WHAT",
        help="hold, error or label:X where nothing votes.  \\[default: hold]",
        rich_help_panel=_WHAT,
    ),
]
OnConflict = Annotated[
    str | None,
    typer.Option(
        "--on-conflict",
        metavar="WHAT",
        help="hold, error or label:X where votes differ.  \\[default: hold]",
        rich_help_panel=_WHAT,
    ),
]
OnErrorOption = Annotated[
    str | None,
    typer.Option(
        "--on-error", metavar="WHAT", help="stop or hold where a rule raises.  \\[default: stop]", rich_help_panel=_WHAT
    ),
]
RuleTimeout = Annotated[
    float | None,
    typer.Option(
        "--rule-timeout",
        metavar="SECONDS",
        min=0,
        help="What one rule may take for one image; 0: no limit.  \\[default: 30]",
        rich_help_panel=_HOW,
    ),
]
ModeOption = Annotated[
    str | None,
    typer.Option(
        "--mode", metavar="MODE", help="copy, hardlink, symlink, move or none.  \\[default: copy]", rich_help_panel=_HOW
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes", metavar="A,B,...", help="The class order to record, index 0 first: GO,NG.", rich_help_panel=_HOW
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", metavar="", help="Show the plan; write nothing anywhere.", rich_help_panel=_HOW)
]
Strict = Annotated[
    bool, typer.Option("--strict", metavar="", help="Exit 1 when images are held.", rich_help_panel=_HOW)
]


@command(
    "sort",
    interrupted=GOES_ON,
    examples=(
        "labelkit sort --rules rules/threshold.py",
        'labelkit sort --rule "score >= 80 -> GO" --rule "score < 80 -> NG"',
        'labelkit sort --label-column verdict --map OK=GO --map "N.G.=NG" --dry-run',
    ),
)
def sort_command(
    shared: Shared,
    *,
    context: typer.Context,
    source: Source = None,
    metadata: MetadataFiles = None,
    file: FileColumn = None,
    path_fields: PathFields = None,
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    pad_digits: PadDigits = None,
    aggregate: AggregateOption = None,
    rules: RulesFiles = None,
    rule: RuleExpressions = None,
    label_column: LabelColumn = None,
    map_: MapOption = None,
    param: Params = None,
    verdicts: VerdictFiles = None,
    from_predictions: FromPredictions = None,
    min_confidence: MinConfidence = None,
    policy: PolicyOption = None,
    mode: ModeOption = None,
    on_abstain: OnAbstain = None,
    on_conflict: OnConflict = None,
    on_error: OnErrorOption = None,
    rule_timeout: RuleTimeout = None,
    classes: ClassesOption = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    allow_missing: AllowMissing = False,
) -> Outcome:
    """Decide where each image goes, then put it there.

    Only labeled images enter class folders; the others are held and counted.
    Sorting again brings the folders in line with the new decisions.
    A file that a person dragged to another class folder stays there.
    With --verdicts or --from-predictions and no rule, all other images stay as they are.
    """
    from labelkit.flows.sort import sort
    from labelkit.reporting.sort_console import show_sort
    from labelkit.reporting.sort_json import sort_json

    s = shared.settings
    votes_given = bool(rules or rule or label_column)
    result = sort(
        *(source or s.paths("source")),
        base_dir=shared.base_dir,
        metadata=metadata or s.paths("metadata"),
        file=file or s.text("file"),
        path_fields=path_fields or s.text("path_fields"),
        columns=names(columns) or s.texts("columns"),
        encoding=encoding or s.text("encoding"),
        contracts=s.tables("columns"),
        pad_digits=pad_digits or s.integer("pad_digits") or 0,
        aggregate=aggregate or s.texts("aggregate"),
        rules=rules or ([] if votes_given else s.rules()),
        rule=rule or ([] if votes_given else s.texts("rule")),
        label_column=label_column or (None if votes_given else s.text("label_column")),
        map=pairs(map_ or [], option="--map") or ({} if votes_given and not label_column else s.mapping("map")),
        param=param or [],
        verdicts=verdicts or [],
        from_predictions=from_predictions,
        min_confidence=min_confidence or [],
        order=context.meta.get(ORDER, ()) if votes_given else (),
        policy=policy or s.text("policy"),
        mode=mode or s.text("mode") or "copy",
        on_abstain=on_abstain or s.text("on_abstain") or "hold",
        on_conflict=on_conflict or s.text("on_conflict") or "hold",
        on_error=on_error or s.text("on_error") or "stop",
        classes=names(classes) or s.texts("classes"),
        dry_run=dry_run,
        allow_missing=allow_missing,
        rule_timeout=s.number("rule_timeout") if rule_timeout is None else rule_timeout,
        run=shared.run,
    )
    code = 4 if result.failed else int(strict and result.held > 0)
    flag = str(shared.base_dir_flag or "")
    return Outcome(sort_json(result), lambda c: show_sort(result, c, verbose=shared.verbose, base_dir=flag), code)
