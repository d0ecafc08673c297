"""`labelkit audit --html`, `--junit` and baselines as they are typed: what is written, refused, and told."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

import labelkit as package
from labelkit.auditing.catalog import Choice
from labelkit.domain.errors import UsageError
from labelkit.flows.audit_files import AuditFiles
from tests.auditing.scenes import fill, write
from tests.checkout import Command


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = fill(tmp_path / "base_dir", GO=8, NG=4)
    write(base / "GO" / "broken.png", b"first")
    return base


def test_a_pipeline_accepts_what_is_known_and_stops_at_what_is_new(labelkit: Command, base: Path) -> None:
    here = base.parent
    first = labelkit("audit", "base_dir", "--write-baseline", "known.json", cwd=here)
    assert first.returncode == 1
    assert "known.json accepts what was found" in first.stderr
    held = labelkit("audit", "base_dir", "--baseline", "known.json", "--fail-on", "warning", "--json", cwd=here)
    told = json.loads(held.stdout)
    assert (held.returncode, told["findings"], told["gate"]["passed"]) == (0, [], True)
    assert told["accepted"][0]["check"] == "unreadable"
    assert told["baseline"] == {"accepted": len(json.loads((here / "known.json").read_text())["accepted"]), "gone": 0}

    (base / "GO" / "broken.png").rename(base / "NG" / "moved.png")
    write(base / "GO" / "new.png", b"second")
    words = ("--baseline", "known.json", "--junit", "audit.xml", "--html", "audit.html")
    new = labelkit("audit", "base_dir", *words, cwd=here)
    assert new.returncode == 1
    assert "new: 1 file; the baseline accepts 1 more" in new.stderr
    assert "NG/moved.png" not in new.stderr
    assert "the page is audit.html (" in new.stderr
    suite = parse(here / "audit.xml").getroot()[0]  # noqa: S314 - our own text
    assert [case.attrib["name"] for case in suite.iter("testcase") if case.find("failure") is not None] == [
        "unreadable"
    ]
    page = (here / "audit.html").read_text("utf-8")
    assert "GO/new.png" in page
    assert "Accepted before" in page


def test_settings_name_the_baseline_that_a_new_one_replaces(labelkit: Command, base: Path) -> None:
    here, known = base.parent, base.parent / "known.json"
    AuditFiles(write_baseline=known).write([package.audit(base, jobs=1)], made="now")
    (here / "labelkit.toml").write_text('base_dir = "base_dir"\nbaseline = "known.json"\n')
    assert labelkit("audit", cwd=here).returncode == 0
    write(base / "GO" / "new.png", b"second")
    assert labelkit("audit", "--write-baseline", "known.json", cwd=here).returncode == 1  # told whole
    assert package.audit(base, jobs=1, baseline=known).gate.passed


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["base_dir", "--baseline", "base_dir/GO/i0.png"], 2, "is no JSON"),
        (["base_dir", "--html", "/proc/page.html"], 4, "cannot write /proc/page.html"),
        (["base_dir", "--suspects", "suspects.csv"], 2, "name one: --model runs/latest"),
        (["base_dir", "--model", "nowhere"], 2, "no such bundle: nowhere"),
    ],
)
def test_what_cannot_be_used_is_refused_before_an_image_is_read(
    labelkit: Command, base: Path, words: list[str], code: int, why: str
) -> None:
    done = labelkit("audit", *words, cwd=base.parent)
    assert done.returncode == code, done.stderr
    assert why in done.stderr.replace("\n", "")
    assert "index 0" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (AuditFiles(html=Path("nowhere/page.html")), "no such folder: nowhere"),
        (AuditFiles(html=Path("base_dir")), "is no file"),
        (AuditFiles(html=Path("one"), junit=Path("./one")), "one file for two reports"),
        (AuditFiles(write_baseline=Path("new.json")), "exclude each other"),
    ],
)
def test_options_that_cannot_be_are_told(
    base: Path, monkeypatch: pytest.MonkeyPatch, files: AuditFiles, why: str
) -> None:
    monkeypatch.chdir(base.parent)
    with pytest.raises(UsageError, match=why):
        files.check(folders=1, baseline=Path("known.json"))
    with pytest.raises(UsageError, match="a baseline is of one folder"):
        AuditFiles(write_baseline=Path("new.json")).check(folders=2, baseline=None)


def test_severities_of_the_settings_are_told_with_place_and_nearest_name(labelkit: Command, base: Path) -> None:
    (base.parent / "labelkit.toml").write_text('[severity]\ndrak = "error"\n')
    done = labelkit("audit", "base_dir", cwd=base.parent)
    assert done.returncode == 2
    told = " ".join(done.stderr.split())
    assert "labelkit.toml: severity: no check 'drak' did you mean 'dark'?" in told
    with pytest.raises(UsageError, match="'errro' is no severity for dark\n  did you mean 'error'"):
        Choice(severity={"dark": "errro"}).check_names()
