"""How fast facts are made of images: beside the bare strict decode, and beside cleanvision and imagehash.

    python benchmarks/audit.py [--files 2000] [--rounds 3] [--kinds jpeg,png,bmp] [--jobs 2] [--peers] [--venvs DIR]

Every way runs once a round, in turns, each in a process of its own; files come from the page cache. `bare decode` reads
each file and decodes it: a JPEG by simplejpeg, strictly, at the scale that the facts use; others by Pillow, in full.
`facts` is `labelkit.tasks.probe` through the engine that an audit takes, so hash, EXIF, statistics, perceptual hash and
the search for damage are in it. `--peers` adds cleanvision (all its image checks) and imagehash (phash only, one
process, the same work split by hand), each in an environment of its own, start-up included. Prints ratios round by
round, and exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import peers
from timed import Goal, Part, Spread, in_turns, measured

DRAW = """
import sys
import numpy as np
from pathlib import Path
from PIL import Image
folder, kind, files = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
size = (300, 300) if kind == "png" else (1280, 960)
rng = np.random.default_rng(0)
y, x = np.mgrid[0:1400, 0:1800].astype(np.float32)
soft = [np.sin(x / (70 + 9 * i)) * np.cos(y / (90 + 7 * i)) for i in range(3)]
world = 120 + 60 * np.stack(soft, axis=-1) + rng.normal(0, 6, (1400, 1800, 3))
world = Image.fromarray(world.clip(0, 255).astype(np.uint8))
for i in range(files):
    left, top = int(rng.integers(0, 1800 - size[0])), int(rng.integers(0, 1400 - size[1]))
    image = world.crop((left, top, left + size[0], top + size[1]))
    image = image.convert("L") if kind == "png" else image
    image.save(folder / f"{i:05}.{'jpg' if kind == 'jpeg' else kind}", **({"quality": 85} if kind == "jpeg" else {}))
