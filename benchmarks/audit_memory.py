"""How much memory an audit takes: 100,000 small files through the real command, two million made-up facts through it.

    python benchmarks/audit_memory.py [--files 100000] [--facts 2000000] [--jobs 2] [--scratch DIR] [--seed 0]

Memory is what the processes hold for themselves alone: Private_Clean + Private_Dirty of /proc/PID/smaps_rollup, summed
over the command and all its workers, looked at every 50 ms; the greatest sum is told (Linux only). The files are
cut-outs of one drawn scene (JPEG, PNG and BMP of 96 x 72 pixels), none a link. The facts are those of one decoded file
with texts and numbers drawn anew for each; tree, loaders, every check, report and JSON are the real ones. Exits 1 when
a goal is missed; 0 leaves a part out.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
from timed import Goal

DRAW = """
import sys
import numpy as np
from pathlib import Path
from PIL import Image
folder, files, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
y, x = np.mgrid[0:1400, 0:1800].astype(np.float32)
soft = [np.sin(x / (70 + 9 * i)) * np.cos(y / (90 + 7 * i)) for i in range(3)]
world = 120 + 60 * np.stack(soft, axis=-1) + rng.normal(0, 6, (1400, 1800, 3))
world = Image.fromarray(world.clip(0, 255).astype(np.uint8))
for label in ("GO", "NG"):
    (folder / label).mkdir(parents=True)
for i in range(files):
    left, top = int(rng.integers(0, 1700)), int(rng.integers(0, 1320))
    kind = ("jpg", "png", "bmp")[i % 3]
    world.crop((left, top, left + 96, top + 72)).save(folder / ("GO" if i % 5 else "NG") / f"{i:07}.{kind}")
"""

MADE_UP = """
import random, sys
from dataclasses import replace
from pathlib import Path
from labelkit.auditing.catalog import Choice, find
from labelkit.auditing.evidence import Evidence, by_class, look
from labelkit.domain.audit import FailOn
from labelkit.domain.classes import make_class_map
from labelkit.domain.fact_table import FactTable
from labelkit.domain.file_table import held
from labelkit.domain.loaders import LOADER_TITLES
from labelkit.domain.parts import Part
from labelkit.domain.tree import FileEntry, FolderEntry, Tree
from labelkit.flows.audit_report import report_of
from labelkit.imaging.probe import probe
from labelkit.reporting.audit_json import audit_json
from labelkit.reporting.machine import to_json

count, rng = int(sys.argv[2]), random.Random(int(sys.argv[3]))
whole = probe("a.jpg", Path(sys.argv[1]).read_bytes())
CHANGED = ("brightness", "p1", "p5", "p50", "p95", "p99", "contrast", "entropy", "red", "green", "blue", "border")
width = len(str(count - 1))
paths = sorted(f"{'GO' if i % 5 else 'NG'}/line-4-{i:0{width}}.jpg" for i in range(count))

def facts():
    for i, path in enumerate(paths):
        if i % 1000 == 7:
            fault = "image file is truncated"
            yield replace(whole, path=path, pixels=None, jpeg=None, fault=fault, sha256=rng.randbytes(32).hex())
            continue
        light = {name: round(rng.random(), 6) for name in CHANGED}
        pixels = replace(whole.pixels, digest=rng.randbytes(16).hex(), phash=rng.randbytes(8).hex(), **light)
        digest = whole.sha256 if i % 2000 == 3 else rng.randbytes(32).hex()
        when = f"2026-01-{1 + i % 28:02}T08:{i % 60:02}:{i % 59:02}.{i % 1000:03}Z"
        yield replace(whole, path=path, sha256=digest, size=rng.randrange(10**6), modified=when, pixels=pixels)

def entries():
    for i, path in enumerate(paths):
        when = 1_700_000_000_000_000_000 + rng.randrange(10**15)
        yield FileEntry(path, rng.randrange(10**6), when, when, 10**7 + i, 2049)

tree = Tree("/made/up", (FolderEntry("GO"), FolderEntry("NG")), held(entries()))
table = FactTable(facts())
del paths
seen = look(tree, [Part()], validation_split=0.2, loaders=tuple(LOADER_TITLES))
class_map = make_class_map(("GO", "NG"))
evidence = Evidence(tree, seen, class_map, by_class(seen, class_map.classes), table)
findings = find(evidence, Choice())
report = report_of("/made/up", evidence, findings, FailOn.ERROR, 0.0)
print(report.files, [f.check for f in findings], len(to_json(audit_json(report))), file=sys.stderr)
"""

GOALS = {"files": 600.0, "facts": 1500.0}
"""Megabytes of private memory."""


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    goals = []
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch)
        print(machine.told(folder))
        if asked.files:
            _run([sys.executable, "-c", DRAW, str(folder / "base"), str(asked.files), str(asked.seed)])
            command = [sys.executable, "-m", "labelkit", "audit", str(folder / "base"), "--jobs", str(asked.jobs)]
            peak = _peak([*command, "--no-cache", "--fail-on", "never"])
            goals.append(Goal(f"MB private, {asked.files:,} files", peak, GOALS["files"], at_least=False))
            print(goals[-1].told(), flush=True)
        if asked.facts:
            _run([sys.executable, "-c", DRAW, str(folder / "one"), "1", str(asked.seed)])
            (image,) = (folder / "one").rglob("*.jpg")
            peak = _peak([sys.executable, "-c", MADE_UP, str(image), str(asked.facts), str(asked.seed)])
            goals.append(Goal(f"MB private, {asked.facts:,} facts", peak, GOALS["facts"], at_least=False))
            print(goals[-1].told(), flush=True)
    return 0 if all(goal.held for goal in goals) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--facts", type=int, default=2_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", default=None)
    return parser.parse_args()


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def _peak(command: list[str]) -> float:
    """The greatest sum of private memory of a command and all that it starts, in MB."""
    began, peak, most = time.perf_counter(), 0, 0
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while running.poll() is None:
        held = [_private(process) for process in _session(running.pid)]
        peak, most = max(peak, sum(held)), max(most, len(held))
        time.sleep(0.05)
    if running.returncode:
        raise SystemExit(f"{command[:3]} ended with {running.returncode}")
    print(f"  {time.perf_counter() - began:,.0f} s, up to {most} processes, {machine.load()}")
    return peak / 1e6


def _session(leader: int) -> list[int]:
    """The processes whose session (field 6 of /proc/PID/stat, proc(5)) is the leader's."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                found.append(int(entry.name))
    return found


def _private(process: int) -> int:
    """Bytes that a process holds for itself alone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


if __name__ == "__main__":
    sys.exit(main())
