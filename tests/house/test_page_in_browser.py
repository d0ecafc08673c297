"""The page of an audit in a real browser: silent, alone, no wider than the window, names as text, pictures there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import labelkit
from tests.house.browser import CHROMIUM, Browser, browser
from tests.house.faulty_set import faulty_set

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install -y chromium")

HOSTILE = (
    "<img src=x onerror=document.title='hit'>.jpg",
    '"><script>document.title="hit"<',
    "\u202egpj.hidden.jpg",
    "new\nline.jpg",
    os.fsdecode(b"half\xff.jpg"),
    "w" * 200 + ".jpg",
    "שלום עולם.jpg",
)
SHOWN = (*HOSTILE[:2], "\\u202egpj.hidden.jpg", "new\\nline.jpg", "half\\udcff.jpg", *HOSTILE[5:])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    base = faulty_set(folder / "base_dir")
    for name in HOSTILE:
        (base / "NG" / name).write_bytes((base / "GO" / "0010.jpg").read_bytes())
    file = folder / "audit.html"
    labelkit.write_page(labelkit.audit(base, cache=False), file, made="2026-03-02 06:00 UTC")
    return file


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_silent_alone_and_no_wider_than_the_window(
    chromium: Browser, page: Path, width: int, *, dark: bool
) -> None:
    chromium.open(page, width=width, height=768, dark=dark)
    assert chromium.value("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    assert chromium.value("document.documentElement.scrollWidth") == width
    assert chromium.value("document.images.length") == chromium.value(
        "[...document.images].filter(i => i.complete && i.naturalWidth > 0 && i.checkVisibility()).length"
    )
    assert chromium.value("document.images.length >= 40") is True
    assert [address for address in chromium.asked if not address.startswith("data:")] == [page.as_uri()]
    assert chromium.said == []


def test_the_answer_stands_in_the_first_screen(chromium: Browser, page: Path) -> None:
    chromium.open(page, width=1366, height=768)
    seen = "(q => document.querySelector(q).getBoundingClientRect().bottom <= 768)"
    for what in ("h1", ".summary", ".meaning", ".map", ".first li:nth-child(4)"):
        assert chromium.value(f"{seen}({json.dumps(what)})") is True, what


def test_hostile_names_are_text(chromium: Browser, page: Path) -> None:
    chromium.open(page, width=1366)
    names = chromium.value("[...document.querySelectorAll('.name')].map(n => n.textContent)")
    assert isinstance(names, list)
    for name in SHOWN:
        assert f"NG/{name}" in names
    assert str(chromium.value("document.title")).startswith("Do not train on this yet")
    assert chromium.value("document.querySelectorAll('.name *').length") == 0
    assert chromium.value("document.scripts.length") == 1


def test_names_can_be_searched(chromium: Browser, page: Path) -> None:
    chromium.open(page, width=1366)
    count = "document.querySelectorAll('.shot:not([hidden])').length"
    every = chromium.value(count)
    search = (
        "(w => {const f = document.querySelector('.search input'); f.value = w; f.dispatchEvent(new Event('input'));})"
    )
    chromium.value(f"{search}('<IMG SRC')")
    found = chromium.value("[...document.querySelectorAll('.finding:not([hidden])')].map(f => f.textContent)")
    assert isinstance(found, list)
    assert found
    assert all("<img src=x" in text for text in found)
    told = chromium.value("document.querySelector('.search output').textContent")
    assert told == f"in {len(found)} findings"
    chromium.value(f"{search}('')")
    assert chromium.value(count) == every


def test_the_keyboard_reaches_everything_that_opens(chromium: Browser, page: Path) -> None:
    chromium.open(page, width=1366)
    chromium.value("document.querySelector('.finding > summary').focus()")
    for kind in ("keyDown", "keyUp"):
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        chromium.call("Input.dispatchKeyEvent", type=kind, **key)
    assert chromium.value("document.querySelector('.finding').open") is False
    assert chromium.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_it_prints_whole_and_dark_on_white(chromium: Browser, page: Path) -> None:
    chromium.open(page, width=1366)
    chromium.value("document.querySelectorAll('details').forEach(d => d.open = false)")
    chromium.value("dispatchEvent(new Event('beforeprint'))")
    assert chromium.value("document.querySelectorAll('details:not([open])').length") == 0
    chromium.value("dispatchEvent(new Event('afterprint'))")
    assert chromium.value("document.querySelectorAll('details[open]').length") == 0
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    chromium.call("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert chromium.value("getComputedStyle(document.body).color") == "rgb(29, 29, 27)"
    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(str(chromium.call("Page.printToPDF")["data"])) > 10_000
