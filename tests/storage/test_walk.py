from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.tree import FileKind
from labelkit.storage.walk import walk, walk_around
from tests.auditing.scenes import picture, write
from tests.storage.unprivileged import open_to_all, unprivileged


def test_everything_is_accounted_for_in_order(tmp_path: Path) -> None:
    for path in ["b/2.png", "b/10.png", "a b/x.png", "a/x.png", "a/deep/y.JPG", ".hidden/z.bmp", "top.png"]:
        write(tmp_path / path)
    (tmp_path / "empty").mkdir()
    tree = walk(tmp_path)
    assert [f.path for f in tree.folders] == [".hidden", "a", "a b", "a/deep", "b", "empty"]
    assert [f.path for f in tree.files] == sorted(f.path for f in tree.files)
    assert {f.path for f in tree.images()} == {
        *("b/2.png", "b/10.png", "a b/x.png", "a/x.png", "a/deep/y.JPG", ".hidden/z.bmp", "top.png")
    }
    assert tree.skipped == ()
    assert tree.files[0].size == (tmp_path / tree.files[0].path).stat().st_size


def test_content_tells_an_image_where_the_name_does_not(tmp_path: Path) -> None:
    write(tmp_path / "photo_png", picture("x"))
    write(tmp_path / "photo.dat", picture("x", "JPEG"))
    write(tmp_path / "notes_jpg", b"only text")
    write(tmp_path / "table.csv", picture("x"))
    assert [f.path for f in walk(tmp_path).images()] == ["photo.dat", "photo_png"]


def test_links_and_special_files_are_named_and_never_opened(tmp_path: Path) -> None:
    write(tmp_path / "GO" / "a.png")
    (tmp_path / "GO" / "broken.png").symlink_to("nowhere")
    (tmp_path / "GO" / "link.png").symlink_to("a.png")
    os.mkfifo(tmp_path / "GO" / "pipe.png")
    os.mkfifo(tmp_path / "GO" / "pipe")
    kinds = {f.path: (f.kind, f.link) for f in walk(tmp_path).files}
    assert kinds == {
        "GO/a.png": (FileKind.FILE, False),
        "GO/broken.png": (FileKind.BROKEN_LINK, True),
        "GO/link.png": (FileKind.FILE, True),
        "GO/pipe": (FileKind.SPECIAL, False),
        "GO/pipe.png": (FileKind.SPECIAL, False),
    }
    assert [f.path for f in walk(tmp_path).images()] == ["GO/a.png", "GO/link.png"]


def test_sources_are_read_without_following_links(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "l.png").symlink_to("a.png")
    (tmp_path / "in" / "sub").symlink_to(tmp_path)
    tree = walk(tmp_path / "in", follow_links=False)
    assert [f.path for f in tree.files] == ["a.png"]
    assert [s.path for s in tree.skipped] == ["l.png", "sub"]
    assert all("symbolic link" in s.reason for s in tree.skipped)


def test_a_linked_folder_is_entered_and_marked(tmp_path: Path) -> None:
    write(tmp_path / "store" / "a.png")
    (tmp_path / "base" / "GO").mkdir(parents=True)
    (tmp_path / "base" / "NG").symlink_to(tmp_path / "store")
    tree = walk(tmp_path / "base")
    assert [(f.path, f.link) for f in tree.folders] == [("GO", False), ("NG", True)]
    assert [f.path for f in tree.files] == ["NG/a.png"]


def test_circles_of_links_end(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(7)]
    for name in names:
        write(tmp_path / name / "a.png")
    for name in names:
        (tmp_path / name / "up").symlink_to(tmp_path)
        for other in names:
            (tmp_path / name / other).symlink_to(tmp_path / other)
    tree = walk(tmp_path)
    reasons = {s.path: s.reason for s in tree.skipped}
    assert reasons["c0/up"] == "a link to a folder above it"
    assert reasons["c0/c0"] == "a link to a folder above it"
    assert reasons["c0/c1/c2/c3/c4/c5"].startswith("more than 4 linked folders")
    assert len(tree.files) < 10_000


def test_names_that_are_no_text_come_back_as_they_are(tmp_path: Path) -> None:
    name = os.fsdecode(b"GO\xff")
    write(tmp_path / name / os.fsdecode(b"\xfe.png"))
    tree = walk(tmp_path)
    assert [os.fsencode(f.path) for f in tree.files] == [b"GO\xff/\xfe.png"]


def test_a_folder_that_cannot_be_listed_is_skipped_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path / "GO" / "a.png")
    write(tmp_path / "NG" / "b.png")
    open_to_all(tmp_path)
    (tmp_path / "NG").chmod(0)
    try:
        with unprivileged():
            tree = walk(tmp_path)
    finally:
        (tmp_path / "NG").chmod(0o755)
    assert [f.path for f in tree.files] == ["GO/a.png"]
    assert [(s.path, s.reason) for s in tree.skipped] == [("NG", "cannot be read: Permission denied")]


def test_a_root_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir()
    open_to_all(tmp_path)
    (tmp_path / "shut").chmod(0)
    try:
        with unprivileged(), pytest.raises(StorageError, match="cannot read the folder"):
            walk(tmp_path / "shut")
    finally:
        (tmp_path / "shut").chmod(0o755)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        walk(tmp_path / "nowhere")


def test_very_deep_folders(tmp_path: Path) -> None:
    made = [tmp_path]
    try:
        while len(made) < 1100:
            made.append(made[-1] / "d")
            made[-1].mkdir()
        assert len(walk(tmp_path).folders) == len(made) - 1 > 1000
    finally:
        for folder in reversed(made[1:]):  # from below: what clears up after tests goes down by recursion
            folder.rmdir()


def test_known_files_are_looked_for_and_everything_else_is_seen(tmp_path: Path) -> None:
    """A link, a folder and a FIFO under a known name are no file of that name: they are seen as what they are."""
    known = {"A/1.png", "A/gone.png", "A/link.png", "A/folder.png", "A/fifo.png"}
    (tmp_path / "A/folder.png").mkdir(parents=True)
    for name in ("A/1.png", "A/2.png", "top.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "A/link.png").symlink_to(tmp_path / "top.png")
    os.mkfifo(tmp_path / "A/fifo.png")
    tree, there = walk_around(tmp_path, known)
    assert there == {"A/1.png"}
    whole = walk(tmp_path)
    assert tree.files == tuple(f for f in whole.files if f.path != "A/1.png")
    assert (tree.folders, tree.skipped) == (whole.folders, whole.skipped)
