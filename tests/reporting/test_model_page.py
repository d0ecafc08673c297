"""The page of a model: its answer first, hostile names as text, bounded, and right for odd sets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from labelkit.domain.evaluation import Costs, Reversal
from labelkit.domain.model_report import ModelReport
from labelkit.domain.suspects import Suspect
from labelkit.reporting.model_page import model_page
from labelkit.reporting.model_page_charts import curves, reject_plots, reliability
from labelkit.reporting.model_page_shots import MISTAKES, SUSPECTS
from labelkit.reporting.page_plots import BOTTOM, LEFT, RIGHT, TOP, Plot, even_ticks
from tests.reporting.model_scenes import DrawnPictures, Scene, judged, story
from tests.reporting.test_page import HOSTILE, Read


def page_of(report: ModelReport) -> str:
    return model_page(report, made="2026-03-02 06:00 UTC").decode("utf-8")


def text_of(report: ModelReport) -> str:
    return " ".join("".join(Read(page_of(report)).text).replace("\N{NO-BREAK SPACE}", " ").split())


def headline(report: ModelReport) -> str:
    found = re.search("<h1>(.*?)</h1>", page_of(report))
    assert found
    return found[1].replace("\N{NO-BREAK SPACE}", " ")


def test_the_figures_on_the_page_are_those_of_the_evaluation() -> None:
    found = judged(Scene(costs=Costs(50, 1), groups=3))
    m, text = found.metrics, text_of(ModelReport(found))
    escaped, rejects = m.escaped
    assert f"{escaped} of {rejects} NG let through: {100 * (m.escape or 0):.1f} %" in text
    for value in (m.cross_entropy, m.prior_cross_entropy, m.roc_auc, m.pr_auc):
        assert f"{value:.3f}" in text
    assert "an output near 1 means NG" in text
    assert "an escape costs 50, an overkill 1" in text
    assert found.threshold is not None
    assert f"{found.threshold.threshold:.3f}" in text
    assert f"logits / {found.calibration.temperature:.2f}" in text
    assert text.index("lot=000") < text.index("lot=002")
    table = re.findall(r'<td class="n (?:right|rare|wrong|often|)">([\d,]+)</td>', page_of(ModelReport(found)))
    assert [int(n) for n in table] == [n for row in m.confusion for n in row]


def test_the_headline_answers_whether_it_is_any_good() -> None:
    good = judged(Scene())
    low, high = (f"{100 * p:.0f} %" for p in (good.metrics.prior_likelihood, good.metrics.likelihood))
    assert headline(ModelReport(good)) == f"The true class gets {high}; class shares alone give {low}"
    assert headline(ModelReport(judged(Scene(skill=0)))).endswith(
        "no better than the class shares alone: do not use it"
    )
    assert headline(ModelReport(judged(Scene(only=1)))) == "Only NG was judged: nothing is known of the rest"
    weak = judged(Scene(images=12, skill=1.0), seed=3)
    assert weak.metrics.cross_entropy < weak.metrics.prior_cross_entropy
    assert "not surely above always saying" in headline(ModelReport(weak))
    swapped = replace(good, reversal=Reversal("GO", "NG", 0.1, 0.001, ("NG", "GO")))
    report = ModelReport(
        swapped, warnings=(f"{swapped.reversal}: are the folders named the right way round?", "mind the gap")
    )
    assert headline(report) == "The model reads GO and NG the wrong way round"
    assert text_of(report).count("the wrong way round (ROC-AUC") == 1
    assert "index 0 = NG, index 1 = GO" in text_of(report)
    assert "mind the gap" in text_of(report)


def test_hostile_names_are_text_and_nothing_runs() -> None:
    classes = ("<img src=x onerror=alert(1)>", "{{ 7*7 }}\u202e'\"><script>", "NG", "x" * 200)
    found = judged(Scene(classes=classes, names=HOSTILE, skill=0.2))
    origin = {"<script>": "</script><i>", "deep": {"er": {"<b>": ["{{ 1+1 }}"]}}, "long": "z" * 5000, "none": None}
    report = ModelReport(found, fit=story(), origin=origin, thumbnails=DrawnPictures())
    page = page_of(report)
    read = Read(page)
    assert read.elements["script"] == read.elements["style"] == 1
    assert not {"iframe", "object", "embed", "base", "form"} & set(read.elements)
    assert not [name for _, name, _ in read.attributes if name.startswith("on") or name == "style"]
    assert all(v.startswith(("#", "data:")) for _, name, v in read.attributes if name in {"src", "href", "action"})
    told = "".join(read.text)
    for name in (
        *HOSTILE[:3],
        "line\\nbreak\\x1b[31m.png",
        "\\udcff\\udcfe.png",
        classes[0],
        "</script><i>",
        "{{ 1+1 }}",
    ):
        assert name in told
    assert "z" * 401 not in told
    assert not re.search(r"@import|url\(|//[a-z]", re.sub(r'src="data:[^"]*"', "", page))


def test_mistakes_are_shown_by_what_they_mean_and_the_rest_is_counted() -> None:
    found = judged(Scene(images=900, skill=0.5, names=("a.png", "broken.png")))
    escapes = [m for m in found.mistakes if m.really == "NG"]
    others = [m for m in found.mistakes if m.really == "GO"]
    suspects = tuple(Suspect(f"GO/s{i}.png", "GO", "NG", 3.0, -2.0, rank=i + 1) for i in range(SUSPECTS + 5))
    pictures = DrawnPictures()
    report = ModelReport(found, suspects=suspects, thumbnails=pictures)
    half = MISTAKES // 2
    page = page_of(report)
    text = " ".join("".join(Read(page).text).split())
    assert pictures.asked == [m.path for m in (*escapes[:half], *others[:half])] + [s.path for s in suspects[:SUSPECTS]]
    shown = sum("broken" not in path for path in pictures.asked)
    assert page.count("<img") == shown
    assert page.count("no picture</span>") == len(pictures.asked) - shown
    assert f"{len(escapes) - half:,} more are not shown here" in text
    assert f"{len(others) - half:,} more are not shown here" in text
    assert "5 more are not shown here" in text
    assert text.index("Let through: really NG") < text.index("Rejected, though good") < text.index("Called GO")


def test_few_escapes_leave_their_room_to_the_other_mistakes() -> None:
    found = judged(Scene(images=900, skill=0.5))
    few = [m for m in found.mistakes if m.really == "NG"][:3]
    many = [m for m in found.mistakes if m.really == "GO"]
    pictures = DrawnPictures()
    page_of(ModelReport(replace(found, mistakes=(*many, *few)), thumbnails=pictures))
    assert pictures.asked == [m.path for m in (*few, *many[: MISTAKES - 3])]


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        (
            Scene(skill=30),
            [
                "None: every image was said rightly",
                "these images do not determine a temperature",
                "no NG let through, no good one rejected",
            ],
        ),
        (Scene(only=0), ["images of one class only were judged", "\N{EN DASH}"]),
        (Scene(classes=[f"kind {i}" for i in range(20)], groups=300), ["280 better ones", "Commonest confusions"]),
        (
            Scene(classes=[f"c{i}" for i in range(40)], groups=700),
            ["Too many classes for a table", "200 more not listed"],
        ),
        (Scene(classes=["60", "80", "100"], images=1), ["1 image of base_dir", "1 image is few"]),
    ],
)
def test_odd_sets_have_a_page(scene: Scene, told: list[str]) -> None:
    text = text_of(ModelReport(judged(scene), fit=story(1)))
    for words in told:
        assert words in text
    assert "nan" not in text.casefold().split()


def places(plot: Plot) -> list[tuple[float, float]]:
    points = [p.split(",") for line in plot.lines for piece in line.pieces for p in piece.split()]
    return [(float(x), float(y)) for x, y in points] + [(d.x, d.y) for d in plot.dots]


@pytest.mark.parametrize("skill", [0.0, 1.0, 8.0])
def test_everything_drawn_stands_in_its_frame(skill: float) -> None:
    found = judged(Scene(skill=skill, costs=Costs(1000, 1)))
    drawn = [*curves(story(), 0.69), *reject_plots(found)]
    trust = reliability(found)
    assert trust is not None
    for plot in (*drawn, trust):
        assert places(plot)
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in places(plot))
        ticks = [x for x, _ in plot.x_ticks]
        assert ticks == sorted(set(ticks))
    assert sum(int(b.told.rpartition(": ")[2].split()[0]) for b in trust.bars) == found.metrics.images


def test_the_curves_are_those_of_the_history() -> None:
    fit = story(12, best=7)
    loss, _ = curves(fit, 0.69)
    (validation,) = loss.lines[1].pieces
    heights = [float(p.split(",")[1]) for p in validation.split()]
    assert heights.index(max(heights)) == 6  # lowest on paper at epoch 7: the kept one
    assert [m.name for m in loss.marks] == ["class shares alone", "kept: epoch 7"]
    assert loss.dots[0].y == heights[6]
    broken = replace(
        fit, history=(*fit.history[:3], replace(fit.history[3], cross_entropy=float("nan")), *fit.history[4:])
    )
    assert [len(line.pieces) for line in curves(broken, 0.69)[0].lines] == [2, 1]


def test_the_curve_of_rejects_goes_from_all_to_none() -> None:
    found = judged(Scene(images=500))
    curve = found.reject_curve
    assert curve is not None
    escapes, overkills = [e for _, e, _ in curve.points], [o for _, _, o in curve.points]
    assert (escapes[0], overkills[-1]) == (0, 0)
    assert (overkills[0], escapes[-1]) == (found.counts["GO"], found.counts["NG"])
    assert escapes == sorted(escapes)
    assert overkills == sorted(overkills, reverse=True)
    assert len(curve.points) <= 202


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)), (0, 32, (0, 10, 20, 30)), (0, 0.034, (0, 0.01, 0.02, 0.03)), (0.5, 1, None)],
)
def test_ticks_are_round(low: float, high: float, ticks: tuple[float, ...] | None) -> None:
    found = even_ticks(low, high)
    assert found == pytest.approx(ticks or (0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
