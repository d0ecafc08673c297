"""The page of a model in a real browser: silent, alone, no wider than the window, readable without its script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.evaluation import Costs
from labelkit.domain.model_report import ModelReport
from labelkit.reporting.model_page import model_page
from tests.house.browser import CHROMIUM, Browser, browser
from tests.reporting.model_scenes import DrawnPictures, Scene, judged, story
from tests.reporting.test_page import HOSTILE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install -y chromium")

NAMES = (*HOSTILE, "w" * 200 + ".jpg", "<img src=x onerror=document.title='hit'>.jpg")
SCENES = {
    "two": Scene(skill=0.9, costs=Costs(50, 1), groups=30, names=NAMES),
    "many": Scene(classes=[f"kind of defect number {i}" for i in range(20)], groups=300, skill=0.9, names=NAMES),
    "hostile": Scene(classes=["<svg onload=document.title='hit'>", "y" * 150, "NG"], skill=0.3, names=NAMES),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, scene in SCENES.items():
        found = replace(judged(scene), bundle="runs/<b>latest</b>")
        report = ModelReport(found, fit=story(), origin={"o": {"p": "q" * 300}}, thumbnails=DrawnPictures())
        (folder / f"{name}.html").write_bytes(model_page(report, made="2026-03-02 06:00 UTC"))
    return {name: folder / f"{name}.html" for name in SCENES}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.mark.parametrize("name", list(SCENES))
@pytest.mark.parametrize(("width", "dark"), [(1366, False), (390, True)])
def test_it_is_silent_alone_and_no_wider_than_the_window(
    chromium: Browser, pages: dict[str, Path], name: str, width: int, *, dark: bool
) -> None:
    chromium.open(pages[name], width=width, height=768, dark=dark)
    assert chromium.value("document.documentElement.scrollWidth") == width
    assert chromium.value("document.images.length >= 40") is True
    assert chromium.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)") is True
    assert [address for address in chromium.asked if not address.startswith("data:")] == [pages[name].as_uri()]
    assert chromium.said == []
    assert "hit" not in str(chromium.value("document.title"))
    assert chromium.value("document.querySelectorAll('.name *, .label bdi *').length") == 0


def test_the_answer_stands_in_the_first_screen(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["two"], width=1366, height=768)
    seen = "(q => document.querySelector(q).getBoundingClientRect().bottom <= 768)"
    for what in ("h1", ".summary", ".meaning", ".matrix", ".figures tbody tr:nth-child(5)"):
        assert chromium.value(f"{seen}({what!r})") is True, what


def test_what_is_written_in_a_plot_stands_in_it(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["two"], width=390, height=768)
    texts = (
        "[...document.querySelectorAll('.plot > svg')].flatMap(s => {const f = s.getBoundingClientRect(); "
        "return [...s.querySelectorAll('text')].map(t => t.getBoundingClientRect())"
        ".filter(t => t.left < f.left - 1 || t.right > f.right + 12 || t.bottom > f.bottom + 1)}).length"
    )
    assert chromium.value("document.querySelectorAll('.plot > svg').length") == 5
    assert chromium.value(texts) == 0
    overlapping = (
        "[...document.querySelectorAll('.plot > svg')].filter(s => {const b = [...s.querySelectorAll('.tick.mid')]"
        ".map(t => t.getBoundingClientRect()); return b.some((t, i) => i && b[i - 1].right > t.left)}).length"
    )
    assert chromium.value(overlapping) == 0


def test_it_prints_whole_and_dark_on_white(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["many"], width=1366)
    chromium.value("dispatchEvent(new Event('beforeprint'))")
    assert chromium.value("document.querySelectorAll('details').length") == 1
    assert chromium.value("document.querySelectorAll('details:not([open])').length") == 0
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    chromium.call("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert chromium.value("getComputedStyle(document.body).color") == "rgb(29, 29, 27)"
    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
