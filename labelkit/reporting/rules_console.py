"""Rules told to a person: what they are, how they get on with each other, and what their parameters change."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from labelkit.domain.labeling import Parameter
from labelkit.domain.rules_gold import GoldCounts
from labelkit.domain.rules_report import LineFinding, RulesAnalysis, RulesShown, ShownColumn, ShownRule
from labelkit.domain.rules_tuning import RulesTuning, TunedPoint
from labelkit.domain.sort_result import SourceReport
from labelkit.domain.units import told_share
from labelkit.reporting.console import Column, count, cut_middle, percent, print_table, say
from labelkit.reporting.sort_console import told_workers

_LISTED = 10
_NAME_WIDTH = 26
_NARROW_NAME = 15
_WIDE = 100
"""Columns of a console from which headings are written in full."""

_HEADINGS = ("coverage", "overlaps", "conflicts", "decided", "no value", "errors", "ms/image")
_SHORT_HEADINGS = ("cover", "overlap", "confl.", "decided", "none", "err", "ms/img")
_LEAST_MS = 0.01
_MATRIX = 8
"""Rules up to which their disagreements are shown as a matrix."""


def show_rules(shown: RulesShown, console: Console) -> None:
    """Every rule with what it takes, and the files' own features."""
    for file in shown.files:
        say(console, f"{file.path}  SHA-256 {file.sha256[:12]}")
    for rule in shown.rules:
        say(console)
        _rule(rule, console)
    for own in shown.features:
        say(console)
        say(console, f"feature {own.name}({', '.join(own.inputs)})  {own.place}", style="bold")
        if own.about:
            say(console, f"  {own.about}")
    say(console)
    beside = f"; columns as in {shown.table}" if shown.table else ""
    say(console, f"{count(len(shown.rules), 'rule')}, policy {shown.policy}{beside}")


def _rule(rule: ShownRule, console: Console) -> None:
    say(console, f"{rule.name}  {rule.place}", style="bold")
    for line in (rule.about, rule.text if rule.text != rule.name else ""):
        if line:
            say(console, f"  {line}")
    told = {
        "labels": ", ".join(rule.labels) or "any",
        "columns": ", ".join(_column(c) for c in rule.columns),
        "features": ", ".join(rule.features),
        "parameters": ", ".join(f"{name} = {_value(value)}" for name, value in rule.parameters.items()),
        "priority": str(rule.priority),
    }
    for name, text in told.items():
        if text:
            say(console, f"  {name:<11}{text}")


def _column(column: ShownColumn) -> str:
    return f"{column.name} (not in the table)" if column.there is False else column.name


def _value(value: Parameter) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else f"{value:.12g}"


def show_analysis(report: RulesAnalysis, console: Console, *, verbose: bool) -> None:
    """The table of rules, their disagreements, the number lines, and the truth where it is known."""
    for line in report.said:
        say(console, line)
    labels = ", ".join(f"{name} {n:,}" for name, n in report.labels.items())
    say(console, f"{count(report.images, 'image')}: {labels or 'no labels'}, held {report.held:,} ({report.policy})")
    say(console)
    _table(report, console)
    _pairs(report, console)
    _line(report, console, verbose=verbose)
    _gold(report, console)
    if verbose and report.workers:
        say(console, told_workers(report.workers))


def _table(report: RulesAnalysis, console: Console) -> None:
    wide = console.width >= _WIDE
    costs = {c.name: c.ms_per_image for c in report.costs}
    width = _NAME_WIDTH if wide else _NARROW_NAME
    rows = [_row(j, s, costs.get(s.name), cut_middle(s.name, width)) for j, s in enumerate(report.rules)]
    headings = _HEADINGS if wide else _SHORT_HEADINGS
    columns = [Column("j", right=True), Column("rule"), Column("votes"), *(Column(h, right=True) for h in headings)]
    print_table(console, columns, rows)


def _row(j: int, s: SourceReport, ms: float | None, name: str) -> tuple[str, ...]:
    shares = (told_share(v) for v in (s.coverage, s.overlaps, s.conflicts))
    counts = (f"{n:,}" for n in (s.decided, s.no_value, s.errors))
    told = "-" if ms is None else f"{ms:.2f}" if ms >= _LEAST_MS else f"<{_LEAST_MS}"
    return (str(j), name, " ".join(s.polarity) or "-", *shares, *counts, told)


