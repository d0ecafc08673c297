"""How good a model is, for people: the same tables after training and in an evaluation."""

from __future__ import annotations

import math

from rich.console import Console

from labelkit.domain.metrics import FEW, Metrics
from labelkit.domain.units import told_share
from labelkit.reporting.console import Column, print_table, say


def show_scores(m: Metrics, console: Console, *, of: str) -> None:
    """The figures beside those of someone who knows the class shares only; `of` names the images."""
    told = f"the true class gets {rounded(m.likelihood)}; class shares alone give {rounded(m.prior_likelihood)}"
    rows = [
        ("cross-entropy", nats(m.cross_entropy), nats(m.prior_cross_entropy), told),
        ("accuracy", share(m.accuracy), share(m.guess_accuracy), ""),
        ("balanced accuracy", share(m.balanced_accuracy), share(m.guess_balanced_accuracy), ""),
    ]
    if not math.isnan(m.roc_auc):
        whose = m.auc_of or "mean"
        rows += [
            (f"ROC-AUC ({whose})", f"{m.roc_auc:.3f}", "0.500", ""),
            (f"PR-AUC ({whose})", f"{m.pr_auc:.3f}", "", ""),
        ]
    heads = (f"{of} ({m.images:,})", "model", f"always {m.guess}", "")
    print_table(console, [Column(h, right=i in {1, 2}) for i, h in enumerate(heads)], rows)


def show_confusion(m: Metrics, console: Console) -> None:
    """What each class was said to be, with escape and overkill where a reject class is known."""
    said = [Column(f"said {name}", right=True) for name in m.classes]
    rows = []
    for i, (name, row) in enumerate(zip(m.classes, m.confusion, strict=True)):
        rows.append([f"really {name}", *(f"{n:,}" for n in row), _consequence(m, i)])
    print_table(console, [Column(""), *said, Column("")], rows)


def show_doubt(m: Metrics, console: Console) -> None:
    """The interval of the accuracy, where images are few."""
    if m.images < FEW:
        low, high = m.accuracy_interval
        say(console, f"{m.images} images are few: the accuracy lies between {rounded(low)} and {rounded(high)} (95 %)")


def share(value: float) -> str:
    """'94.7 %'."""
    return told_share(value)


def between(interval: tuple[float, float] | None) -> str:
    """'(3 % to 41 %)': a 95 % interval; empty for none."""
    return f"({rounded(interval[0])} to {rounded(interval[1])})" if interval else ""


def rounded(value: float) -> str:
    """Whole percents; where rounding would claim certainty, one decimal, cut off."""
    if 0.995 <= value < 1:  # noqa: PLR2004 - what rounds to 100
        return f"{math.floor(1000 * value) / 10:.1f} %"
    return told_share(value, 0)


def nats(value: float) -> str:
    """'0.243'."""
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"  # noqa: PLR2004 - what rounds to nothing


def _consequence(m: Metrics, index: int) -> str:
    if m.reject is None or m.escape is None or m.overkill is None:
        return ""
    if m.classes[index] == m.reject:
        return f"escape {share(m.escape)} {between(m.escape_interval)}".rstrip()
    two = len(m.classes) == 2  # noqa: PLR2004 - else there are several rows of good ones
    return f"overkill {share(m.overkill)} {between(m.overkill_interval)}".rstrip() if two else ""
