"""Killed at random moments, and in the run after it: nothing is lost, and the command comes to the same end."""

from __future__ import annotations

from pathlib import Path

from tests.faults.campaigns import told_by


def test_two_hundred_random_kills(tmp_path: Path) -> None:
    stories = ["change-copy", "change-move-across", "place-hardlink", "place-copy"]
    words = ["random", "--files", "0", "--kills", "200", "--at-least", "0", "--stories", *stories]
    (told,) = told_by(tmp_path, *words)
    assert told.faults == []
    assert told.numbers["landed"] >= 200
    assert told.numbers["nested"] > 10
    assert len([name for name in told.numbers if name.startswith("in: ")]) > 5