def _pairs(report: RulesAnalysis, console: Console) -> None:
    if not report.pairs:
        return
    say(console)
    say(console, "images on which two rules vote differently:")
    names = [s.name for s in report.rules]
    if len(names) <= _MATRIX:
        found = {(p.first, p.second): p.images for p in report.pairs}
        rows = [
            (f"{j} {cut_middle(a, _NAME_WIDTH)}", *(f"{found.get((a, b)) or found.get((b, a)) or 0:,}" for b in names))
            for j, a in enumerate(names)
        ]
        headings = [Column("", right=False), *(Column(str(j), right=True) for j in range(len(names)))]
        print_table(console, headings, rows)
    for p in report.pairs[:_LISTED]:
        first, second = (cut_middle(name, _NAME_WIDTH) for name in (p.first, p.second))
        say(console, f"  {first} and {second}: {count(p.images, 'image')}, as {', '.join(p.examples[:2])}")
    if len(report.pairs) > _LISTED:
        say(console, f"  and {len(report.pairs) - _LISTED:,} more pairs (--json)")


def _line(report: RulesAnalysis, console: Console, *, verbose: bool) -> None:
    shown = [f for f in report.line if verbose or f.matters]
    if shown or (verbose and report.left_out):
        say(console)
    for finding in shown:
        say(console, _finding(finding))
    for name, why in report.left_out if verbose else ():
        say(console, f"{name} is not laid along a number line: {why}")


def _finding(f: LineFinding) -> str:
    images = count(f.images, "image")
    if f.is_gap:
        unvoted = f", {f.unvoted:,} without any vote" if f.images else ""
        return f"gap: {f.stretch}: no rule by this number; {images}{unvoted}"
    return f"double cover: {f.stretch}: {images}, {', '.join(f'{label} by {rule}' for rule, label in f.says)}"


def _gold(report: RulesAnalysis, console: Console) -> None:
    gold = report.gold
    if gold is None:
        return
    say(console)
    say(console, f"beside {gold.column} as the truth ({count(gold.decision.known, 'image')} known):")
    rows = [
        (cut_middle(r.name, _NAME_WIDTH), f"{r.voted:,}", f"{r.correct:,}", percent(r.correct, r.voted))
        for r in gold.rules
    ]
    d = gold.decision
    rows.append(("decision", f"{d.decided:,}", f"{d.correct:,}", percent(d.correct, d.decided)))
    headings = (Column("voted", right=True), Column("correct", right=True), Column("accuracy", right=True))
    print_table(console, [Column("rule"), *headings], rows)
    if gold.reject is not None:
        say(console, f"{_escapes(d)}; reject: {gold.reject}")


def _escapes(d: GoldCounts) -> str:
    return (
        f"escape {percent(d.escaped, d.rejects)} ({d.escaped:,} of {d.rejects:,}), "
        f"overkill {percent(d.overkilled, d.good)} ({d.overkilled:,} of {d.good:,})"
    )


def show_tuning(report: RulesTuning, console: Console) -> None:
    """One line a point of the grid; the files' own values and the best are marked."""
    for line in report.said:
        say(console, line)
    say(console)
    labels = list(dict.fromkeys(name for p in report.points for name in p.labels))
    truth = any(p.gold for p in report.points)
    headings = [*report.parameters, *labels, "held", "changed", *(_GOLD if truth else ()), ""]
    rows = [_point(p, labels, truth=truth, best=i == report.best) for i, p in enumerate(report.points)]
    print_table(console, [Column(h, right=bool(h)) for h in headings], rows)
    say(console, f"{count(report.images, 'image')}; changed: against the files' own values")
    if report.best is not None:
        w = report.weights
        point = report.points[report.best]
        values = ", ".join(f"{name} = {_value(value)}" for name, value in point.values.items())
        costs = f"escape {w.escape:g}, overkill {w.overkill:g}, held {w.held:g}"
        say(console, f"least cost ({costs}): {values}", style="bold")
        if report.reject is None:
            say(console, "no class is known as the reject, so every wrong label costs as an overkill")


_GOLD = ("correct", "escape", "overkill", "cost")


def _point(p: TunedPoint, labels: Sequence[str], *, truth: bool, best: bool) -> tuple[str, ...]:
    cells = [_value(value) for value in p.values.values()]
    cells += [f"{p.labels.get(name, 0):,}" for name in labels]
    cells += [f"{p.held:,}", f"{p.changed:,}"]
    if truth and p.gold is not None and p.cost is not None:
        g = p.gold
        cells += [percent(g.correct, g.decided), percent(g.escaped, g.rejects), percent(g.overkilled, g.good)]
        cells.append(f"{p.cost:,.6g}")
    marks = [*(["default"] if p.is_default else []), *(["best"] if best else [])]
    return (*cells, ", ".join(marks))
