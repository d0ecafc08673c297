"""Disturbed at every call that changes a disk, nothing is lost, and the same command again comes to the same end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaigns import told_by

EVERY_CALL = ("kill", "once", "ledger-turns", "thin")
"""A kill at each call; EIO, ENOSPC, EACCES and EROFS at each call but those on the ledger, where one comes at each."""

THINNED = ("kill", "once", "turns", "but-ledger", "thin", "thin-kills")
"""Of writes into one file that follow each other the first and the last; one of the errors, none on the ledger."""


@pytest.mark.parametrize(
    ("story", "disturbances"),
    [
        ("change-copy", EVERY_CALL),
        ("change-move-across", THINNED),
        ("change-hardlink", THINNED),
        ("place-move", THINNED),
    ],
)
def test_killed_or_refused_at_every_call(tmp_path: Path, story: str, disturbances: tuple[str, ...]) -> None:
    """`python -m tests.faults calls` goes on from here: every error at every call, lasting ones, 40 files."""
    words = ["calls", "--files", "0", "--stories", story, "--disturb", *disturbances]
    (told,) = told_by(tmp_path, *words)
    assert told.faults == []
    assert told.numbers["calls"] > 120
    assert told.numbers["runs"] > 0.7 * told.numbers["calls"]


def test_after_a_kill_at_ninety_percent_the_rest_and_one_batch_are_read(tmp_path: Path) -> None:
    results = told_by(tmp_path, "late", "--late-files", "1280")
    assert [t.faults for t in results] == [[], []]


def test_hard_links_across_file_systems_are_refused_before_anything_is_touched(tmp_path: Path) -> None:
    assert [t.faults for t in told_by(tmp_path, "hardlink")] == [[]]