"""

BARE = """
import io, json, sys, time
from pathlib import Path
import simplejpeg
from PIL import Image
from labelkit.imaging.small_picture import scale_for
paths = sorted(Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]
began, busy = time.perf_counter(), time.process_time()
for path in paths:
    data = path.read_bytes()
    if data[:2] == b"\\xff\\xd8":
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        s = scale_for(width, height)
        simplejpeg.decode_jpeg(data, "RGB", min_height=-(-height // s), min_width=-(-width // s), min_factor=s)
    else:
        Image.open(io.BytesIO(data)).load()
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}))
"""

FACTS = """
import json, sys, time
from pathlib import Path
from labelkit.tasks.probe import ProbeTask
names = sorted(p.name for p in Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]
task = ProbeTask(sys.argv[1])
task(names[:2])
began, busy = time.perf_counter(), time.process_time()
assert all(fact.pixels for fact in task(names))
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}))
"""

IMAGEHASH = """
import json, sys, time
from pathlib import Path
began = time.perf_counter()
import imagehash
from PIL import Image
for path in sorted(Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]:
    imagehash.phash(Image.open(path))
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time()}))
"""

AUDIT = """
import json, sys, time
began = time.perf_counter()
import labelkit
report = labelkit.audit(sys.argv[1], jobs=int(sys.argv[3]))
assert report.files.unreadable == 0
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time()}))
"""

CLEANVISION = """
import contextlib, io, json, sys, time
began = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    from cleanvision import Imagelab
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(n_jobs=int(sys.argv[3]), verbose=False)
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time()}))
"""

GOALS = {"jpeg": 0.6}
"""Facts made in a second of CPU over bare decodes in a second of CPU."""


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch)
        print(machine.told(folder))
        venvs = Path(asked.venvs) if asked.venvs else folder / "venvs"
        for kind in asked.kinds.split(","):
            images = folder / kind / "class"
            images.mkdir(parents=True)
            _run(sys.executable, DRAW, images, kind, asked.files)
            part = _measured(kind, images, asked, venvs if asked.peers else None)
            print(f"\n{machine.load()}", *part.lines, sep="\n", flush=True)
            goals += part.goals
    print("\nGoals")
    for goal in goals:
        print(goal.told())
    return 0 if all(g.held for g in goals) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="images of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="jpeg,png,bmp", help="with commas between")
    parser.add_argument("--jobs", type=int, default=2, help="processes of every way")
    parser.add_argument("--scratch", help="a folder for the images (default: the temporary folder)")
    parser.add_argument("--peers", action="store_true", help="measure cleanvision and imagehash too")
    parser.add_argument("--venvs", help="environments of other programs, kept (default: made and removed)")
    return parser.parse_args()


def _measured(kind: str, images: Path, asked: argparse.Namespace, venvs: Path | None) -> Part:
    """One kind of file: each way's files a second of wall clock, and a second of CPU where it is one process's own."""
    ways = {
        "bare decode": functools.partial(_split, sys.executable, BARE, images, asked.jobs),
        "facts": functools.partial(_split, sys.executable, FACTS, images, asked.jobs),
        "whole audit": functools.partial(_whole, sys.executable, AUDIT, images.parent, asked.jobs),
    }
    if venvs is not None:
        hashing, vision = (str(peers.python_of(venvs, name)) for name in ("imagehash", "cleanvision"))
        ways["imagehash"] = functools.partial(_split, hashing, IMAGEHASH, images, asked.jobs)
        if kind != "bmp":  # which it does not see: "No images found"
            ways["cleanvision"] = functools.partial(_whole, vision, CLEANVISION, images, asked.jobs)
    busy: dict[str, list[float]] = {name: [] for name in ways}

    def run(name: str, _: int) -> float:
        wall, cpu = ways[name]()
        busy[name].append(cpu)
        return asked.files / wall

    rates = in_turns({name: functools.partial(run, name) for name in ways}, asked.rounds)
    cpu = {name: Spread(tuple(values)) for name, values in busy.items()}
    share = cpu["bare decode"].over(cpu["facts"])
    lines = [f"{kind}: {asked.files:,} files, {asked.jobs} processes, {asked.rounds} rounds; median (least to most)"]
    for name, rate in rates.items():
        own = (
            f"; {cpu[name].middle / asked.files * 1000:.2f} ms of CPU a file"
            if name in {"bare decode", "facts"}
            else ""
        )
        lines.append(f"{name:12} {rate.told(',.0f')} images/s{own}")
    lines.append(f"facts run at {share.told('.2f')} of the bare decode, by CPU")
    lines += [f"whole audit  {rates['whole audit'].over(rates[n]).told('.1f')} x {n}" for n in rates if n in _PEERS]
    goals = (Goal(f"facts of {kind} over bare decode", share.middle, GOALS[kind]),) if kind in GOALS else ()
    return Part(tuple(lines), goals)


_PEERS = ("imagehash", "cleanvision")


def _split(python: str, script: str, images: Path, jobs: int) -> tuple[float, float]:
    """The files dealt out to so many processes at once: seconds until the last is done, and CPU seconds of all."""
    with ThreadPoolExecutor(jobs) as threads:
        told = list(
            threads.map(lambda i: measured([python, "-c", script, str(images), str(i), str(jobs)]), range(jobs))
        )
    return max(t["seconds"] for t in told), sum(t["cpu"] for t in told)


def _whole(python: str, script: str, images: Path, jobs: int) -> tuple[float, float]:
    """One program that deals out the files by itself."""
    told = measured([python, "-c", script, str(images), "0", str(jobs)])
    return told["seconds"], told["cpu"]


def _run(python: str, script: str, images: Path, kind: str, files: int) -> None:
    measured([python, "-c", f"{script}\nprint('{json.dumps({})}')", str(images), kind, str(files)])


if __name__ == "__main__":
    sys.exit(main())
