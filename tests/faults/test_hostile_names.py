"""Names, labels and rows that lead elsewhere or move a terminal: refused, or kept byte for byte, never followed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labelkit.domain.errors import LabelkitError
from labelkit.domain.sort_result import SortResult
from labelkit.flows.run import Run
from labelkit.flows.sort import sort
from tests.checkout import Command
from tests.storage.scenes import build, read

LEADING_AWAY = [
    *(
        "../own.png",
        "../../own.png",
        "a/../../own.png",
        "./../own.png",
        "..",
        "../",
        ".",
        "./",
        "",
        " ",
        "/",
        "//",
        "///own.png",
    ),
    *(
        "/etc/passwd",
        "//etc/passwd",
        "/proc/self/mem",
        "/dev/zero",
        "~",
        "~/own.png",
        "~root/x.png",
        "$HOME/x.png",
        "%TEMP%\\x.png",
    ),
    *(
        "C:\\x.png",
        "C:/x.png",
        "C:x.png",
        "\\\\host\\share\\x.png",
        "//host/share/x.png",
        "\\\\?\\C:\\x.png",
        "a\\..\\b",
        "..\\own.png",
    ),
    *(
        "..\\..\\own.png",
        "file:///etc/passwd",
        "https://example.org/x.png",
        "-rf",
        "--help",
        "-",
        "*",
        "?.png",
        "[a].png",
        "{a,b}.png",
    ),
    *(
        "`id`.png",
        "$(id).png",
        "; rm x.png",
        "| x.png",
        "> x.png",
        "& x.png",
        "'x'.png",
        "a/b/../../../own.png",
        "link/own.png",
    ),
    *(
        "own.png/",
        "a.png/.",
        "a.png/..",
        "....//own.png",
        "..;/own.png",
        "%2e%2e/own.png",
        "..%2fown.png",
        "..%c0%afown.png",
    ),
    *(
        "con",
        "nul.png",
        "aux",
        "com1.png",
        "lpt1",
        "a:b",
        "a\x01b",
        "x" * 300,
        "a/" * 50 + "x.png",
        "\uff0e\uff0e/own.png",
        "\u2025/own.png",
    ),
]
"""Cells of a table: as the name of a file they name none, as a label they are no class or a plain name."""

ODD_NAMES = [
    *(
        b"line\nbreak.png",
        b"escape\x1b[31m.png",
        b"bell\x07.png",
        b"turn\xe2\x80\xaearound.png",
        b"[red]markup.png",
        b"not utf-8 \xff.png",
    ),
    *(
        b" blanks .png",
        b"-rf.png",
        b"CON.png",
        b"a:b.png",
        b"quote'\"$(id).png",
        b"%s%n{0}.png",
        b"\xc3\xa9.png",
        b"e\xcc\x81.png",
    ),
    *(b"trailing dot..png", b"x" * 251 + b".png", b"\xe6\xa4\x9c\xe6\x9f\xbb.png", b"tab\t.png", b"back\\slash.png"),
]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A source with one image; beside it a picture of somebody's own, and a link to its folder."""
    build(tmp_path / "raw", {"a.png": b"an image"})
    build(tmp_path, {"own.png": b"somebody's own"})
    (tmp_path / "raw" / "link").symlink_to(tmp_path)
    return tmp_path / "raw"


@pytest.mark.parametrize("cell", LEADING_AWAY)
def test_a_row_that_leads_away_names_no_file(raw: Path, tmp_path: Path, cell: str) -> None:
    """It is missing, or an error; the one real row is placed, or nothing; nothing else is read, moved or made."""
    _table(tmp_path / "t.csv", [(cell, "GO"), ("a.png", "GO")])
    result = _sorted(raw, mode="move", allow_missing=True)
    if isinstance(result, LabelkitError):
        assert result.exit_code in {2, 3}
    else:
        assert [s.target for s in result.plan.steps] == ["GO/a.png"]
    _nothing_else_changed(tmp_path, {"base/GO/a.png", "raw/a.png"})


@pytest.mark.parametrize("cell", LEADING_AWAY)
def test_a_label_that_leads_away_is_no_class(raw: Path, tmp_path: Path, cell: str) -> None:
    """Refused with nothing made, or no label at all, or a plain folder of exactly that name."""
    _table(tmp_path / "t.csv", [("a.png", cell)])
    result = _sorted(raw)
    placed = set[str]()
    if isinstance(result, LabelkitError):
        assert result.exit_code in {2, 3}
        assert not (tmp_path / "base").exists()
    else:
        placed = {f"base/{s.target}" for s in result.plan.steps}
        assert placed <= {f"base/{cell.strip()}/a.png"}
    _nothing_else_changed(tmp_path, {"raw/a.png"} | placed)


@pytest.mark.parametrize("mode", ["copy", "symlink"])
def test_names_of_any_bytes_arrive_as_they_are(tmp_path: Path, labelkit: Command, mode: str) -> None:
    """By the real command: every image is placed under its own name, JSON is ASCII, the terminal gets no control."""
    folder = tmp_path / "raw" / "GO"
    folder.mkdir(parents=True)
    for i, name in enumerate(ODD_NAMES):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"image %d" % i)  # noqa: PTH118 - bytes
    words = ["--path-fields", "{label}/{name}", "--label-column", "label", "--mode", mode, "--json"]
    done = labelkit("sort", "raw", *words, "--base-dir", "base", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["done"] == len(ODD_NAMES)
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout + done.stderr
    there = {os.fsencode(p.name): p.read_bytes() for p in (tmp_path / "base" / "GO").iterdir()}
    twins = {b"\xc3\xa9.png", b"e\xcc\x81.png"}  # the same name to some systems: told apart by their content
    assert {n: c for n, c in there.items() if n in ODD_NAMES}.keys() >= set(ODD_NAMES) - twins
    assert sorted(there.values()) == sorted(b"image %d" % i for i in range(len(ODD_NAMES)))


def _sorted(raw: Path, *, mode: str = "copy", allow_missing: bool = False) -> SortResult | LabelkitError:
    beside = raw.parent
    try:
        return sort(
            raw,
            base_dir=beside / "base",
            metadata=beside / "t.csv",
            file="file",
            label_column="label",
            mode=mode,
            allow_missing=allow_missing,
            run=Run(jobs=1),
        )
    except LabelkitError as e:
        return e


def _table(path: Path, rows: list[tuple[str, str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [("file", "label"), *rows]]
    path.write_text("\n".join(quoted) + "\n", encoding="utf-8")


def _nothing_else_changed(folder: Path, may_be_there: set[str]) -> None:
    there = read(folder)
    assert there.pop("own.png") == b"somebody's own"
    known = {"t.csv", "raw/link"} | may_be_there
    assert {name for name in there if name not in known} - {"base", "raw"} == set()
    assert b"an image" in there.values()
