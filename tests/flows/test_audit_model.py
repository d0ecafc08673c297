"""`audit --model`: what a trained model makes of the labels, when it is believed, and what becomes of its answers."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.bundle import BundleCard
from labelkit.domain.classes import make_class_map
from labelkit.domain.errors import BundleError, DataError, MissingExtraError, UsageError
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.label_opinion import OpinionLine
from labelkit.domain.recipe import Recipe
from labelkit.domain.training import ClassMode
from labelkit.flows import audit_model
from labelkit.flows.audit_files import AuditFiles
from labelkit.flows.run import Run
from labelkit.training.asked_labels import Request, answer, main
from labelkit.training.backend import keras
from labelkit.training.bundle import BundleContents, write_bundle
from labelkit.training.folder import find_dataset
from labelkit.training.metrics import judge
from tests.training.scenes import draw_set, scratch

COUNTS = {"GO": 30, "NG": 20}
WRONG = ("GO/w1.png", "GO/w2.png", "NG/w0.png")


@cache
def model(*, factor: float = 20.0, classes: tuple[str, ...] = ("GO", "NG"), learned: Path | None = None) -> Path:
    """A bundle that tells bright pictures (index 1) from dark ones, as sure as `factor` is large."""
    pixels = keras.Input((32, 32, 3), dtype="uint8")
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(pixels))
    last = keras.layers.Dense(1)
    whole = keras.Model(pixels, last(mean))
    last.set_weights([np.full((3, 1), factor / 3, np.float32), np.array([-factor / 2], np.float32)])
    out = scratch()
    dataset = find_dataset(learned or draw_set(out / "learned", dict.fromkeys(classes, 4), seed=5))
    class_map = make_class_map(classes, declared=classes)
    truth = np.array([0, 1], np.intp)
    metrics = judge(np.array([[-1.0], [1.0]]), truth, class_map=class_map, shares=[0.5, 0.5])
    card = BundleCard(class_map, ClassMode.BINARY, Recipe(), (32, 32))
    return write_bundle(out, "run", BundleContents(whole, card, metrics, dataset, started="then"))


@cache
def labeled() -> Path:
    """Class folders with three images in the wrong one, the second of GO the plainer case; not to be changed."""
    root = draw_set(scratch() / "base_dir", COUNTS, seed=1)
    for name, gray in zip(WRONG, (190, 240, 30), strict=True):
        Image.fromarray(np.full((40, 40, 3), gray, np.uint8)).save(root / name)
    return root


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask in this very process, which has TensorFlow already."""

    def told(request: bytes, run: Run) -> Iterator[OpinionLine]:
        given = json.loads(request)
        run.progress.advance(0)
        said = answer(Request(given["bundle"], given["threads"], [(p, label) for p, label in given["images"]]))
        yield from (line for line in said if "seen" not in line)

    monkeypatch.setattr(audit_model, "_told", told)


def audited(root: Path, **more: object) -> AuditReport:
    return labelkit.audit(root, jobs=1, **{"select": ["label"], **more})  # type: ignore[arg-type] # each test's own


def by_class(report: AuditReport) -> Mapping[tuple[str, ...], Finding]:
    return {f.files: f for f in report.findings if f.check == "label"}


def test_images_in_the_wrong_folder_are_found_in_a_process_of_its_own(tmp_path: Path) -> None:
    table = tmp_path / "suspects.csv"
    files = AuditFiles(suspects=table)
    files.check(folders=1, baseline=None, model=model())
    report = audited(labeled(), model=model())
    found = by_class(report)
    assert list(found) == [("GO/w2.png", "GO/w1.png"), ("NG/w0.png",)], "the worst first"
    go = found["GO/w2.png", "GO/w1.png"]
    assert (go.severity, go.numbers["suspects"], go.numbers["suggested NG"]) == (Severity.WARNING, 2, 2)
    assert go.numbers["accuracy"] == pytest.approx(50 / 53, abs=1e-4)
    assert "2 probable label errors among 32 images in GO: the model suggests NG 2; it agrees with 94.3 %" in go.message
    assert "by heart" not in go.message
    assert "labelkit sort --verdicts suspects.csv" in go.remedy
    assert next(c.skipped for c in report.checks if c.name == "label") == ""
    [said] = files.write([report], made="")
    assert said.startswith(f"3 probable label errors in {table}; fill in the column verdict")
    with table.open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    assert [(r["file"], r["label"], r["suggested"], r["rank"], r["verdict"]) for r in rows] == [
        ("GO/w2.png", "GO", "NG", "1", ""),
        ("GO/w1.png", "GO", "NG", "2", ""),
        ("NG/w0.png", "NG", "GO", "1", ""),
    ]
    assert float(rows[0]["cross_entropy"]) == pytest.approx(np.logaddexp(0, 20 * (240 / 255 - 0.5)), abs=1e-3)
    assert float(rows[0]["margin"]) == pytest.approx(-20 * (240 / 255 - 0.5), abs=1e-3)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("factor", "told"),
    [(-20.0, "ranks GO and NG the wrong way round"), (0.0, "does not surely beat the class shares")],
)
def test_a_model_that_cannot_be_believed_names_no_image(factor: float, told: str, tmp_path: Path) -> None:
    report = audited(labeled(), model=model(factor=factor))
    [finding] = report.findings
    assert (finding.severity, finding.files) == (Severity.WARNING, ())
    assert told in finding.message
    table = tmp_path / "suspects.csv"
    [said] = AuditFiles(suspects=table).write([report], made="")
    assert told in said
    assert not table.exists(), "an empty table would say that all labels are right"


