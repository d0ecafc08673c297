"""Rules as JSON objects: what they are, how they get on with each other, and what their parameters change."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.rules_gold import GoldCounts
from labelkit.domain.rules_report import LineFinding, RulesAnalysis, RulesShown
from labelkit.domain.rules_tuning import RulesTuning, TunedPoint


def shown_json(shown: RulesShown) -> dict[str, object]:
    """The object of `labelkit rules show --json`."""
    return {
        "schema": 1,
        "files": [asdict(file) for file in shown.files],
        "rules": [{**asdict(rule), "parameters": dict(rule.parameters)} for rule in shown.rules],
        "features": [asdict(own) for own in shown.features],
        "policy": shown.policy,
        "table": shown.table or None,
    }


def analysis_json(report: RulesAnalysis) -> dict[str, object]:
    """The object of `labelkit rules analyze --json`."""
    gold = report.gold
    return {
        "schema": 1,
        "images": report.images,
        "states": {str(state): n for state, n in report.states.items()},
        "labels": dict(report.labels),
        "policy": report.policy,
        "rules": [{"j": j, **asdict(s), "polarity": list(s.polarity)} for j, s in enumerate(report.rules)],
        "conflicts": [asdict(p) for p in report.pairs],
        "line": [_finding(f) for f in report.line],
        "left_out": [{"rule": name, "why": why} for name, why in report.left_out],
        "gold": None
        if gold is None
        else {
            "column": gold.column,
            "reject": gold.reject,
            "rules": [{**asdict(r), "accuracy": r.accuracy} for r in gold.rules],
            "decision": _gold(gold.decision),
        },
        "workers": [{"process": process, "images": n} for process, n in report.workers.items()],
        "timing": {"ms_per_image": {c.name: c.ms_per_image for c in report.costs}},
    }


def tuning_json(report: RulesTuning) -> dict[str, object]:
    """The object of `labelkit rules tune --json`."""
    return {
        "schema": 1,
        "images": report.images,
        "parameters": list(report.parameters),
        "points": [_point(p) for p in report.points],
        "best": None if report.best is None else dict(report.points[report.best].values),
        "weights": asdict(report.weights),
        "reject": report.reject,
    }


def _finding(f: LineFinding) -> dict[str, object]:
    return {
        "kind": "gap" if f.is_gap else "double cover",
        **asdict(f.stretch),
        "said": str(f.stretch),
        "votes": [{"rule": rule, "label": label} for rule, label in f.says],
        "images": f.images,
        "unvoted": f.unvoted,
    }


def _gold(counts: GoldCounts) -> dict[str, object]:
    shares = {"accuracy": counts.accuracy, "escape": counts.escape, "overkill": counts.overkill}
    return {**asdict(counts), **shares}


def _point(p: TunedPoint) -> dict[str, object]:
    return {
        "values": dict(p.values),
        "labels": dict(p.labels),
        "held": p.held,
        "changed": p.changed,
        "is_default": p.is_default,
        "gold": _gold(p.gold) if p.gold else None,
        "cost": p.cost,
    }
