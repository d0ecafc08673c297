from __future__ import annotations

import io
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.errors import LabelkitError, LedgerError, UsageError
from labelkit.domain.findings import Finding, Severity
from labelkit.reporting.audit_console import show_audit
from labelkit.reporting.console import make_console
from labelkit.storage.sqlite_ledger import open_ledger
from tests.auditing.scenes import fill, photo, picture, write
from tests.storage.unprivileged import open_to_all, unprivileged


def found(report: AuditReport, check: str) -> list[Finding]:
    return [f for f in report.findings if f.check == check]


def one(report: AuditReport, check: str) -> Finding:
    findings = found(report, check)
    assert len(findings) == 1, findings
    return findings[0]


def test_a_clean_folder_passes_and_says_what_1_means(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, GO=10, NG=10))
    assert report.class_map.indices == {"GO": 0, "NG": 1}
    assert (report.class_map.positive, report.class_map.reject) == ("NG", "NG")
    assert (report.files.seen, report.files.readable, report.files.unreadable, report.files.not_image) == (20, 20, 0, 0)
    assert report.findings == ()
    assert report.gate.passed
    assert report.exit_code == 0


def test_score_classes_are_ordered_by_number_and_the_trap_is_told(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, n60=5, n100=5))
    assert report.class_map.classes == ("60", "100")
    finding = one(report, "class_order")
    assert finding.severity is Severity.WARNING
    assert "'100' comes before '60'" in finding.message
    assert 'classes=["60", "100"]' in finding.remedy
    assert report.exit_code == 0
    assert labelkit.audit(tmp_path, fail_on="warning").exit_code == 1


def test_a_declared_order_is_taken_and_held_against_the_loaders(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, GO=5, NG=5), classes=["NG", "GO"])
    assert report.class_map.indices == {"NG": 0, "GO": 1}
    assert "all five loaders" in one(report, "class_order").message
    assert labelkit.audit(tmp_path, positive="GO").class_map.indices == {"NG": 0, "GO": 1}
    open_ledger(tmp_path, create=True).set_classes(["NG", "GO"])
    assert labelkit.audit(tmp_path).class_map.indices == {"NG": 0, "GO": 1}
    assert labelkit.audit(tmp_path).class_map.source == "ledger"


def test_one_named_loader_is_all_that_counts(tmp_path: Path) -> None:
    fill(tmp_path, n60=5, n100=5)
    report = labelkit.audit(tmp_path, loader="timm")
    assert [s.loader for s in report.loaders] == ["timm"]
    assert found(report, "class_order") == []
    assert found(labelkit.audit(tmp_path, loader="torchvision"), "class_order")[0].severity is Severity.WARNING


@pytest.mark.parametrize("name", [".ipynb_checkpoints", ".git", "__MACOSX"])
def test_a_hidden_folder_that_becomes_a_class(tmp_path: Path, name: str) -> None:
    fill(tmp_path, GO=5, NG=5)
    (tmp_path / name).mkdir()
    report = labelkit.audit(tmp_path)
    finding = one(report, "stray_class")
    assert finding.severity is Severity.ERROR
    assert name in finding.message
    assert "flow_from_directory" in finding.message
    assert report.class_map.classes == ("GO", "NG")
    assert report.loaders[0].class_indices == {n: i for i, n in enumerate(sorted([name, "GO", "NG"]))}
    assert found(report, "class_order") == []


def test_a_folder_of_notes_is_no_class(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "docs" / "readme.txt", b"text")
    finding = one(labelkit.audit(tmp_path), "stray_class")
    assert finding.files == ("docs",)
    assert finding.severity is Severity.ERROR


def test_copies_in_hidden_folders_inside_a_class(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "GO" / ".ipynb_checkpoints" / "i0-checkpoint.png", (tmp_path / "GO" / "i0.png").read_bytes())
    report = labelkit.audit(tmp_path)
    assert one(report, "stray_class").severity is Severity.WARNING
    assert one(report, "exact_duplicates").groups == (("GO/.ipynb_checkpoints/i0-checkpoint.png", "GO/i0.png"),)