@pytest.mark.usefixtures("in_process")
def test_findings_that_are_kept_are_those_of_this_very_model() -> None:
    first = audited(labeled(), model=model())
    for factor, found in ((-20.0, 0), (20.0, 2), (60.0, 2)):
        report = audited(labeled(), model=model(factor=factor))
        assert len([f for f in report.findings if f.files]) == found
        assert (report.findings == first.findings) == (factor == 20.0)
    without = audited(labeled())
    assert (without.findings, without.suspects) == ((), None)
    assert "only with --model" in next(c.skipped for c in without.checks if c.name == "label")


@pytest.mark.usefixtures("in_process")
def test_many_wrong_labels_do_not_silence_a_model_that_is_too_sure_of_itself(tmp_path: Path) -> None:
    root = draw_set(tmp_path / "base_dir", {"GO": 40, "NG": 40}, seed=3)
    for i in range(6):
        (root / "NG" / f"{3 * i:03}.png").rename(root / "GO" / f"w{i}.png")
    report = audited(root, model=model(factor=60.0))
    [finding] = report.findings
    assert finding.numbers["cross_entropy"] > finding.numbers["prior_cross_entropy"]
    assert set(finding.files) == {f"GO/w{i}.png" for i in range(6)}


@pytest.mark.usefixtures("in_process")
def test_folders_that_the_model_has_no_name_for_are_told_and_broken_images_left_out(tmp_path: Path) -> None:
    root = draw_set(tmp_path / "base_dir", {"GO": 6, "NG": 6}, seed=2)
    shutil.copytree(root / "NG", root / "SCRATCH")
    (root / "GO" / "torn.png").write_bytes(b"torn")
    report = audited(root, model=model())
    told = {f.message.split(":")[0]: f for f in report.findings}
    assert told["the model contradicts no label"].numbers["looked_at"] == 12
    assert told["the model has no name for SCRATCH"].severity is Severity.INFO
    strangers = audited(draw_set(tmp_path / "other", {"A": 2, "B": 2}), model=model())
    assert "it knows GO, NG, and saw no such image" in strangers.findings[0].message


@pytest.mark.usefixtures("in_process")
def test_a_model_that_learned_from_these_images_is_said_to_have_done_so() -> None:
    report = audited(labeled(), model=model(learned=labeled()))
    assert "it learned from these very images and may know wrong labels by heart" in report.findings[0].message


@pytest.mark.usefixtures("in_process")
def test_originals_that_were_not_placed_are_named_so_that_sort_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    draw_set(tmp_path / "raw", {"a": 9, "b": 9}, seed=4)
    Image.fromarray(np.full((40, 40, 3), 240, np.uint8)).save("raw/a/w.png")
    how = {"base_dir": "base_dir", "path_fields": "{of}/{name}", "mode": "none"}
    labelkit.sort("raw", rule=("of == 'a' -> GO", "of == 'b' -> NG"), **how)  # type: ignore[arg-type] # one dictionary
    files = AuditFiles(suspects=Path("suspects.csv"))
    files.write([audited(Path("base_dir"), model=model())], made="")
    text = Path("suspects.csv").read_text(encoding="utf-8-sig")
    assert '"../raw/a/w.png","GO","NG"' in text
    Path("suspects.csv").write_text(text.replace('""', '"NG"'), encoding="utf-8")
    result = labelkit.sort("raw", base_dir="base_dir", verdicts="suspects.csv", mode="none")
    assert result.labels == {"GO": 9, "NG": 10}
    with pytest.raises(UsageError, match="holds 1 verdict"):
        files.check(folders=1, baseline=None, model=model())


def test_what_cannot_be_asked_is_refused_before_any_image_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelkit.flows.audit.gather_facts", lambda *_, **__: pytest.fail("images were read"))
    with pytest.raises(UsageError, match="no such bundle"):
        audited(labeled(), model=tmp_path / "nowhere")
    monkeypatch.setattr(audit_model, "_BACKEND", "no_such_module_anywhere")
    with pytest.raises(MissingExtraError, match="--model needs TensorFlow"):
        audited(labeled(), model=model())
    files = AuditFiles(suspects=tmp_path / "s.csv")
    for folders, asked in ((1, None), (2, tmp_path)):
        with pytest.raises(UsageError, match="suspects"):
            files.check(folders=folders, baseline=None, model=asked)


def test_why_a_bundle_cannot_be_opened_comes_through_as_it_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = {"bundle": str(tmp_path), "threads": 1, "images": []}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request)))
    main()
    fault = audit_model._fault(json.loads(capsys.readouterr().out))
    assert type(fault) is BundleError
    assert (fault.message, fault.place) == ("the bundle has no classes.json", str(tmp_path))


@pytest.mark.parametrize(("program", "status"), [("labelkit.no_such_module", 1), ("labelkit.version", 0)])
def test_a_process_that_dies_ends_the_audit(program: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_model, "_PROGRAM", program)
    with pytest.raises(DataError, match=f"its process ended with {status}"):
        audited(labeled(), model=model())


def test_a_model_is_left_alone_when_its_check_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_model, "_told", lambda *_: pytest.fail("the model was asked"))
    assert audited(labeled(), model=model(), select=["dark"]).suspects is None
