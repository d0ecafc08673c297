"""A baseline file that a hand, or a merge, has damaged is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelkit.domain.baseline import Baseline, Known
from labelkit.domain.errors import UsageError
from labelkit.domain.findings import Severity
from labelkit.storage.baseline_file import baseline_text, read_baseline

WHOLE = Baseline(
    (
        Known("dark", Severity.WARNING, ("ab" * 32,), told=("GO/\udcff\n.png",)),
        Known("exact_duplicates", Severity.ERROR, ("ab" * 32, "cd" * 32), across="classes", told=("a", "b")),
        Known("mixed_modes", Severity.INFO, kind="# are gray", share=0.75, told=("93 images are gray",)),
    )
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    for baseline in (WHOLE, Baseline()):
        file.write_text(baseline_text(baseline), "ascii")
        assert read_baseline(file) == baseline


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda t: t[:-9], "no JSON"),
        (lambda t: "<<<<<<< HEAD\n" + t, "no JSON"),
        (lambda t: t.replace('"schema": 1', '"schema": 2'), '"schema": 1'),
        (lambda t: t.replace('"warning"', '"grave"'), "entry 1: .*grave"),
        (lambda t: t.replace('"kind": "# are gray", ', ""), "entry 3: .*says nothing"),
        (lambda t: t.replace('"share": 0.75', '"share": "most"'), "entry 3: .*share"),
        (lambda t: t.replace('["a", "b"]', '"a"'), "entry 2: .*told"),
        (lambda _: "[]", '"schema": 1'),
        (lambda _: json.dumps({"schema": 1, "accepted": [7]}), "entry 1: .*no object"),
        (lambda _: json.dumps({"schema": 1}), "no list"),
        (lambda _: "[" * 100_000, "no JSON"),
    ],
)
def test_damage_is_told_with_its_place(tmp_path: Path, damage: object, why: str) -> None:
    file = tmp_path / "known.json"
    assert callable(damage)
    file.write_text(damage(baseline_text(WHOLE)), "ascii")
    with pytest.raises(UsageError) as refused:
        read_baseline(file)
    assert str(file) in str(refused.value)
    assert refused.match(why)