def test_an_empty_class_is_an_error(tmp_path: Path) -> None:
    fill(tmp_path, EMPTY=0, GO=5, NG=5)
    report = labelkit.audit(tmp_path)
    assert one(report, "empty_class").files == ("EMPTY",)
    assert found(report, "no_validation") == []
    assert report.exit_code == 1
    assert "EMPTY" in next(s.note for s in report.loaders if s.loader == "torchvision")


def test_a_declared_class_without_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    report = labelkit.audit(tmp_path, classes=["GO", "NG", "SCRATCH"])
    assert "SCRATCH" in one(report, "empty_class").message
    with pytest.raises(UsageError, match="'NGG'"):
        labelkit.audit(tmp_path, classes=["GO", "NGG"])


def test_one_class_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    finding = one(labelkit.audit(fill(tmp_path, GO=5)), "empty_class")
    assert "only one class" in finding.message
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("beside", [0, 3])
def test_no_class_folders(tmp_path: Path, beside: int) -> None:
    for i in range(beside):
        write(tmp_path / f"{i}.png")
    report = labelkit.audit(tmp_path)
    assert ("3 images lie directly" if beside else "no images") in one(report, "empty_class").message
    assert report.files.seen == beside
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("GO", "go"), ("NG", "\uff2e\uff27"), ("60", "060"), ("A 1", "A  1"), ("\u00e9", "e\u0301"), ("ng", "ng.")],
)
def test_twins(tmp_path: Path, first: str, second: str) -> None:
    for name in (first, second, "other"):
        write(tmp_path / name / "a.png")
    finding = one(labelkit.audit(tmp_path), "twin_classes")
    assert set(finding.files) == {first, second}


@pytest.mark.parametrize(
    ("go", "ng", "severity"), [(10, 9, None), (10, 5, Severity.INFO), (30, 3, Severity.WARNING), (29, 3, Severity.INFO)]
)
def test_imbalance(tmp_path: Path, go: int, ng: int, severity: Severity | None) -> None:
    findings = found(labelkit.audit(fill(tmp_path, GO=go, NG=ng)), "class_imbalance")
    assert [f.severity for f in findings] == ([severity] if severity else [])
    if severity:
        assert findings[0].numbers["ratio"] == pytest.approx(go / ng, abs=1e-4)


def test_a_small_class_without_validation(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, GO=10, NG=4))
    finding = one(report, "no_validation")
    assert "none of the 4 of NG" in finding.message
    assert "at least 5 images" in finding.remedy
    assert (
        "at least 4 images"
        in one(labelkit.audit(fill(tmp_path / "x", GO=9, NG=3), validation_split=0.3), "no_validation").remedy
    )
    assert report.loaders[0].validation == {"GO": 2, "NG": 0}
    assert found(labelkit.audit(tmp_path, validation_split=0.25), "no_validation") == []
    assert found(labelkit.audit(tmp_path, validation_split=0), "no_validation") == []


def test_duplicates_inside_across_classes_and_parts(tmp_path: Path) -> None:
    for part in ("train", "val"):
        fill(tmp_path / part, GO=5, NG=5)
    same = picture("same")
    for path in ("train/GO/d1.png", "train/GO/d2.jpg"):
        write(tmp_path / path, same)
    for path in ("train/GO/x.png", "train/NG/x.png"):
        write(tmp_path / path, picture("label"))
    for path in ("train/GO/l.png", "val/GO/l.png"):
        write(tmp_path / path, picture("leak"))
    findings = found(labelkit.audit(tmp_path), "exact_duplicates")
    assert [(f.severity, f.groups) for f in findings] == [
        (Severity.ERROR, (("train/GO/x.png", "train/NG/x.png"),)),
        (Severity.ERROR, (("train/GO/l.png", "val/GO/l.png"),)),
        (Severity.WARNING, (("train/GO/d1.png", "train/GO/d2.jpg"),)),
    ]


