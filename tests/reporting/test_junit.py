"""JUnit XML of an audit: what fails, what does not, and what was not run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.reporting.junit import junit_xml
from tests.auditing.scenes import fill, write


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = fill(tmp_path / "<base>&\u0007", GO=12, NG=6)
    write(base / "GO" / "]]><\x01&\udcff\ufffe.png", b"")
    write(base / "NG" / "copy.png", (base / "NG" / "i0.png").read_bytes())
    return base


def cases(*reports: AuditReport) -> tuple[Element, dict[str, Element]]:
    root = fromstring(junit_xml(reports))  # noqa: S314 - our own text
    return root, {case.attrib["name"]: case for case in root.iter("testcase")}


def test_each_check_is_a_test_case_and_the_gate_decides(base: Path) -> None:
    strict = labelkit.audit(base, jobs=1, cache=False, fail_on="warning", ignore=["light"])
    root, found = cases(strict)
    assert list(found) == [run.name for run in strict.checks]
    assert {n for n, c in found.items() if c.find("failure") is not None} == {"unreadable", "exact_duplicates"}
    assert found["class_imbalance"].findtext("system-out", "").startswith("info: ")
    skipped = found["light"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "left out (--ignore)"
    suite = root[0]
    assert suite.attrib["name"].endswith("/<base>&\\x07")
    count = {kind: len(list(root.iter(kind))) for kind in ("testcase", "failure", "skipped")}
    told = (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"])
    assert told == tuple(map(str, count.values())) == tuple(root.attrib[k] for k in ("tests", "failures", "skipped"))


def test_hostile_names_are_harmless_text(base: Path) -> None:
    report = labelkit.audit(base, jobs=1, cache=False)
    _, found = cases(report)
    assert "GO/]]><\\x01&\\udcff\\ufffe.png" in found["unreadable"].findtext("failure", "")
    assert set(c for c in junit_xml([report]).decode() if ord(c) < 32) == {"\n"}  # noqa: C401 - reads as it is said


def test_below_the_gate_is_output(base: Path) -> None:
    report = labelkit.audit(base, jobs=1, cache=False, fail_on="never")
    _, found = cases(report)
    assert not [c for c in found.values() if c.find("failure") is not None]
    assert "cannot be read" in found["unreadable"].findtext("system-out", "")
    accepted = replace(report, findings=(), accepted=report.findings)
    assert "accepted by the baseline: " in cases(accepted)[1]["unreadable"].findtext("system-out", "")
