"""Change bytes of good tables at random and read them: refused, or every untouched row says what it said.

The long run: python -m tests.storage.fuzz_metadata --iterations 100000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import MetadataError
from labelkit.domain.table import Table
from labelkit.plugins.contracts import plain_table
from labelkit.storage.metadata import read_metadata

_SPECIAL = b',;|\t"\n\r \0\x1a\xef\xbb\xbf\xff\xfe\x81\x83\xe9.-0'
_LINE_END = re.compile(r"\r\n|\n|\r")
_MOST_GROWTH = 256 * 2**20
"""Bytes by which the process may grow over a whole run."""


@dataclass(frozen=True, slots=True)
class Good:
    """A table that reads well.

    Attributes:
        text: of the file.
        encoding: of the file.
        file, label, score: the columns that matter.

    """

    text: str
    encoding: str
    file: str = "file"
    label: str = "verdict"
    score: str = "score"

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode(self.encoding)


def _lines(separator: str, header: Sequence[str], rows: Sequence[Sequence[str]], end: str = "\r\n") -> str:
    return "".join(separator.join(row) + end for row in [header, *rows])


def good_tables() -> list[Good]:
    """Tables of every layout and encoding that is read."""
    names = [f"img_{n:03d}.png" for n in range(9)]
    verdicts = ["OK", "NG", "OK", "OK", "NG", "N.G.", "OK", "NG", "OK"]
    dots = [f"{n * 9}.{n}" for n in range(9)]
    commas = [d.replace(".", ",") for d in dots]
    kanji = ["良" if v == "OK" else "不良" for v in verdicts]
    notes = ['"cut, twice"', "plain", '""', '"two ""words"""', "", "x", '"y"', "3 mm", '"a\nb"']
    german = ["groß", "Prüfung", "", "25 °C", "Maß 3", "weiß", "", "Übergabe", "x"]
    japanese = [f"検査{n}.png" for n in range(9)]
    header = ["file", "verdict", "score", "note"]
    zipped = list(zip(names, verdicts, dots, notes, strict=True))
    return [
        Good(_lines(",", header, zipped), "utf-8"),
        Good(_lines(",", header, zipped, "\n"), "utf-8-sig"),
        Good(_lines(";", header, list(zip(names, kanji, commas, japanese, strict=True))), "cp932"),
        Good(_lines("\t", header, list(zip(names, kanji, dots, german, strict=True))), "utf-16"),
        Good(_lines(";", header, list(zip(names, verdicts, commas, german, strict=True))), "cp1252"),
        Good(_lines(",", ["file", "verdict", "score"], list(zip(japanese, kanji, dots, strict=True))), "utf-8"),
        Good(_lines(",", ["file", "verdict", "score"], list(zip(japanese, kanji, dots, strict=True))), "cp932"),
        Good(_lines("  ", ["file", "verdict", "score"], list(zip(names, verdicts, dots, strict=True)), "\n"), "utf-8"),
        Good(_lines("|", ["verdict", "file", "score"], list(zip(verdicts, names, dots, strict=True))), "utf-8"),
        Good("Line 3;;;;\r\n" + _lines(";", ["file", "verdict", "score", ""], [(*z[:3], "") for z in zipped]), "utf-8"),
    ]


@dataclass(frozen=True, slots=True)
class Mutant:
    """Changed bytes, and where: half-open spans of the new bytes."""

    data: bytes
    spans: tuple[tuple[int, int], ...]


def mutate(data: bytes, chance: random.Random) -> Mutant:
    """One to three changes: a byte set, put in, or taken out; a piece doubled or taken out."""
    spans: list[tuple[int, int]] = []
    for at in sorted(chance.sample(range(len(data)), chance.randint(1, 3)), reverse=True):
        old, new = _change(data, at, chance)
        data = data[:at] + new + data[at + old :]
        spans = [(start + len(new) - old, end + len(new) - old) for start, end in spans]
        spans.append((at, at + len(new)) if new else (max(at - 1, 0), at + 1))
    return Mutant(data, tuple(spans))