def test_broken_copies_and_copies_outside_the_classes_are_no_duplicates(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    for path in ("GO/e.png", "NG/e.png"):
        write(tmp_path / path, b"")
    write(tmp_path / ".trash" / "i0.png", (tmp_path / "GO" / "i0.png").read_bytes())
    report = labelkit.audit(tmp_path)
    assert found(report, "exact_duplicates") == []
    assert one(report, "unreadable").files == ("GO/e.png", "NG/e.png")
    assert report.files.seen == 13


def test_each_unreadable_file_is_named_with_why_and_the_run_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "GO" / "cut.jpg", photo()[:3000])
    write(tmp_path / "GO" / "cut2.jpg", photo()[:2000])
    write(tmp_path / "NG" / "empty.png", b"")
    write(tmp_path / "NG" / "notes_jpg", b"only text")
    (tmp_path / "NG" / "gone.png").symlink_to("nowhere")
    report = labelkit.audit(tmp_path)
    by_file = {path: f.message for f in found(report, "unreadable") for path in f.files}
    assert {path: message.split(": ", 1)[1].split(" (")[0] for path, message in by_file.items()} == {
        "GO/cut.jpg": "image file is truncated",
        "GO/cut2.jpg": "image file is truncated",
        "NG/empty.png": "the file is empty",
        "NG/notes_jpg": "no image: the bytes are of no known format",
        "NG/gone.png": "broken link, not opened",
    }
    assert (report.files.seen, report.files.readable, report.files.unreadable) == (15, 10, 5)
    assert report.exit_code == 1


def test_what_may_not_be_read_is_a_finding_and_never_all_fine(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5, SHUT=5)
    open_to_all(tmp_path)
    (tmp_path / "GO" / "i0.png").chmod(0)
    (tmp_path / "SHUT").chmod(0)
    try:
        with unprivileged():
            report = labelkit.audit(tmp_path, jobs=1)
    finally:
        (tmp_path / "SHUT").chmod(0o755)
    told = {f.files: f.message for f in found(report, "unreadable")}
    assert "Permission denied" in told[("GO/i0.png",)]
    assert "Permission denied; what lies in it was not seen" in told[("SHUT",)]
    assert found(report, "empty_class") == []
    assert report.exit_code == 1


def test_what_a_loader_passes_over(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "GO" / "a.webp")
    write(tmp_path / "GO" / "b.bmp")
    write(tmp_path / "beside.png")
    by_files = {f.files: f for f in found(labelkit.audit(tmp_path), "skipped_by_loader")}
    assert by_files[("GO/a.webp",)].severity is Severity.WARNING
    assert "flow_from_directory" in by_files[("GO/a.webp",)].message
    assert by_files[("GO/b.bmp",)].severity is Severity.INFO
    assert "timm" in by_files[("GO/b.bmp",)].message
    assert "in no class folder" in by_files[("beside.png",)].message
    chosen = found(labelkit.audit(tmp_path, loader="timm"), "skipped_by_loader")
    assert {f.severity for f in chosen} == {Severity.WARNING}


def test_parts_are_one_dataset(tmp_path: Path) -> None:
    fill(tmp_path / "Training", GO=8, NG=6)
    fill(tmp_path / "valid", GO=3, NG=2)
    fill(tmp_path / "test", GO=1, NG=1)
    report = labelkit.audit(tmp_path)
    assert report.parts == ("Training", "valid", "test")
    assert [(c.name, c.images, c.parts) for c in report.classes] == [
        ("GO", 12, {"Training": 8, "valid": 3, "test": 1}),
        ("NG", 9, {"Training": 6, "valid": 2, "test": 1}),
    ]
    for summary in report.loaders:
        assert summary.class_indices == {"GO": 0, "NG": 1}
        assert (summary.train, summary.validation) == ({"GO": 8, "NG": 6}, {"GO": 3, "NG": 2})
    assert found(report, "no_validation") == []
    apart = labelkit.audit(tmp_path, parts=False)
    assert apart.parts == ()
    assert apart.class_map.classes == ("Training", "test", "valid")


def test_parts_with_different_classes(tmp_path: Path) -> None:
    fill(tmp_path / "train", A=5, GO=5, NG=5)
    fill(tmp_path / "val", GO=2, NG=2)
    fill(tmp_path, lost=1)
    report = labelkit.audit(tmp_path)
    finding = one(report, "class_order")
    assert finding.severity is Severity.ERROR
    assert "val: GO, NG" in finding.message
    assert "no image of A" in one(report, "no_validation").message
    assert one(report, "stray_class").files == ("lost",)


