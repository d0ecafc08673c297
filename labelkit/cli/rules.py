"""labelkit rules: what rules are, how they get on with each other, and what their parameters change."""

from __future__ import annotations

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.rules_options import (
    CostEscape,
    CostHeld,
    CostOverkill,
    Files,
    GoldOption,
    GridOption,
    RejectOption,
    SourceOption,
    given_map,
    given_order,
    given_rules,
)
from labelkit.cli.sort import (
    AllowMissing,
    LabelColumn,
    MapOption,
    OnAbstain,
    OnConflict,
    Params,
    PolicyOption,
    RuleExpressions,
    RuleTimeout,
)
from labelkit.cli.table_options import (
    AggregateOption,
    ColumnsOption,
    EncodingOption,
    FileColumn,
    MetadataFiles,
    PadDigits,
    PathFields,
)
from labelkit.cli.words import names


@command(
    "rules show",
    examples=("labelkit rules show rules/threshold.py", "labelkit rules show rules/line.toml --json"),
)
def rules_show_command(
    shared: Shared,
    *,
    context: typer.Context,
    files: Files = None,
    rule: RuleExpressions = None,
    label_column: LabelColumn = None,
    map_: MapOption = None,
    param: Params = None,
    policy: PolicyOption = None,
    metadata: MetadataFiles = None,
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    path_fields: PathFields = None,
) -> Outcome:
    """Say what rules are: labels, columns, image features, parameters, priority. Needs no images; writes nothing.

    With a table it is told which columns are not there.
    """
    from labelkit.flows.rules_show import paths_there, show_rules
    from labelkit.reporting.rules_console import show_rules as show
    from labelkit.reporting.rules_json import shown_json

    s = shared.settings
    given = given_rules(shared, files, rule, label_column)
    found = show_rules(
        *given.files,
        rule=given.rule,
        label_column=given.label_column,
        map=given_map(shared, map_, given),
        param=param or [],
        order=given_order(context),
        policy=policy or s.text("policy"),
        metadata=metadata or paths_there(s.paths("metadata")),
        columns=names(columns) or s.texts("columns"),
        encoding=encoding or s.text("encoding"),
        contracts=s.tables("columns"),
        path_fields=path_fields or s.text("path_fields"),
    )
    return Outcome(shown_json(found), lambda c: show(found, c))


@command(
    "rules analyze",
    examples=(
        "labelkit rules analyze rules/threshold.py rules/dark.py",
        'labelkit rules analyze rules/threshold.py --gold verdict --map OK=GO --map "N.G.=NG"',
    ),
)
def rules_analyze_command(
    shared: Shared,
    *,
    context: typer.Context,
    files: Files = None,
    source: SourceOption = None,
    rule: RuleExpressions = None,
    label_column: LabelColumn = None,
    map_: MapOption = None,
    param: Params = None,
    gold: GoldOption = None,
    reject: RejectOption = None,
    policy: PolicyOption = None,
    on_abstain: OnAbstain = None,
    on_conflict: OnConflict = None,
    metadata: MetadataFiles = None,
    file: FileColumn = None,
    path_fields: PathFields = None,
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    pad_digits: PadDigits = None,
    aggregate: AggregateOption = None,
    allow_missing: AllowMissing = False,
    rule_timeout: RuleTimeout = None,
) -> Outcome:
    """Ask rules about every image, and say how they get on with each other. Places and records nothing.

    Coverage, overlaps and conflicts as Snorkel has them; gaps and double cover along the numbers that rules compare.
    """
    from labelkit.flows.rules_analyze import analyze_rules
    from labelkit.reporting.rules_console import show_analysis
    from labelkit.reporting.rules_json import analysis_json

    s = shared.settings
    given = given_rules(shared, files, rule, label_column)
    report = analyze_rules(
        *given.files,
        gold=gold,
        source=source or s.paths("source"),
        base_dir=shared.base_dir,
        rule=given.rule,
        label_column=given.label_column,
        map=given_map(shared, map_, given),
        param=param or [],
        order=given_order(context),
        policy=policy or s.text("policy"),
        on_abstain=on_abstain or s.text("on_abstain") or "hold",
        on_conflict=on_conflict or s.text("on_conflict") or "hold",
        metadata=metadata or s.paths("metadata"),
        file=file or s.text("file"),
        path_fields=path_fields or s.text("path_fields"),
        columns=names(columns) or s.texts("columns"),
        encoding=encoding or s.text("encoding"),
        contracts=s.tables("columns"),
        pad_digits=pad_digits or s.integer("pad_digits") or 0,
        aggregate=aggregate or s.texts("aggregate"),
        allow_missing=allow_missing,
        rule_timeout=s.number("rule_timeout") if rule_timeout is None else rule_timeout,
        reject=reject or s.text("reject"),
        meaning=s.mapping("meaning"),
        run=shared.run,
    )
    return Outcome(analysis_json(report), lambda c: show_analysis(report, c, verbose=shared.verbose))


