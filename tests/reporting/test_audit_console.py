from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import labelkit
from labelkit.auditing.baseline import baseline_of, hold_against
from labelkit.reporting.audit_console import show_audit
from tests.auditing.scenes import fill, write


def screen(base: Path, *, width: int, verbose: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False, highlight=False, markup=False)
    show_audit(labelkit.audit(base, jobs=1), console, verbose=verbose)
    return out.getvalue()


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    base = fill(tmp_path, n60=12, n80=3, n100=9)
    write(base / "60" / ("long" * 40 + ".png"), b"")
    write(base / "60" / "[red]markup[/red].webp")
    (base / ".git").mkdir()
    return base


def test_tables_fit_80_columns(crowded: Path) -> None:
    lines = screen(crowded, width=80, verbose=True).splitlines()
    said = ("index 0", "in your own script", "not run: ", str(crowded))
    assert max(len(line) for line in lines if not line.startswith(said)) <= 80
    assert any(line.startswith("index 0 = 60, index 1 = 80, index 2 = 100") for line in lines)
    assert "[red]markup[/red].webp" in "".join(lines)


def test_more_than_two_classes_have_no_positive(crowded: Path) -> None:
    first = screen(crowded, width=100).splitlines()[0]
    assert first.endswith("the largest of the outputs, in this order, names the class")


def test_many_classes_do_not_flood_the_first_line(tmp_path: Path) -> None:
    for i in range(60):
        write(tmp_path / f"class{i:02}" / "a.png")
    first = screen(tmp_path, width=100).splitlines()[0]
    assert "index 11 = class11, … 60 classes" in first
    assert "class12" not in first


def test_long_lists_are_cut_and_verbose_shows_more(tmp_path: Path) -> None:
    fill(tmp_path, GO=5, NG=5)
    for i in range(20):
        write(tmp_path / "GO" / f"broken{i:02}.png", b"")
    short, long = screen(tmp_path, width=100), screen(tmp_path, width=100, verbose=True)
    assert "and 17 more" in short
    assert "broken19.png" not in short
    assert "broken19.png" in long


def test_a_folder_without_classes(tmp_path: Path) -> None:
    text = screen(tmp_path, width=100)
    assert "no class folders" in text.splitlines()[0]
    assert "no images in class folders" in text


@pytest.mark.parametrize("width", [30, 40, 60])
def test_a_narrow_terminal_gives_sentences_its_whole_width(crowded: Path, width: int) -> None:
    text = screen(crowded, width=width)
    lines = [line.rstrip() for line in text.splitlines()]
    start = lines.index("error unreadable")
    told = lines[start + 1 : start + 4]
    assert all(line.startswith("  ") for line in told)
    assert max(len(line) for line in told) > width - 12
    assert "→ replace or delete" in " ".join(line.strip() for line in lines)


def test_groups_of_hundreds_do_not_flood_the_screen(tmp_path: Path) -> None:
    fill(tmp_path, GO=3, NG=3)
    for i in range(200):
        write(tmp_path / "GO" / f"copy{i:03}.png", (tmp_path / "GO" / "i0.png").read_bytes())
    text = " ".join(screen(tmp_path, width=100).split())
    assert "GO/copy000.png = GO/copy001.png = GO/copy002.png = GO/copy003.png and 197 more" in text


def test_the_baseline_is_told(tmp_path: Path) -> None:
    base = fill(tmp_path / "base", GO=9, NG=3)
    write(base / "GO" / "broken.png", b"")
    known = baseline_of(labelkit.audit(base, jobs=1))
    write(base / "NG" / "also.png", b"x")
    (base / "GO" / "broken.png").unlink()
    held = hold_against(labelkit.audit(base, jobs=1), known)
    out = io.StringIO()
    show_audit(held, Console(file=out, width=100))
    text = " ".join(out.getvalue().split())
    assert "NG/also.png" in text
    assert "class_imbalance" not in text
    assert re.search(r"baseline: [1-9] entr(y|ies) accepted, 1 gone \(write it again", text)
