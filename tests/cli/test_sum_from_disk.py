"""Nothing is lost: the sum recomputed from table, pictures, class folders and ledger; no labelkit in here."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections import Counter
from pathlib import Path

from tests.checkout import Command


def digests(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.*")}


def expected_states(sample: Path) -> dict[str, tuple[str, str | None]]:
    """What the table says of each image: its state and label, at a threshold of 80."""
    with (sample / "sample_data" / "metadata.csv").open(newline="", encoding="utf-8") as f:
        scores = {row["file"]: row["score"] for row in csv.DictReader(f)}
    out: dict[str, tuple[str, str | None]] = {}
    for path in digests(sample / "sample_data" / "raw"):
        score = scores.get(path)
        if score is None:
            out[path] = ("unlisted", None)
        elif not score:
            out[path] = ("abstained", None)
        else:
            out[path] = ("labeled", "GO" if float(score) >= 80 else "NG")
    return out


def recorded_states(ledger: Path) -> dict[str, tuple[str, str | None]]:
    with sqlite3.connect(ledger) as db:
        rows = db.execute("select path, state, label from decisions order by seq").fetchall()
    return {bytes(path).decode(): (state, label) for path, state, label in rows}


def test_the_sum_holds_as_printed_as_recorded_and_on_the_disk(sample: Path, labelkit: Command) -> None:
    done = labelkit("sort", "--rules", "rules/threshold.py", "--json", cwd=sample)
    told = json.loads(done.stdout)
    expected = expected_states(sample)
    states = Counter(state for state, _ in expected.values())
    assert told["files"]["seen"] == len(expected) == sum(states.values())
    assert {k: n for k, n in told["states"].items() if n and k != "missing"} == dict(states)
    assert f"{len(expected)} images seen = {states['labeled']} labeled" in done.stderr
    assert recorded_states(sample / "base_dir" / "labelkit.db") == expected

    originals = digests(sample / "sample_data" / "raw")
    placed = digests(sample / "base_dir")
    del placed["labelkit.db"]
    wanted = Counter((label, originals[path]) for path, (_, label) in expected.items() if label)
    assert Counter((path.partition("/")[0], digest) for path, digest in placed.items()) == wanted
    assert told["labels"] == dict(Counter(label for _, label in expected.values() if label))


def test_the_sources_are_left_as_they_were(sample: Path, labelkit: Command) -> None:
    before = digests(sample / "sample_data")
    labelkit("sort", "--rules", "rules/threshold.py", cwd=sample)
    assert digests(sample / "sample_data") == before
