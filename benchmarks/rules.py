"""How fast five expressions vote on a table, beside a plain loop over csv.DictReader that decides the same.

Prints seconds and their ratio, measured in turns in one process, with the versions and the machine.

    python benchmarks/rules.py            100,000 rows
    python benchmarks/rules.py 20000      another size
"""

from __future__ import annotations

import csv
import functools
import io
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from labelkit.domain.votes import VoteColumn
from labelkit.engines.in_process import InProcess
from labelkit.plugins.sources import load_sources
from labelkit.tasks.vote import cast_votes
from labelkit.version import __version__

RULES = (
    "score >= 80 -> GO",
    "score < 80 and station != 'A2' -> NG",
    "score between 60 and 80 and (lot == 'L3' or not station == 'A1') -> GO",
    "score * 2 - width_mm > 100 -> NG",
    "score is missing -> NG",
)
ROUNDS = 3

Votes = list[list[str | None]]
Result = TypeVar("Result")


def main() -> int:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    text = make_csv(rows, seed=0)
    with_rules: list[float] = []
    with_loop: list[float] = []
    for _ in range(ROUNDS):
        columns = {name: list(cells) for name, cells in read_columns(text).items()}
        seconds, ours = timed(functools.partial(vote, columns))
        with_rules.append(seconds)
        seconds, theirs = timed(functools.partial(loop, text))
        with_loop.append(seconds)
        if [[c.label(i) for i in range(rows)] for c in ours] != theirs:
            print("the votes differ")
            return 1
    print(f"{rows:,} rows x {len(RULES)} expressions, best of {ROUNDS}")
    print(f"labelkit votes      {min(with_rules):7.3f} s")
    print(f"csv.DictReader loop {min(with_loop):7.3f} s   (reads the table as well)")
    print(f"ratio               {min(with_loop) / min(with_rules):7.2f}")
    print(f"labelkit {__version__}, numpy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    return 0


def make_csv(rows: int, *, seed: int) -> str:
    """A table of `rows` rows: file, lot, station, width_mm, score; one score in fifty is empty."""
    draw = np.random.default_rng(seed)
    scores = draw.uniform(0, 100, rows).round(2)
    empty = draw.random(rows) < 0.02
    widths = draw.uniform(10, 90, rows).round(3)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "lot", "station", "width_mm", "score"])
    for i in range(rows):
        score = "" if empty[i] else str(scores[i])
        writer.writerow([f"{i:06}.png", f"L{i % 7}", f"A{i % 3}", str(widths[i]), score])
    return out.getvalue()


def read_columns(text: str) -> dict[str, tuple[str, ...]]:
    """The table as sort hands it over: columns of text."""
    reader = csv.reader(io.StringIO(text))
    header = next(reader)
    return dict(zip(header, zip(*reader, strict=True), strict=True))


def vote(columns: dict[str, list[str]]) -> tuple[VoteColumn, ...]:
    """The votes of the five expressions."""
    rows = len(columns["file"])
    return cast_votes(
        load_sources([], RULES),
        table=columns,
        table_name="metadata.csv",
        lines=range(2, rows + 2),
        records=[(i, i) for i in range(rows)],
        where=columns["file"],
        make_engine=lambda _: InProcess(),
    )


def loop(text: str) -> Votes:
    """The same in a loop that a person would write, with each missing value looked for by hand."""
    votes: Votes = [[] for _ in RULES]
    for row in csv.DictReader(io.StringIO(text)):
        score = float(row["score"]) if row["score"] else None
        station, known = row["station"], score is not None
        at_least = score is not None and score >= 80
        votes[0].append("GO" if at_least else None)
        votes[1].append("NG" if known and not at_least and station != "A2" else None)
        place = row["lot"] == "L3" or station != "A1"
        votes[2].append("GO" if score is not None and 60 <= score <= 80 and place else None)
        votes[3].append("NG" if score is not None and score * 2 - float(row["width_mm"]) > 100 else None)
        votes[4].append(None if known else "NG")
    return votes


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of CPU, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    sys.exit(main())