def _change(data: bytes, at: int, chance: random.Random) -> tuple[int, bytes]:
    """(bytes taken out, bytes put in) at a place."""
    byte = bytes([chance.choice(_SPECIAL) if chance.random() < 0.6 else chance.randrange(256)])
    kind = chance.randrange(6)
    if kind <= 1:
        return 1, byte
    if kind == 2:
        return 0, byte
    if kind == 3:
        return 1, b""
    size = chance.randint(1, 12)
    return (size, b"") if kind == 4 else (0, data[at : at + size])


def fault_of(good: Good, mutant: Mutant, file: Path, names: frozenset[str], truth: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with how a changed table is read; empty when nothing is.

    Raises:
        Exception: whatever the reader raises that is no MetadataError.

    """
    try:
        table = read_metadata([file], names=names)
    except MetadataError:
        return ""
    if not {good.file, good.label, good.score} <= set(table.columns):
        return ""
    touched = set(_touched(mutant, table))
    plain = plain_table(table, {}).columns[good.score]
    rows = zip(table.columns[good.file], table.columns[good.label], table.columns[good.score], plain, strict=True)
    for row, (name, label, score, number) in enumerate(rows):
        known = truth.get(name.strip())
        as_it_was = known is not None and (label.strip(), score.strip()) == tuple(known[:2]) and number.strip() in known
        if not as_it_was and not touched & set(_lines_of(table, row)):
            return f"{table.place(row)}: {name!r} is {label!r}, {score!r} read as {number!r} ({table.said})"
    return ""


def _touched(mutant: Mutant, table: Table) -> Iterator[int]:
    """The lines that hold changed bytes, and the one that begins behind a changed line end."""
    encoding = table.layouts[0].encoding.partition(" ")[0].lower()
    character = 2 if encoding.startswith("utf-16") else 1
    for start, end in mutant.spans:
        first, last = (
            len(_LINE_END.split(mutant.data[:at].decode(encoding, "ignore"))) for at in (start, end + character - 1)
        )
        yield from range(first, last + 1)


def _lines_of(table: Table, row: int) -> range:
    following = table.lines[row + 1] if row + 1 < len(table) else 10**9
    return range(table.lines[row], min(following, table.lines[row] + 10_000))


def truth_of(good: Good, file: Path) -> dict[str, tuple[str, str, str]]:
    """File to label, score as written, and score as a number of the unchanged table."""
    file.write_bytes(good.data)
    table = read_metadata([file])
    plain = plain_table(table, {}).columns[good.score]
    rows = zip(table.columns[good.file], table.columns[good.label], table.columns[good.score], plain, strict=True)
    return {name: (label, score, number) for name, label, score, number in rows}


def run(iterations: int, seed: int, folder: Path) -> Counter[str]:
    """Read so many changed tables; how many were refused, and how many read.

    Raises:
        AssertionError: an untouched row says something else; with the table's bytes.

    """
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated, no secret
    file = folder / "m.csv"
    known = [(good, truth_of(good, file)) for good in good_tables()]
    counts: Counter[str] = Counter()
    for _ in range(iterations):
        good, truth = chance.choice(known)
        mutant = mutate(good.data, chance)
        file.write_bytes(mutant.data)
        fault = fault_of(good, mutant, file, frozenset(truth), truth)
        assert not fault, f"{fault}\n{mutant.data!r}\n{mutant.spans}"
        counts["tables"] += 1
    return counts


def main() -> int:
    """The long run, from the command line."""
    parser = argparse.ArgumentParser(description="Read tables with changed bytes.")
    parser.add_argument("--iterations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(given.iterations, given.seed, Path(folder))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    seconds = time.perf_counter() - began
    sys.stdout.write(f"{counts['tables']:,} tables in {seconds:.0f} s, {grown / 2**20:.0f} MiB more memory\n")
    return int(grown > _MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