@command(
    "rules tune",
    examples=(
        "labelkit rules tune rules/threshold.py --param threshold=60:95:5",
        "labelkit rules tune rules/line.toml --param threshold=70,80 --gold verdict --map OK=GO --map NG=NG",
    ),
)
def rules_tune_command(
    shared: Shared,
    *,
    context: typer.Context,
    files: Files = None,
    param: GridOption = None,
    source: SourceOption = None,
    rule: RuleExpressions = None,
    label_column: LabelColumn = None,
    map_: MapOption = None,
    gold: GoldOption = None,
    reject: RejectOption = None,
    cost_escape: CostEscape = 50,
    cost_overkill: CostOverkill = 1,
    cost_held: CostHeld = 1,
    policy: PolicyOption = None,
    on_abstain: OnAbstain = None,
    on_conflict: OnConflict = None,
    metadata: MetadataFiles = None,
    file: FileColumn = None,
    path_fields: PathFields = None,
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    pad_digits: PadDigits = None,
    aggregate: AggregateOption = None,
    allow_missing: AllowMissing = False,
    rule_timeout: RuleTimeout = None,
) -> Outcome:
    """Try values of rules' parameters: images a label, held ones, and what changes. Places and records nothing.

    Every image is read and decoded once for all values. With --gold also escape, overkill and the least cost.
    """
    from labelkit.domain.rules_tuning import Weights
    from labelkit.flows.rules_tune import tune_rules
    from labelkit.reporting.rules_console import show_tuning
    from labelkit.reporting.rules_json import tuning_json

    s = shared.settings
    given = given_rules(shared, files, rule, label_column)
    report = tune_rules(
        *given.files,
        grid=param or [],
        gold=gold,
        weights=Weights(cost_escape, cost_overkill, cost_held),
        source=source or s.paths("source"),
        base_dir=shared.base_dir,
        rule=given.rule,
        label_column=given.label_column,
        map=given_map(shared, map_, given),
        order=given_order(context),
        policy=policy or s.text("policy"),
        on_abstain=on_abstain or s.text("on_abstain") or "hold",
        on_conflict=on_conflict or s.text("on_conflict") or "hold",
        metadata=metadata or s.paths("metadata"),
        file=file or s.text("file"),
        path_fields=path_fields or s.text("path_fields"),
        columns=names(columns) or s.texts("columns"),
        encoding=encoding or s.text("encoding"),
        contracts=s.tables("columns"),
        pad_digits=pad_digits or s.integer("pad_digits") or 0,
        aggregate=aggregate or s.texts("aggregate"),
        allow_missing=allow_missing,
        rule_timeout=s.number("rule_timeout") if rule_timeout is None else rule_timeout,
        reject=reject or s.text("reject"),
        meaning=s.mapping("meaning"),
        run=shared.run,
    )
    return Outcome(tuning_json(report), lambda c: show_tuning(report, c))
