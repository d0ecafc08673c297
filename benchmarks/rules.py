"""How fast five expressions vote on a table, beside a plain loop over csv.DictReader that decides the same.

Measured in turns in one process, CPU seconds. "evaluation" has the columns typed already: it is what each further
value of a threshold costs. "from CSV text to votes" does all that the loop does, reads each cell as a number or a text,
and says why a rule abstains. Prints ratios with the versions and the machine.

    python benchmarks/rules.py            1,000,000 rows
    python benchmarks/rules.py 20000      another size
"""

from __future__ import annotations

import csv
import functools
import io
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np

from labelkit.domain.table import Table
from labelkit.domain.votes import VoteColumn
from labelkit.engines.in_process import InProcess
from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.columns import Columns
from labelkit.plugins.expressions.evaluate import TRUE, judge
from labelkit.plugins.expressions.rule import ExpressionRule, parse_rule
from labelkit.plugins.sources import load_sources
from labelkit.storage.metadata import read_metadata
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
GOAL = 50

Votes = list[list[str | None]]
Result = TypeVar("Result")


def main() -> int:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.csv"
        path.write_text(make_csv(rows, seed=0), encoding="utf-8")
        return measured(path, rows)


def measured(path: Path, rows: int) -> int:
    """Measure the table at `path`, and print."""
    seconds: dict[str, list[float]] = {
        "evaluation": [],
        "reasons as well": [],
        "from CSV text to votes": [],
        "loop": [],
    }
    for _ in range(ROUNDS):
        ready = typed_columns(path)
        for name, work in (
            ("evaluation", functools.partial(evaluate, ready)),
            ("reasons as well", functools.partial(evaluate_with_reasons, ready)),
        ):
            seconds[name].append(timed(work)[0])
        took, ours = timed(functools.partial(whole_way, path))
        seconds["from CSV text to votes"].append(took)
        took, theirs = timed(functools.partial(loop, path))
        seconds["loop"].append(took)
        if [[c.label(i) for i in range(rows)] for c in ours] != theirs or evaluate(ready) != [
            len(v) for v in cast(theirs)
        ]:
            print("the votes differ")
            return 1
    return told(rows, seconds)


def told(rows: int, seconds: dict[str, list[float]]) -> int:
    """Print the ratios, round by round as medians; 1 where evaluation misses its goal."""
    print(f"{rows:,} rows x {len(RULES)} expressions, medians of {ROUNDS} rounds, CPU seconds")
    print(f"csv.DictReader loop     {statistics.median(seconds['loop']):8.3f} s")
    for name in ("evaluation", "reasons as well", "from CSV text to votes"):
        ratio = statistics.median(b / a for a, b in zip(seconds[name], seconds["loop"], strict=True))
        print(f"{name:<23} {statistics.median(seconds[name]):8.3f} s   the loop takes {ratio:7.2f} x as long")
    print(f"labelkit {__version__}, numpy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    goal = statistics.median(b / a for a, b in zip(seconds["evaluation"], seconds["loop"], strict=True))
    print(f"{'held  ' if goal >= GOAL else 'MISSED'} evaluation: {goal:,.1f} x, wanted >= {GOAL}")
    return int(goal < GOAL)


def typed_columns(path: Path) -> Columns:
    """The columns with their cells typed and gathered."""
    cells = read_table(path).columns
    columns = Columns(CellTable(cells), range(len(cells["file"])))
    for rule in parsed():
        judge(rule, columns)  # each column is typed when first asked for
    return columns


@functools.cache
def parsed() -> tuple[ExpressionRule, ...]:
    """The five expressions."""
    return tuple(parse_rule(text) for text in RULES)


def evaluate(columns: Columns) -> list[int]:
    """How many records each expression votes on."""
    return [int(np.count_nonzero(judge(rule, columns).truth == TRUE)) for rule in parsed()]


def evaluate_with_reasons(columns: Columns) -> int:
    """The same, with a reason for every record that an expression cannot judge; how many there are."""
    return sum(len(judge(rule, columns).reasons) for rule in parsed())


def cast(votes: Votes) -> Votes:
    """The votes without those that are none."""
    return [[label for label in column if label is not None] for column in votes]


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


def read_table(path: Path) -> Table:
    """The table as sort reads it: columns of text."""
    return read_metadata([path])


def whole_way(path: Path) -> tuple[VoteColumn, ...]:
    """The votes of the five expressions, as a sort gets them from the text of a table."""
    table = read_table(path)
    rows = len(table)
    return cast_votes(
        load_sources([], RULES),
        table=table.columns,
        table_name="metadata.csv",
        lines=table.place,
        records=[(i, i) for i in range(rows)],
        where=table.columns["file"],
        make_engine=lambda _: InProcess(),
    )


def loop(path: Path) -> Votes:
    """The same in a loop that a person would write, with each missing value looked for by hand."""
    votes: Votes = [[] for _ in RULES]
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            decide(row, votes)
    return votes


def decide(row: Mapping[str, str], votes: Votes) -> None:
    """The five decisions about one row."""
    score = float(row["score"]) if row["score"] else None
    station, known = row["station"], score is not None
    at_least = score is not None and score >= 80
    votes[0].append("GO" if at_least else None)
    votes[1].append("NG" if known and not at_least and station != "A2" else None)
    place = row["lot"] == "L3" or station != "A1"
    votes[2].append("GO" if score is not None and 60 <= score <= 80 and place else None)
    votes[3].append("NG" if score is not None and score * 2 - float(row["width_mm"]) > 100 else None)
    votes[4].append(None if known else "NG")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of CPU, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    sys.exit(main())