def test_train_and_test_alone_are_split_as_keras_would(tmp_path: Path) -> None:
    fill(tmp_path / "train", GO=10, NG=10)
    fill(tmp_path / "test", GO=2, NG=2)
    report = labelkit.audit(tmp_path)
    assert report.parts == ("train", "test")
    assert report.loaders[0].validation == {"GO": 2, "NG": 2}


def test_a_class_called_test_is_a_class(tmp_path: Path) -> None:
    fill(tmp_path, test=5, real=5)
    write(tmp_path / "test" / ".cache" / "i9.png")
    report = labelkit.audit(tmp_path)
    assert report.parts == ()
    assert report.class_map.classes == ("real", "test")


def test_own_files_are_neither_images_nor_strays(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    open_ledger(tmp_path, create=True).close()
    write(tmp_path / "GO" / ".labelkit-0123abcd.part", picture("half"))
    report = labelkit.audit(tmp_path)
    assert report.findings == ()
    assert (report.files.seen, report.files.not_image) == (10, 0)


def test_checks_are_selected_ignored_and_weighed(tmp_path: Path) -> None:
    fill(tmp_path, GO=20, NG=2)
    assert {f.check for f in labelkit.audit(tmp_path).findings} == {"class_imbalance", "no_validation"}
    assert {f.check for f in labelkit.audit(tmp_path, select=["class_imbalance"]).findings} == {"class_imbalance"}
    assert {f.check for f in labelkit.audit(tmp_path, ignore=["class_imbalance"]).findings} == {"no_validation"}
    grave = labelkit.audit(tmp_path, severity={"class_imbalance": "error"})
    assert grave.exit_code == 1
    assert grave.findings[0].check == "class_imbalance"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"select": ["duplicates"]}, "no check 'duplicates'"),
        ({"severity": {"unreadable": "bad"}}, "'bad' is no severity"),
        ({"loader": "tourchvision"}, "no loader 'tourchvision'"),
        ({"fail_on": "info"}, "not 'info'"),
        ({"validation_split": 1.0}, "below 1"),
        ({"positive": "NGG"}, "no class 'NGG'"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: dict[str, object], told: str) -> None:
    fill(tmp_path, GO=1, NG=1)
    with pytest.raises(UsageError, match=told):
        labelkit.audit(tmp_path, **arguments)  # type: ignore[arg-type]  # one table of all wrong arguments


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(LabelkitError, match="no such folder"):
        labelkit.audit(tmp_path / "nowhere")


def test_the_folder_is_left_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path, GO=3, NG=3)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    labelkit.audit(tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


def test_reports_read_well_and_are_harmless(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "GO" / "<script>\x1b[31m.png", b"")
    report = labelkit.audit(tmp_path)
    assert "index 1 = NG" in str(report)
    assert "\x1b" not in str(report)
    page = report._repr_html_()
    assert "<script>" not in page
    assert "1 unreadable; not passed</p><table>" in page
    many = labelkit.audit(fill(tmp_path / "many", **{f"class{i}": 2 for i in range(50)}))
    assert many._repr_html_().count("<tr>") <= 42
    assert "and 30 more" in many._repr_html_()


def test_a_ledger_that_is_none_is_told_with_its_path(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "labelkit.db", b"no database at all, but long enough to be taken for one" * 40)
    with pytest.raises(LedgerError, match=r"labelkit\.db"):
        labelkit.audit(tmp_path)


@pytest.mark.parametrize(
    ("folders", "told"),
    [
        ({"GO": 10, "NG": 5}, "flow_from_directory validates on the first by name: GO 2 of 10, NG 1 of 5"),
        ({"A": 10, "B": 5, "C": 5}, "flow_from_directory validates on the first by name: 4 of 20 images"),
    ],
)
def test_a_person_reads_which_images_keras_would_validate_on(
    tmp_path: Path, folders: dict[str, int], told: str
) -> None:
    out = io.StringIO()
    show_audit(labelkit.audit(fill(tmp_path, **folders)), make_console(out))
    assert told in out.getvalue()
