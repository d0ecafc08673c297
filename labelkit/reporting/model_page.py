"""A model as one page: how good it is, on what, where it is wrong, and what it was made from.

A training and an evaluation fill the same `ModelReport`; of a training:

    found = replace(judged.found, bundle=str(bundle), base_dir=base_dir)  # judged: of training.evaluate.evaluate
    report = ModelReport(
        found,
        fit=FitStory(history, best_epoch, schedule),
        origin=origin,  # the object that goes into bundle.json
        warnings=warnings,
        suspects=suspects.suspects,
        thumbnails=ImageThumbnails(found.root, run.workers),  # of flows.image_thumbnails
    )
    page = model_page(report, made=run.started)

The pictures are made while the page is, from the files as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.domain.classes import ClassMap
from labelkit.domain.evaluation import Evaluation
from labelkit.domain.model_report import ModelReport
from labelkit.domain.names import shown
from labelkit.reporting.console import count
from labelkit.reporting.evaluate_words import CHOSEN_HERE, calibration_told
from labelkit.reporting.html_file import render
from labelkit.reporting.metrics_console import share
from labelkit.reporting.model_page_charts import curves, reject_plots, reliability
from labelkit.reporting.model_page_shots import Shots, pictures
from labelkit.reporting.model_page_tables import (
    Confusion,
    Groups,
    LineRow,
    confusion,
    groups,
    lines,
    origin,
    scores,
)
from labelkit.reporting.model_page_words import (
    Figure,
    Verdict,
    curves_told,
    figures,
    judged_on,
    remarks,
    verdict,
)
from labelkit.reporting.page_plots import Plot

_CLASSES = 24
"""So many classes are named in the class map."""


@dataclass(frozen=True, slots=True)
class View:
    """One model as the template takes it; every text is harmless, every list bounded.

    Attributes:
        title: the bundle.
        on: which images it was judged on.
        verdict: the answer.
        remarks: what else must be known.
        tiles: a number and what it counts.
        class_map: class names, index 0 first, the first few.
        more_classes: how many more there are.
        meaning: what the output says.
        alone: who the figures are held against.
        figures: each beside that of the class shares.
        confusion: by name.
        curves: over the epochs; none without a training.
        curves_told: how to read them.
        mistakes: by kind, with pictures.
        suspects: by label, with pictures; none where they were not looked for.
        lines: on the reject class; none where there is none.
        reject: the class that they speak of.
        costs: what a mistake costs; empty where that was not said.
        reject_plots: mistakes, and cost, by where the line stands.
        chosen_here: that such lines look better here than elsewhere.
        reliability: how sure, and how often right.
        calibration: the same in a sentence.
        groups: worst first.
        scores: errors in score units.
        origin: what it was made from.

    """

    title: str
    on: str
    verdict: Verdict
    remarks: tuple[str, ...]
    tiles: tuple[tuple[str, str], ...]
    class_map: tuple[str, ...]
    more_classes: int
    meaning: str
    alone: str
    figures: tuple[Figure, ...]
    confusion: Confusion
    curves: tuple[Plot, ...]
    curves_told: str
    mistakes: tuple[Shots, ...]
    suspects: tuple[Shots, ...]
    lines: tuple[LineRow, ...]
    reject: str
    costs: str
    reject_plots: tuple[Plot, ...]
    chosen_here: str
    reliability: Plot | None
    calibration: str
    groups: Groups
    scores: tuple[tuple[str, str, str], ...]
    origin: tuple[tuple[str, str], ...]


def model_page(report: ModelReport, *, made: str) -> bytes:
    """The page: UTF-8, at most some 200 kB and 72 pictures of some 8 kB, however many images and groups there are.

    Args:
        report: what was found; it knows where the pictures come from.
        made: when the model was judged, for people.

    """
    values = {"v": _view(report), "made": shown(made)}
    return render("model_page.html", values, styles=("page.css", "model_page.css"), script="page.js")


def _view(report: ModelReport) -> View:
    found, answer = report.found, verdict(report.found)
    class_map, prior = found.card.class_map, found.metrics.prior_cross_entropy
    told = report.fit is not None and report.fit.history
    mistakes, suspects = pictures(report)
    return View(
        title=shown(found.bundle),
        on=judged_on(report),
        verdict=answer,
        remarks=remarks(report, answer.headline),
        tiles=tuple(_tiles(found)),
        class_map=tuple(shown(name) for name in class_map.classes[:_CLASSES]),
        more_classes=max(0, len(class_map.classes) - _CLASSES),
        meaning=shown(_meaning(class_map)),
        alone="class shares alone",
        figures=figures(found.metrics),
        confusion=confusion(found.metrics),
        curves=curves(report.fit, prior) if report.fit else (),
        curves_told=curves_told(report.fit, prior) if report.fit and told else "",
        mistakes=mistakes,
        suspects=suspects,
        lines=lines(found),
        reject=shown(class_map.reject or ""),
        costs=_costs(found),
        reject_plots=reject_plots(found),
        chosen_here=CHOSEN_HERE,
        reliability=reliability(found),
        calibration=calibration_told(found.calibration, found.metrics.cross_entropy),
        groups=groups(found),
        scores=scores(found.scores),
        origin=origin(report),
    )


def _tiles(found: Evaluation) -> list[tuple[str, str]]:
    m = found.metrics
    return [
        (f"{m.images:,}", "image" if m.images == 1 else "images"),
        (f"{len(m.classes):,}", "classes"),
        (share(m.accuracy), "said rightly"),
        (f"{len(found.mistakes):,}", "mistake" if len(found.mistakes) == 1 else "mistakes"),
    ]


def _meaning(class_map: ClassMap) -> str:
    if class_map.positive is not None:
        return f"an output near 1 means {class_map.positive}"
    return f"the largest of the {count(len(class_map.classes), 'output')}, in this order, names the class"


def _costs(found: Evaluation) -> str:
    if found.threshold is None:
        return ""
    costs = found.threshold.costs
    return f"an escape costs {costs.escape:g}, an overkill {costs.overkill:g}"
