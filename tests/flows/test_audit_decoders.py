"""Decoders that disagree: a sample decoded by Pillow and by the real TensorFlow, and what is said without it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.auditing.decoder_sample import decoder_sample
from labelkit.domain.audit import AuditReport
from labelkit.domain.facts import ImageFacts, JpegFacts
from labelkit.domain.findings import Severity
from labelkit.flows import audit_decoders
from tests.auditing.scenes import write
from tests.imaging.jpegs import cut_out, drawing, written


def folder(root: Path) -> Path:
    rng = drawing("decoders")
    for i in range(4):
        write(root / "GO" / f"{i}.jpg", written(cut_out(rng, (90, 60))))
        write(root / "NG" / f"{i}.bmp", written(cut_out(rng, (90, 60)).convert("P"), "BMP"))
    write(root / "NG" / "one.bmp", written(cut_out(rng, (90, 60)).convert("1"), "BMP"))
    write(root / "NG" / "gone.jpg", b"no image")
    words = np.linspace(0, 60_000, 600).reshape(20, 30).astype(np.uint16)
    write(root / "GO" / "words.png", written(Image.fromarray(words), "PNG"))
    return root


def why_not(report: AuditReport) -> str:
    return next(c.skipped for c in report.checks if c.name == "decoders")


def test_kinds_that_two_decoders_make_different_pixels_of(tmp_path: Path) -> None:
    report = labelkit.audit(folder(tmp_path), select=["decoders"], jobs=1)
    told = {f.files: (f.severity, f.message) for f in report.findings}
    assert told[("NG/0.bmp", "NG/1.bmp", "NG/2.bmp")][0] is Severity.WARNING
    assert "BMP, mode P, 8 bits: the pixels differ" in told[("NG/0.bmp", "NG/1.bmp", "NG/2.bmp")][1]
    assert "TensorFlow refuses it (Number of channels" in told[("NG/one.bmp",)][1]
    assert "PNG, mode I;16, 16 bits: the pixels differ" in told[("GO/words.png",)][1]
    severity, alike = told[()]
    assert severity is Severity.INFO
    assert "decode 3 files of the sample alike" in alike
    assert len(told) == 4
    assert why_not(report) == ""
    assert "labelkit.training.decoded_twice" not in sys.modules, "TensorFlow is met in another process only"


@pytest.mark.parametrize("options", [{}, {"decoders": True, "ignore": ["decoders"]}, {"select": ["dark"]}])
def test_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]) -> None:
    monkeypatch.setattr(audit_decoders, "_asked", lambda _: pytest.fail("a process was started"))
    report = labelkit.audit(folder(tmp_path), jobs=1, **options)  # type: ignore[arg-type]  # a table of options
    assert why_not(report)
    assert [f for f in report.findings if f.check == "decoders"] == []


def test_without_tensorflow_the_install_line_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_decoders, "_TENSORFLOW", "no_such_module_anywhere")
    report = labelkit.audit(folder(tmp_path), jobs=1, decoders=True)
    assert "TensorFlow is not installed (python -m pip install" in why_not(report)
    assert [f for f in report.findings if f.check == "decoders"] == []


def test_a_decoder_that_brings_its_process_down_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_decoders, "_PROGRAM", "labelkit.version")
    report = labelkit.audit(folder(tmp_path), jobs=1, select=["decoders"])
    assert [(f.severity, f.files) for f in report.findings] == [(Severity.WARNING, ("GO/0.jpg",))]
    assert "its process ended with 0" in report.findings[0].message


def test_the_sample_has_three_of_a_kind_and_all_that_is_suspicious() -> None:
    def fact(name: str, damage: str = "", subsampling: str = "4:2:0") -> ImageFacts:
        jpeg = JpegFacts(90, True, "", subsampling, False)
        return ImageFacts(name, 9, format="JPEG", mode="RGB", bits=8, damage=damage, jpeg=jpeg)

    usual = [fact(f"{i:03}.jpg") for i in range(300)]
    assert decoder_sample(usual) == ("000.jpg", "001.jpg", "002.jpg")
    more = [*usual, fact("x.jpg", subsampling="4:4:4"), fact("200.jpg", damage="torn"), fact("y.tif")]
    assert decoder_sample(more) == ("000.jpg", "001.jpg", "002.jpg", "200.jpg", "x.jpg")
    assert len(decoder_sample([fact(f"{i:03}.jpg", damage="torn") for i in range(300)])) == 200
