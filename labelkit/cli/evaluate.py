"""`labelkit evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.group_options import EvaluateGroupByOption, GroupTables
from labelkit.cli.predict import BundleArgument
from labelkit.cli.train import BaseDirArgument, chosen_base_dir

_HOW = "How"

CostEscapeOption = Annotated[
    float | None,
    typer.Option(
        metavar="COST",
        help="What a reject let through costs; tells the cheapest threshold.",
        rich_help_panel=_HOW,
    ),
]
CostOverkillOption = Annotated[
    float | None,
    typer.Option(
        metavar="COST",
        help="What a good one rejected costs, in the same unit.  \\[default: 1]",
        rich_help_panel=_HOW,
    ),
]
AllowReversedOption = Annotated[
    bool,
    typer.Option(
        "--allow-reversed",
        metavar="",
        help="Go on when the model reads two classes the wrong way round.",
        rich_help_panel=_HOW,
    ),
]
MistakesOption = Annotated[
    Path | None,
    typer.Option(
        "--mistakes",
        metavar="FILE",
        help="Write every image said to be another class, the surest mistakes first (CSV).",
        rich_help_panel="Output",
    ),
]
EvaluateHtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write one page for a browser: every figure, curves, pictures of the mistakes; it needs nothing else.",
        rich_help_panel="Output",
    ),
]


@command(
    "evaluate",
    examples=(
        "labelkit evaluate runs/latest base_dir",
        "labelkit evaluate runs/latest base_dir --cost-escape 50 --cost-overkill 1",
        "labelkit evaluate runs/latest base_dir --group-by lot",
        "labelkit evaluate runs/latest base_dir --html report.html",
    ),
)
def evaluate(
    shared: Shared,
    bundle: BundleArgument,
    folder: BaseDirArgument = None,
    *,
    cost_escape: CostEscapeOption = None,
    cost_overkill: CostOverkillOption = None,
    allow_reversed: AllowReversedOption = False,
    group_by: EvaluateGroupByOption = None,
    metadata: GroupTables = None,
    mistakes: MistakesOption = None,
    html: EvaluateHtmlOption = None,
) -> Outcome:
    """Judge a bundle on labeled images: every figure by name, what mistakes cost, and where it is wrong."""
    from labelkit.flows.evaluate import evaluate as run_evaluate
    from labelkit.flows.evaluate_files import check_files, write_model_page
    from labelkit.reporting.evaluate_console import show_evaluation
    from labelkit.reporting.evaluate_json import evaluation_json, write_mistakes

    check_files(html=html, mistakes=mistakes)
    found = run_evaluate(
        bundle,
        chosen_base_dir(folder, shared),
        cost_escape=cost_escape,
        cost_overkill=cost_overkill,
        allow_reversed=allow_reversed,
        group_by=group_by,
        metadata=metadata or (),
        run=shared.run,
    )
    if mistakes is not None:
        write_mistakes(mistakes, found)
    page = "" if html is None else write_model_page(found, html, run=shared.run)
    return Outcome(json=evaluation_json(found), show=lambda console: show_evaluation(found, console, mistakes, page))
