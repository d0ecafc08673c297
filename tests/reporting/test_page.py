"""The page of an audit: hostile names are text, nothing is asked for, nothing grows without bound."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Finding, Severity
from labelkit.reporting.page import audit_page
from labelkit.reporting.page_charts import charts
from labelkit.reporting.page_findings import FEWER, PICTURES
from tests.auditing.scenes import fill, write

HOSTILE = (
    "<img src=x onerror=alert(1)>.png",
    '"><script>alert(1)<',
    "{{ 7*7 }}{% raw %}.png",
    "a\u202egnp.exe.png",
    "line\nbreak\x1b[31m.png",
    os.fsdecode(b"\xff\xfe.png"),
    "&lt;b&gt;.png",
    "' onmouseover='alert(1).png",
)
_VOID = {"meta", "link", "img", "input", "rect", "line", "wbr"}
_ADDRESSES = ("src", "href", "action", "data", "poster", "srcset", "style", "background")


class Read(HTMLParser):
    """A page taken apart: elements, attributes, text; every element must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"script", "style"}:
            self.text.append(data)


def page_of(*reports: AuditReport) -> str:
    return audit_page(reports, made="2026-03-02 06:00 UTC").data.decode("utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> AuditReport:
    base = fill(tmp_path_factory.mktemp("hostile") / "<b>base & dir", GO=6, NG=4)
    for name in HOSTILE:
        write(base / "GO" / name, (base / "NG" / "i0.png").read_bytes())
    for name in ("<svg onload=alert(1)>", '"><i>', "{{ 7*7 }}"):
        write(base / name / "a.png")
        write(base / name / "broken.png", b"<script>")
    return labelkit.audit(base, jobs=1, cache=False)


def test_hostile_names_are_text(hostile: AuditReport) -> None:
    read = Read(page_of(hostile))
    assert read.elements["script"] == read.elements["style"] == 1
    assert not {"iframe", "object", "embed", "base", "form", "i" * 2} & set(read.elements)
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    told = "".join(read.text)
    for name in (*HOSTILE[:3], *HOSTILE[6:], "<svg onload=alert(1)>", '"><i>', "{{ 7*7 }}", "<b>base & dir"):
        assert name in told
    assert "a\\u202egnp.exe.png" in told
    assert "line\\nbreak\\x1b[31m.png" in told
    assert "\\udcff\\udcfe.png" in told


def test_nothing_is_asked_for_and_only_its_own_lines_may_run(hostile: AuditReport) -> None:
    page = page_of(hostile)
    read = Read(page)
    led = [v for _, name, v in read.attributes if name in _ADDRESSES]
    assert all(v.startswith(("#", "data:")) for v in led)
    assert not re.search(r"@import|url\(|//[a-z]", re.sub(r'src="data:[^"]*"', "", page))
    policy = next(v for _, name, v in read.attributes if name == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    for tag in ("style", "script"):
        body = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_every_anchor_leads_somewhere_and_no_place_has_two(hostile: AuditReport) -> None:
    read = Read(page_of(hostile, hostile))
    places = [v for _, name, v in read.attributes if name == "id"]
    assert len(places) == len(set(places))
    led = {v[1:] for tag, name, v in read.attributes if (tag, name) == ("a", "href")}
    assert led <= set(places)
    assert {"audit-1", "audit-2", "finding-2-1"} <= set(places)


def test_pictures_are_those_of_the_files(tmp_path: Path) -> None:
    base = fill(tmp_path, GO=4, NG=4)
    write(base / "NG" / "copy.png", (base / "GO" / "i2.png").read_bytes())
    report = labelkit.audit(base, jobs=1, cache=False)
    made = dict(report.thumbnails.pictures(["GO/i2.png", "NG/copy.png"]))
    shown = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)"', page_of(report))
    assert [base64.b64decode(s) for s in shown[:2]] == [made["GO/i2.png"], made["NG/copy.png"]]


class OnePicture:
    """The same small picture of every file."""

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path with it."""
        return ((path, b"picture") for path in paths)


def test_a_page_stays_small_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, GO=30, NG=2), jobs=1, cache=False)
    paths = [f.path for f in report.facts]
    many = [replace(report.facts[i % 32], path=f"GO/{i:05}.png") for i in range(20_000)]
    groups = tuple((f"GO/{i:05}.png", f"GO/{i + 1:05}.png") for i in range(0, 6000, 2))
    findings = (
        Finding("dark", Severity.WARNING, "all dark", files=tuple(f.path for f in many)),
        Finding("light", Severity.INFO, "some light", files=tuple(paths[:15])),
        Finding("exact_duplicates", Severity.WARNING, "copies", files=(), groups=groups),
    )
    big = replace(report, facts=(*many, *report.facts), findings=findings, thumbnails=OnePicture())
    page = page_of(big)
    assert page.count("<img") == PICTURES + FEWER + PICTURES
    assert len(page) < 400_000
    told = " ".join("".join(Read(page).text).split())
    assert f"{20_000 - PICTURES:,} more files are not shown here" in told
    assert "500 names, 19,500 more not listed" in told
    assert f"{3000 - PICTURES // 2:,} more groups are not shown here" in told
    assert "GO/00000.png" in told  # the first
    assert "GO/19999.png" in told  # and the last, for they are spread


def test_the_answer_comes_first(tmp_path: Path) -> None:
    base = fill(tmp_path / "base", GO=12, NG=10)
    fine = labelkit.audit(base, jobs=1, cache=False)
    assert "<h1>Nothing stands in the way of training</h1>" in page_of(fine)
    write(base / "GO" / "broken.png", b"")
    broken = labelkit.audit(base, jobs=1, cache=False)
    assert "<h1>Do not train on this yet</h1>" in page_of(broken)
    some = labelkit.audit(base, jobs=1, cache=False, select=["class_order"])
    assert "checks were not run" in page_of(some)
    assert "one output near 1 means NG" in page_of(some)


def test_odd_sets_have_a_page(tmp_path: Path) -> None:
    for i in range(40):
        write(tmp_path / "many" / f"class{i:02}" / "a.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    for part in ("train", "val"):
        fill(tmp_path / "parts" / part, GO=3, NG=3)
    pages = {n: page_of(labelkit.audit(tmp_path / n, jobs=1, cache=False)) for n in ("many", "empty", "parts")}
    assert "and 10 more classes" in pages["many"]
    assert "There are no class folders" in pages["empty"]
    assert '<th scope="col" class="n">train</th>' in pages["parts"]
    for page in pages.values():
        Read(page)


def test_histograms_count_every_image_and_stand_in_their_frame(tmp_path: Path) -> None:
    report = labelkit.audit(fill(tmp_path, GO=9, NG=5), jobs=1, cache=False)
    by_class = [(n, [f for f in report.facts if f.path.startswith(n)]) for n in ("GO", "NG")]
    drawn = charts(("GO", "NG"), [(name, f) for name, facts in by_class for f in facts])
    assert [c.title for c in drawn] == ["brightness", "size"]  # too small to be sharp
    for chart in drawn:
        for histogram, (_, facts) in zip(chart.classes, by_class, strict=True):
            counted = [int(bar.told.rpartition(": ")[2].split()[0]) for bar in histogram.bars]
            assert sum(counted) == len(facts)
            assert all(0 <= bar.x < 400 and 0 <= bar.y < 44 for bar in histogram.bars)
            assert 0 <= histogram.middle <= 400
