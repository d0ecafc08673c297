from __future__ import annotations

import io
from dataclasses import replace

import pytest

from labelkit.domain.classes import ClassMap
from labelkit.domain.metrics import Metrics
from labelkit.domain.suspects import LabelScore, rank_suspects
from labelkit.domain.train_result import EpochRecord, TrainResult
from labelkit.domain.training import ClassMode, Loader, Schedule, TrainingOptions
from labelkit.reporting.console import make_console
from labelkit.reporting.machine import to_json
from labelkit.reporting.train_console import show_train
from labelkit.reporting.train_json import train_json

TIMES = "\N{MULTIPLICATION SIGN}"

METRICS = Metrics(
    classes=("GO", "NG"),
    confusion=((12, 0), (1, 6)),
    cross_entropy=0.243,
    prior_cross_entropy=0.658,
    pr_auc=0.97,
    roc_auc=0.97,
    auc_of="NG",
    accuracy_interval=(0.7397, 0.99867),
    guess="GO",
    reject="NG",
)
RESULT = TrainResult(
    bundle="runs/20260302-060000-abcdef",
    latest="runs/latest",
    base_dir="base_dir",
    class_map=ClassMap(("GO", "NG"), reject="NG"),
    options=TrainingOptions(),
    class_mode=ClassMode.BINARY,
    counts={"train": {"GO": 49, "NG": 25}, "validation": {"GO": 12, "NG": 7}},
    metrics=METRICS,
    history=tuple(EpochRecord(i + 1, 0.5, 0.8, 0.6, 0.7) for i in range(14)),
    best_epoch=9,
    schedule=Schedule(epochs=30, patience=5, start_from=0),
    source_size=(200, 200),
    seconds=31.4,
)


def shown(result: TrainResult, encoding: str = "utf-8") -> str:
    out = io.BytesIO()
    stream = io.TextIOWrapper(out, encoding=encoding, write_through=True)
    show_train(result, make_console(stream))
    return out.getvalue().decode(encoding)


def test_what_a_person_reads() -> None:
    lines = [" ".join(line.split()) for line in shown(RESULT).splitlines()]
    assert lines == [
        f"74 to train, 19 to validate (stratified); 200{TIMES}200 shrinks to 80{TIMES}80 (2.5 {TIMES})",
        "stopped at epoch 14: no better for 5; kept the weights of epoch 9 (31 s)",
        "",
        "validation (19) model always GO",
        "cross-entropy 0.243 0.658 the true class gets 78 %; class shares alone give 52 %",
        "accuracy 94.7 % 63.2 %",
        "balanced accuracy 92.9 % 50.0 %",
        "ROC-AUC (NG) 0.970 0.500",
        "PR-AUC (NG) 0.970",
        "",
        "said GO said NG",
        "really GO 12 0 overkill 0.0 %",
        "really NG 1 6 escape 14.3 %",
        "",
        "19 images are few: the accuracy lies between 74 % and 99.8 % (95 %)",
        "no probable label errors among 0 images",
        "saved runs/latest (model.keras, classes.json, metrics.json, curves.png)",
        "look at it: runs/latest/report.html",
        "use it: labelkit predict runs/latest IMAGES",
    ]


def test_suspects_say_where_they_are_and_what_to_do() -> None:
    scores = [LabelScore(f"GO/{i}.png", "GO", "NG", 3.0 - i, -2.0 + 2 * i, "train") for i in range(3)]
    suspects = rank_suspects(scores, ("GO", "NG"))
    lines = [" ".join(line.split()) for line in shown(replace(RESULT, suspects=suspects)).splitlines()]
    at = lines.index("1 probable label error among 3 images (GO 1)")
    assert "runs/latest/suspects.png" in lines[at + 1]
    assert lines[at + 2] == "labelkit sort --verdicts runs/latest/suspects.csv"
    assert train_json(replace(RESULT, suspects=suspects))["suspects"] == {"GO": 1}


def test_class_weights_are_told_by_name() -> None:
    text = " ".join(shown(replace(RESULT, class_weights=(0.75, 1.5))).split())
    assert "an image counted for GO 0.75, NG 1.50 while it learned; probabilities are as if for 1" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp932", "cp1252"])
def test_poor_terminals_lose_no_word(encoding: str) -> None:
    text = shown(RESULT, encoding)
    assert "class shares alone give 52 %" in text
    assert "\\u" not in text
    assert "\\x" not in text


def test_every_line_fits_the_width() -> None:
    assert max(map(len, shown(RESULT).splitlines())) <= 100


def test_nothing_is_said_of_rejects_where_none_is_known() -> None:
    plain = replace(
        RESULT,
        class_map=ClassMap(("60", "100")),
        metrics=replace(METRICS, classes=("60", "100"), guess="60", auc_of="100", reject=None),
    )
    text = shown(plain)
    assert "escape" not in text
    assert "overkill" not in text
    assert "really 60" in text


def test_many_images_need_no_interval_and_certainty_is_never_claimed() -> None:
    sure = replace(METRICS, confusion=((600, 0), (0, 300)), cross_entropy=0.0001, accuracy_interval=(0.9959, 1.0))
    text = shown(replace(RESULT, metrics=sure))
    assert "are few" not in text
    assert "<0.001" in text
    assert "the true class gets 99.9 %" in text


def test_warnings_are_told_and_the_loader_s_split_is_named() -> None:
    told = replace(
        RESULT,
        warnings=("the model is no better than the class shares alone: do not use it",),
        options=TrainingOptions(loader=Loader.FLOW_FROM_DIRECTORY),
        schedule=Schedule(epochs=14, patience=5, start_from=0),
        latest="my runs/latest",
    )
    text = shown(told)
    assert "warning: the model is no better than the class shares alone" in text
    assert "the first of each class by name, as Keras does it" in text
    assert "\n14 epochs; kept the weights of epoch 9" in text
    assert 'labelkit predict "my runs/latest" IMAGES' in text


def test_hostile_names_are_shown_harmless() -> None:
    evil = replace(RESULT, latest="a\x1b[31mb", metrics=replace(METRICS, classes=("GO", "\u202eNG"), reject=None))
    text = shown(evil)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a\\x1b[31mb" in text


def test_a_notebook_shows_the_confusion_by_name_and_runs_no_markup() -> None:
    html = replace(RESULT, class_map=ClassMap(("GO", "<b>"), reject="<b>"))._repr_html_()
    assert "<tr><th>really GO</th><td>12</td><td>0</td></tr>" in html
    assert "said &lt;b&gt;" in html
    assert "<b>" not in html


def test_json_has_the_contract_s_keys() -> None:
    told = train_json(RESULT)
    assert {"schema", "bundle", "class_map", "samples", "metrics"} <= set(told)
    assert told["samples"] == {"train": 74, "validation": 19}
    assert to_json(told).isascii()
