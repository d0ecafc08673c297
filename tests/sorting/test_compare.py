from __future__ import annotations

from dataclasses import replace

import pytest

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.domain.seen import Kind, Seen
from labelkit.sorting.compare import altered, difference, is_as_stamped, remark

KEY = ImageKey("/raw", "a.png")
SHA, OTHER = "a" * 64, "b" * 64
STAMP: Stamp = (10, 20, 30, 40)
LATER: Stamp = (10, 21, 31, 40)
LONGER: Stamp = (11, 20, 30, 40)


def placed(mode: Mode, sha256: str = SHA) -> Placement:
    return Placement(KEY, "GO/a.png", mode, sha256, STAMP, STAMP)


FILE = Seen(Kind.FILE, STAMP, SHA)
LINK = Seen(Kind.LINK, STAMP, SHA, "../raw/a.png", leads=True, beyond=STAMP)
SHARED = replace(FILE, sha256="", shared=True)


@pytest.mark.parametrize(
    ("p", "seen", "own", "whole"),
    [
        (placed(Mode.COPY), FILE, "", ""),
        (placed(Mode.COPY), replace(FILE, sha256=OTHER), "other content", "other content"),
        (placed(Mode.COPY), replace(FILE, stamp=LONGER), "11 bytes instead of 10", "11 bytes instead of 10"),
        (placed(Mode.COPY), replace(FILE, stamp=LATER), "", ""),
        (placed(Mode.COPY), replace(FILE, sha256="", fault="Permission denied"), "cannot be read", "cannot be read"),
        (placed(Mode.COPY), replace(FILE, sha256=""), "", ""),
        (placed(Mode.COPY), LINK, "a link (to ../raw/a.png) stands there", "a link (to ../raw/a.png) stands there"),
        (placed(Mode.MOVE), Seen(Kind.OTHER, fault="its class folder is a link now"), "folder is a", "folder is a"),
        (placed(Mode.COPY), Seen(Kind.NOTHING), "", ""),
        (placed(Mode.SYMLINK), LINK, "", ""),
        (placed(Mode.SYMLINK), FILE, "a file stands there instead of a link", "a file stands there"),
        (placed(Mode.SYMLINK), replace(LINK, leads=False), "leads elsewhere", "leads elsewhere"),
        (placed(Mode.SYMLINK), replace(LINK, beyond=None), "", "the link is broken: its source a.png is gone"),
        (placed(Mode.SYMLINK), replace(LINK, fault="Input/output error"), "", "its source cannot be read"),
        (placed(Mode.SYMLINK), replace(LINK, beyond=LONGER), "", "its source was altered: 11 bytes instead of 10"),
        (placed(Mode.SYMLINK), replace(LINK, sha256=OTHER), "", "its source was altered: other content"),
        (placed(Mode.SYMLINK, ""), replace(LINK, sha256=""), "", ""),
        (placed(Mode.HARDLINK), replace(FILE, shared=True), "", ""),
        (placed(Mode.HARDLINK), replace(FILE, shared=True, sha256=OTHER), "", "other content"),
        (placed(Mode.HARDLINK, ""), SHARED, "", ""),
        (placed(Mode.HARDLINK, ""), replace(SHARED, stamp=LATER), "", "its content had not been read"),
        (placed(Mode.HARDLINK, ""), replace(SHARED, stamp=(10, 20, 99, 99)), "", ""),
        (placed(Mode.HARDLINK, ""), replace(FILE, stamp=LATER), "had not been read", "had not been read"),
        (placed(Mode.HARDLINK, ""), replace(FILE, stamp=LATER, like_source=True), "", ""),
    ],
)
def test_what_differs_is_said(p: Placement, seen: Seen, own: str, whole: str) -> None:
    """`own`: of the name itself, which an undo looks at; `whole`: its content too, however it is shared."""
    for said, expected in ((altered(p, seen), own), (difference(p, seen), whole)):
        assert bool(said) == bool(expected), said
        assert expected in said


def test_a_new_name_renews_the_ctime_and_nothing_else() -> None:
    assert is_as_stamped(placed(Mode.COPY), (10, 20, 99, 40))
    for stamp in (LONGER, LATER, (10, 20, 30, 41), None):
        assert not is_as_stamped(placed(Mode.COPY), stamp)


def test_remarks_are_no_differences() -> None:
    assert "a file of its own now" in remark(placed(Mode.HARDLINK), FILE)
    assert remark(placed(Mode.HARDLINK), SHARED) == ""
    assert "cannot be told" in remark(placed(Mode.SYMLINK, ""), replace(LINK, beyond=LATER))
    assert remark(placed(Mode.SYMLINK), replace(LINK, beyond=LATER)) == ""
    assert remark(placed(Mode.COPY), FILE) == ""
